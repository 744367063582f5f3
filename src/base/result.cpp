#include "base/result.hpp"

#include <cstdio>
#include <cstdlib>

namespace leat {

void fail_check(std::string_view message, std::string_view detail, Place where) {
    std::fprintf(stderr, "%s:%d: check failed: %.*s%s%.*s\n", where.file, where.line,
                 static_cast<int>(message.size()), message.data(), detail.empty() ? "" : ": ",
                 static_cast<int>(detail.size()), detail.data());
    std::fflush(stderr);
    std::abort();
}

const char* name_of(Errc code) {
    switch (code) {
        case Errc::invalid_argument:
            return "invalid_argument";
        case Errc::not_found:
            return "not_found";
        case Errc::already_exists:
            return "already_exists";
        case Errc::corrupt:
            return "corrupt";
        case Errc::io:
            return "io";
        case Errc::no_space:
            return "no_space";
        case Errc::too_large:
            return "too_large";
        case Errc::timed_out:
            return "timed_out";
        case Errc::unavailable:
            return "unavailable";
        case Errc::cancelled:
            return "cancelled";
        case Errc::unsupported:
            return "unsupported";
    }
    return "unknown";
}

}  // namespace leat
