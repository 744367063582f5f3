#include "base/topic_name.hpp"

namespace leat {

Result<void> check_topic_name(std::string_view name) {
    constexpr std::size_t max_size = 249;
    const auto bad = [&](std::string_view why) {
        return Error{Errc::invalid_argument,
                     "topic name '" + std::string{name} + "' is not allowed: " + std::string{why}};
    };
    if (name.empty()) return bad("it is empty");
    if (name == "." || name == "..") return bad("'.' and '..' are no names");
    if (name.size() > max_size) return bad("it is longer than 249 characters");
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    if (name.find_first_not_of(allowed) != std::string_view::npos)
        return bad("only ASCII letters, digits, '.', '_' and '-' may stand in it");
    return {};
}

}  // namespace leat
