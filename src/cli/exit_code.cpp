// Errors as sentences on standard error and numbers for scripts.
#include "cli/exit_code.hpp"

#include <cstdio>

namespace leat::cli {

ExitCode exit_code_of(const Error& error) {
    switch (error.code) {
        case Errc::unavailable:
        case Errc::timed_out:
            return exit_unreachable;
        case Errc::not_found:
            return exit_not_found;
        default:
            return exit_refused;
    }
}

ExitCode report(const Error& error) {
    std::fflush(stdout);
    std::fprintf(stderr, "leat: %s\n", error.what.c_str());
    return exit_code_of(error);
}

ExitCode report_usage(const Error& error) {
    report(error);
    return exit_usage;
}

}  // namespace leat::cli
