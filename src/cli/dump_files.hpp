// The files beside the segments as `leat log dump` shows them: each in its own form.
#pragma once

#include <string>

#include "cli/dump_output.hpp"
#include "storage/disk.hpp"

namespace leat::cli {

/// Whether a file of this name holds batches.
bool is_segment(std::string_view name);

/// Shows a file of a data directory or a partition's folder, whatever its name says that it is.
/// What cannot be read as that is shown as damage. Errors: io; invalid_argument, if no file of a
/// data directory has such a name.
Result<void> dump_side_file(storage::Disk& disk, const std::string& path, DumpOutput& output);

}  // namespace leat::cli
