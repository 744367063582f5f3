// A topic and a partition of it.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace leat {

struct TopicPartition {
    std::string topic;
    std::int32_t partition = 0;
    auto operator<=>(const TopicPartition&) const = default;

    /// `<topic>-<partition>`, as Kafka's tools write it: the name of its folder, too.
    std::string to_string() const { return topic + "-" + std::to_string(partition); }
    /// From such a text; nothing if it is none.
    static std::optional<TopicPartition> parse(std::string_view text) {
        const auto dash = text.rfind('-');
        if (dash == std::string_view::npos || dash == 0) return std::nullopt;
        const auto digits = text.substr(dash + 1);
        std::int32_t partition = -1;
        const auto* end = digits.data() + digits.size();
        const auto read = std::from_chars(digits.data(), end, partition);
        // "00" and "-1" are no partitions.
        if (read.ec != std::errc{} || read.ptr != end || std::to_string(partition) != digits
            || partition < 0)
            return std::nullopt;
        return TopicPartition{std::string{text.substr(0, dash)}, partition};
    }
};

}  // namespace leat
