// Matches names by fnmatch(3).
#include "cli/glob.hpp"

#include <fnmatch.h>

#include <string>

namespace leat::cli {

bool is_glob(std::string_view text) { return text.find_first_of("*?[") != text.npos; }

bool fits(std::string_view pattern, std::string_view name) {
    return fnmatch(std::string{pattern}.c_str(), std::string{name}.c_str(), 0) == 0;
}

bool holds_or_fits(std::string_view text, std::string_view name) {
    return is_glob(text) ? fits(text, name) : name.find(text) != name.npos;
}

}  // namespace leat::cli
