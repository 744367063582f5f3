// What a batch must be before it may enter a log: Kafka's LogValidator, over bytes alone.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "broker/producer_identity.hpp"
#include "kafka/compression.hpp"
#include "kafka/error_code.hpp"
#include "storage/log_types.hpp"

namespace leat::kafka {
struct ProduceRequest;
}

namespace leat::broker {

struct Topic;
template <class Message>
struct Request;

struct BatchRules {
    std::size_t max_batch_bytes = 0;     // max.message.bytes
    std::size_t max_inflated_bytes = 0;  // of the records, decompressed
    bool keys_required = false;          // cleanup.policy has compact
    bool zstd_allowed = true;            // Produce 7 and later
    bool log_append_time = false;        // message.timestamp.type: the log sets its own
    TimestampMs oldest = 0;              // message.timestamp.before.max.ms
    TimestampMs newest = 0;              // message.timestamp.after.max.ms
    std::optional<kafka::Compression> compress_with;  // compression.type other than producer
};

/// The rules of `topic` for a produce request that came at `now`.
BatchRules batch_rules(const Topic& topic, const Request<kafka::ProduceRequest>& request,
                       TimestampMs now);

/// One partition's records as they came. `bytes` belong to the request alone and may be patched;
/// `owner` keeps them alive.
struct ReceivedRecords {
    std::span<std::byte> bytes;
    std::shared_ptr<const void> owner;
};

struct BatchVerdict {
    kafka::ErrorCode code = kafka::ErrorCode::none;
    std::string message;
    /// Each record that breaks a rule of the topic's, by its index within the batch (KIP-467).
    struct BadRecord {
        std::int32_t index = 0;
        std::string message;
    };
    std::vector<BadRecord> bad_records;
    /// If there is no error: what to store, and its header. Timestamp type and largest timestamp
    /// are those of the records, in the bytes, too; counts and lengths are what they say.
    storage::IncomingBatch batch;
    bool is_one_batch = false;      // else the records were not even that
    bool inflates_too_far = false;  // the reason of message_too_large
};

/// What a batch at the front of `bytes` says that claims to be in a transaction, whatever else it
/// is; nothing, if it does not.
std::optional<kafka::BatchHeader> transactional_batch(ByteView bytes);

/// Judges one partition's records; reads, inflates and walks them once. Pure but for the patches;
/// any thread.
BatchVerdict judge_batch(const ReceivedRecords& received, const BatchRules& rules);
/// The same, unless others would have to wait for long: not of what is to be compressed anew, nor
/// of what is compressed and large. Nothing is changed then.
std::optional<BatchVerdict> judge_at_once(const ReceivedRecords& received, const BatchRules& rules);

}  // namespace leat::broker
