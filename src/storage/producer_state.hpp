// What a log knows about idempotent producers: Kafka's ProducerStateManager and its snapshots.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "kafka/record_batch.hpp"

namespace leat::storage {

/// A snapshot taken at `offset`, encoded and not yet on disk.
struct PendingSnapshot {
    std::int64_t offset = 0;
    Bytes bytes;
};

/// Per producer id the epoch and the last five batches. Core thread; no I/O.
class ProducerState {
public:
    static constexpr std::size_t batches_retained = 5;

    enum class Verdict { accept, duplicate, out_of_order_sequence, invalid_producer_epoch };

    /// One stored batch of a producer.
    struct Batch {
        std::int32_t last_sequence = -1;
        std::int32_t offset_delta = 0;
        std::int64_t last_offset = -1;
        TimestampMs timestamp = -1;
        std::int32_t first_sequence() const;
        std::int64_t first_offset() const { return last_offset - offset_delta; }
    };

    struct Judgement {
        Verdict verdict = Verdict::accept;
        Batch original;    // of a duplicate
        std::string what;  // a sentence, if refused
    };

    /// Judges a client's batch before it is appended. Batches without a producer id are accepted.
    Judgement judge(const kafka::BatchHeader& batch) const;
    /// Records a batch that is in the log, `batch` as it was stored.
    void update(const kafka::BatchHeader& batch);
    /// Forgets producers whose last batch is older than `now - expiration_ms`.
    void expire(TimestampMs now, std::int64_t expiration_ms);
    void clear() { producers_.clear(); }
    std::size_t size() const { return producers_.size(); }

    /// Kafka's producer snapshot, version 1.
    Bytes encode() const;
    /// Replaces the state by a snapshot. Error: corrupt or unsupported; the state is empty then.
    Result<void> decode(ByteView bytes);

private:
    struct Producer {
        std::int16_t epoch = kafka::no_producer_epoch;
        std::uint8_t count = 0;  // of `batches`, oldest first
        std::array<Batch, batches_retained> batches;
        TimestampMs last_timestamp = -1;
        std::int32_t coordinator_epoch = -1;
        std::int64_t transaction_first_offset = -1;  // kept through snapshots; no transactions yet

        const Batch& last() const { return batches[count - 1U]; }
        void push(const Batch& batch);
    };
    std::unordered_map<std::int64_t, Producer> producers_;
};

}  // namespace leat::storage
