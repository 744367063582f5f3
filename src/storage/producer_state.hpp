// What a log knows about idempotent producers: Kafka's ProducerStateManager and its snapshots.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "kafka/record_batch.hpp"
#include "storage/aborted_transactions.hpp"
#include "storage/open_transactions.hpp"

namespace leat::storage {

/// A snapshot taken at `offset`, encoded and not yet on disk.
struct PendingSnapshot {
    std::int64_t offset = 0;
    Bytes bytes;
};

/// An entry of a producer snapshot, as it is stored.
struct SnapshotEntry {
    std::int64_t producer_id = kafka::no_producer_id;
    std::int16_t epoch = kafka::no_producer_epoch;
    std::int32_t last_sequence = kafka::no_sequence;
    std::int64_t last_offset = -1;
    std::int32_t offset_delta = 0;
    TimestampMs timestamp = -1;
    std::int32_t coordinator_epoch = -1;
    std::int64_t transaction_first_offset = -1;
};
/// The entries of Kafka's producer snapshot, version 1. Error: corrupt or unsupported.
Result<std::vector<SnapshotEntry>> read_snapshot(ByteView bytes);

/// Per producer id the epoch, the last five batches and the open transaction. Core thread; no I/O.
class ProducerState {
public:
    static constexpr std::size_t batches_retained = 5;

    enum class Verdict {
        accept,
        duplicate,
        out_of_order_sequence,
        invalid_producer_epoch,
        invalid_txn_state,   // a batch outside of a transaction while the producer has one open
        coordinator_fenced,  // a marker of a coordinator that has a successor
    };

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

    /// Judges a batch before it is appended. Batches without a producer id are accepted.
    Judgement judge(const kafka::BatchHeader& batch,
                    const TransactionFacts& transaction = {}) const;
    /// A client's batch that is to begin a transaction here, if its coordinator agrees. Until one
    /// of the producer is appended, none of a later sequence is: should this one be refused for a
    /// moment, those behind it in flight must not take its place.
    void expect(const kafka::BatchHeader& batch, bool has_own_epoch, TimestampMs now);
    /// Records a batch that is in the log, `batch` as it was stored. What it aborted, if it did.
    std::optional<AbortedTransaction> update(const kafka::BatchHeader& batch,
                                             const TransactionFacts& transaction = {});
    /// Where readers of committed records have to stop; nothing, if no transaction stops them.
    std::optional<std::int64_t> first_unstable_offset() const {
        return transactions_.first_unstable();
    }
    /// Whether a transaction is open, or has ended above the high watermark.
    bool has_transactions() const { return first_unstable_offset().has_value(); }
    void high_watermark_moved(std::int64_t high_watermark) {
        transactions_.high_watermark_moved(high_watermark);
    }
    /// Forgets producers whose last batch is older than `now - expiration_ms`.
    void expire(TimestampMs now, std::int64_t expiration_ms);
    void clear() {
        producers_.clear();
        expected_.clear();
        transactions_.clear();
    }
    std::size_t size() const { return producers_.size(); }

    /// One producer, as DescribeProducers shows it.
    struct Described {
        std::int64_t producer_id = kafka::no_producer_id;
        std::int16_t epoch = kafka::no_producer_epoch;
        std::int32_t last_sequence = kafka::no_sequence;
        std::int64_t last_offset = -1;  // of its last batch of records in this epoch; -1: none
        TimestampMs last_timestamp = -1;
        std::int32_t coordinator_epoch = -1;
        std::int64_t transaction_first_offset = -1;  // -1: none is open
    };
    /// Of one producer; nothing if its id is not known here.
    std::optional<Described> find(std::int64_t producer_id) const;
    /// Visits all, in no order.
    void each(const std::function<void(const Described&)>& visit) const;

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
        std::int64_t transaction_first_offset = -1;  // -1: none is open

        const Batch& last() const { return batches[count - 1U]; }
        bool is_in_open_transaction(const Batch& batch) const {
            return transaction_first_offset >= 0
                   && batch.first_offset() >= transaction_first_offset;
        }
        void push(const Batch& batch);
    };
    /// What expect() was told. Only in memory: whoever asks again after a restart, is told again.
    struct Expected {
        std::int16_t epoch = kafka::no_producer_epoch;
        std::int32_t lowest_sequence = kafka::no_sequence;
        bool has_own_epoch = false;
        TimestampMs since = -1;
    };
    /// Clients that begin what they never write hold no more than so many.
    static constexpr std::size_t most_expected = 10'000;

    bool comes_too_early(const kafka::BatchHeader& batch) const;
    void has_come(const kafka::BatchHeader& batch);
    static Described describe(std::int64_t producer_id, const Producer& known);
    static Judgement judge_epoch(const Producer& known, const kafka::BatchHeader& batch);
    static Judgement judge_end(const Producer& known, const kafka::BatchHeader& batch,
                               const TransactionFacts& transaction);
    Judgement judge_sequence(const Producer& known, const kafka::BatchHeader& batch) const;
    std::optional<AbortedTransaction> end_transaction(Producer& known,
                                                      const kafka::BatchHeader& batch,
                                                      const kafka::EndTxnMarker& marker);

    std::unordered_map<std::int64_t, Producer> producers_;
    std::unordered_map<std::int64_t, Expected> expected_;
    OpenTransactions transactions_;
};

}  // namespace leat::storage
