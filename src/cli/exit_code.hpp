// What `leat` exits with, for scripts. Documented in docs/cli.md and in `leat --help`.
#pragma once

#include "base/result.hpp"

namespace leat::cli {

enum ExitCode : int {
    exit_ok = 0,
    exit_refused = 1,      // the broker refused, or a check failed
    exit_usage = 2,        // the command line is wrong
    exit_unreachable = 3,  // no broker answered in time
    exit_not_found = 4,    // the named topic, partition, group or key is not there
};

/// The code that tells `error` to a script.
ExitCode exit_code_of(const Error& error);

/// Writes "leat: <sentence>" on standard error, escaped if that is a terminal.
void tell(const std::string& sentence);

/// Writes "leat: <the error's sentence>" on standard error; gives exit_code_of().
ExitCode report(const Error& error);

/// The same for a wrong command line: always exit_usage.
ExitCode report_usage(const Error& error);

}  // namespace leat::cli
