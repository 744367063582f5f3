// A data directory that no broker runs on, for commands that read it.
#pragma once

#include <memory>
#include <string>

#include "cli/command.hpp"
#include "storage/disk.hpp"

namespace leat::cli {

/// Adds --data.
void add_data_option(Command& command, std::string& target);

/// Keeps a broker from starting on the directory while the lock lives (null: it has no lock file).
/// Errors: not_found (there is none, or it is no data directory), already_exists (a broker runs),
/// with what to do.
Result<std::unique_ptr<storage::FileLock>> hold_directory(storage::Disk& disk,
                                                          const std::string& path);

}  // namespace leat::cli
