// Reads a command line into an action, and says what was probably meant where it cannot.
#pragma once

#include <string>

#include "base/result.hpp"
#include "cli/session.hpp"

namespace leat::cli {

/// Parses and runs: the exit code of the command, of --help or --version, or exit_usage after one
/// sentence on standard error.
int run_command_line(CLI::App& app, Session& session, int argc, const char* const* argv);

/// Why `app`, whose parse failed, could not read its arguments: with the nearest known name for an
/// unknown command or option.
std::string explain_unknown(const CLI::App& app);

}  // namespace leat::cli
