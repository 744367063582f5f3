// The facts for `leat broker doctor`, from this machine.
#pragma once

#include "cli/doctor_checks.hpp"

namespace leat::cli {

/// Writes for at most some seconds to a file in `data_dir`, or where that would be made; the file
/// has no name while it is written, so that nothing stays, however the process ends. Error: io,
/// no_space, if that cannot be written to.
Result<void> measure_disk(const std::string& data_dir, DiskFacts& facts);

MachineFacts measure_machine(const std::string& data_dir);

}  // namespace leat::cli
