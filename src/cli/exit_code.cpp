// Errors as sentences on standard error and numbers for scripts.
#include "cli/exit_code.hpp"

#include <unistd.h>

#include <cstdio>

#include "cli/terminal.hpp"

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

void tell(const std::string& sentence) {
    const auto shown = isatty(STDERR_FILENO) == 1 ? escaped(sentence) : sentence;
    std::fprintf(stderr, "leat: %s\n", shown.c_str());
}

ExitCode report(const Error& error) {
    std::fflush(stdout);
    tell(error.what);
    return exit_code_of(error);
}

ExitCode report_usage(const Error& error) {
    report(error);
    return exit_usage;
}

}  // namespace leat::cli
