// The nearest known name to a mistyped one: every "unknown key" error says what was probably meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace leat {

/// The entry of `known` with the smallest edit distance to `name`, the first among equals; empty
/// if none is nearer than half the length of `name` (a guess so far off would mislead).
std::string_view nearest(std::string_view name, std::span<const std::string_view> known);

/// `unknown <kind> 'name'`, followed by `; did you mean 'x'?` where a near name exists.
std::string unknown_name(std::string_view kind, std::string_view name,
                         std::span<const std::string_view> known);

}  // namespace leat
