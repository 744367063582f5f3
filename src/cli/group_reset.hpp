// `leat group reset`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace leat::cli {

class Command;
struct Session;

void add_group_reset(Command& noun, Session& session);

/// A topic with, after a colon, some of its partitions: `orders`, `orders:0,3`.
struct TopicSelection {
    std::string topic;
    std::vector<std::int32_t> partitions;  // empty: all
};

/// Error: invalid_argument.
Result<TopicSelection> parse_selection(const std::string& text);

}  // namespace leat::cli
