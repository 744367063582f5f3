// Kafka's checkpoint files: `topic partition offset` lines, in recovery-point-offset-checkpoint and
// its kin.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"

namespace leat::storage {

/// A topic and a partition of it.
struct TopicPartition {
    std::string topic;
    std::int32_t partition = 0;
    auto operator<=>(const TopicPartition&) const = default;
    /// `<topic>-<partition>`: the name of its folder.
    std::string to_string() const;
    /// From a folder's name; nothing if it is not one.
    static std::optional<TopicPartition> parse(std::string_view folder);
};

using OffsetCheckpoint = std::map<TopicPartition, std::int64_t>;

/// Version 0: a line with the version, one with the count, and a line an entry.
std::string encode_checkpoint(const OffsetCheckpoint& offsets);
/// Error corrupt: anything else than exactly that. Error unsupported: another version.
Result<OffsetCheckpoint> decode_checkpoint(std::string_view text);

}  // namespace leat::storage
