// Kafka's partitioner for keys: the same key goes to the same partition as from Kafka's clients.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace leat::client {

/// org.apache.kafka.common.utils.Utils.murmur2.
std::int32_t murmur2(ByteView data);

/// The partition of `key` among `partitions`, which must be positive.
std::int32_t partition_of_key(ByteView key, std::int32_t partitions);

}  // namespace leat::client
