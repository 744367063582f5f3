// Kafka's checkpoint files: `topic partition offset` lines, in recovery-point-offset-checkpoint and
// its kin.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "base/topic_partition.hpp"

namespace leat::storage {

using leat::TopicPartition;

using OffsetCheckpoint = std::map<TopicPartition, std::int64_t>;

/// Version 0: a line with the version, one with the count, and a line an entry.
std::string encode_checkpoint(const OffsetCheckpoint& offsets);
/// Error corrupt: anything else than exactly that. Error unsupported: another version.
Result<OffsetCheckpoint> decode_checkpoint(std::string_view text);

}  // namespace leat::storage
