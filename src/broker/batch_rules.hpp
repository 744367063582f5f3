// What a batch must be before it may enter a log: Kafka's LogValidator, over bytes alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "kafka/compression.hpp"
#include "kafka/error_code.hpp"

namespace leat::kafka {
struct ProduceRequest;
}

namespace leat::broker {

struct Topic;
template <class Message>
struct Request;

struct BatchRules {
    std::size_t max_batch_bytes = 0;            // max.message.bytes
    std::size_t max_inflated_bytes = 0;         // of the records, decompressed
    bool keys_required = false;                 // cleanup.policy has compact
    bool zstd_allowed = true;                   // Produce 7 and later
    bool check_timestamps = true;               // not where the log sets its own
    TimestampMs oldest = 0;                     // message.timestamp.before.max.ms
    TimestampMs newest = 0;                     // message.timestamp.after.max.ms
    std::optional<kafka::Codec> compress_with;  // compression.type other than producer
};

/// The rules of `topic` for a produce request that came at `now`.
BatchRules batch_rules(const Topic& topic, const Request<kafka::ProduceRequest>& request,
                       TimestampMs now);

struct BatchVerdict {
    kafka::ErrorCode code = kafka::ErrorCode::none;
    std::string message;
    std::vector<std::int32_t> bad_records;  // indexes within the batch
    /// What to store in place of what came: the batch under another codec. Empty: as it came.
    Bytes replacement;
};

/// Judges the bytes of one partition's records. Pure.
BatchVerdict judge_batch(ByteView bytes, const BatchRules& rules);

}  // namespace leat::broker
