// The transaction coordinator: what becomes of each transactional id, and when (KIP-98, KIP-360,
// KIP-890).
//
// No I/O, no clock, no thread of its own: it asks its surroundings, and one thread calls it. Where
// Kafka answers CONCURRENT_TRANSACTIONS while a transaction is being ended, for the client to come
// again after a pause, the request waits here and is answered when that has ended.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "broker/state_record.hpp"
#include "broker/txn/transaction.hpp"

namespace leat::broker {

/// Settings; names and defaults are Kafka's.
struct TxnConfig {
    std::int32_t transaction_state_log_num_partitions = 50;
    std::int32_t transaction_max_timeout_ms = 900'000;
    std::int64_t transactional_id_expiration_ms = 604'800'000;
    /// A limit of our own, against clients that would fill the memory.
    std::size_t max_transactional_ids = 1'000'000;
};

/// The ends of one transaction, to be written to each of its partitions.
struct TxnMarkers {
    ProducerIdentity producer;
    bool commit = false;
    bool has_own_epoch = false;        // the markers' epoch is above the records' (KIP-890)
    std::int32_t state_partition = 0;  // whose leader epoch is the coordinator's
    std::set<TopicPartition> partitions;
};

/// What the coordinator asks for. All callbacks come on its thread, never from inside the call.
class TxnSurroundings {
public:
    virtual ~TxnSurroundings() = default;
    virtual TimestampMs wall_ms() const = 0;
    /// An id that was never given out; nothing: there is none at the moment.
    virtual std::optional<std::int64_t> fresh_producer_id() = 0;
    /// Appends to a partition of `__transaction_state`; `done` hears when it is durable, or why
    /// not. Writes to one partition become durable in their order.
    virtual void write(std::int32_t partition, const StateRecord& record,
                       std::function<void(kafka::ErrorCode)> done) = 0;
    /// Appends the markers; `done` hears true when all are durable, or their partition is deleted;
    /// false if one could not be written: it will be by the next start.
    virtual void write_markers(const TxnMarkers& markers, std::function<void(bool)> done) = 0;
};

class TxnCoordinator {
public:
    /// `surroundings` outlive it.
    TxnCoordinator(const TxnConfig& config, TxnSurroundings& surroundings);
    ~TxnCoordinator();
    TxnCoordinator(const TxnCoordinator&) = delete;
    TxnCoordinator& operator=(const TxnCoordinator&) = delete;

    // Start: replay() every record in log order, then loaded() once, then serve.

    /// Takes in one record of partition `partition`. Error: corrupt or unsupported.
    Result<void> replay(std::int32_t partition, ByteView key, std::optional<ByteView> value);
    /// An open transaction that was found in a partition's log.
    struct Found {
        TopicPartition partition;
        ProducerIdentity producer;
    };
    /// Ends the replay: transactions whose end was decided are ended. What the logs hold of others
    /// (their beginning need not be durable, as the log itself tells of it) goes on, if it was
    /// known to be ongoing; else it is aborted, and its producer is fenced.
    void loaded(const std::vector<Found>& open);

    // Requests. The callbacks are called once, at once or later.

    using Initialized = std::function<void(kafka::ErrorCode, ProducerIdentity)>;
    /// InitProducerId with a transactional id.
    void init_producer_id(const std::string& id, std::int32_t timeout_ms,
                          std::optional<ProducerIdentity> expected, const Initialized& done);
    using Done = std::function<void(kafka::ErrorCode)>;
    /// AddPartitionsToTxn, AddOffsetsToTxn and the writes that imply them.
    void add_partitions(const std::string& id, const ProducerIdentity& producer,
                        const std::set<TopicPartition>& partitions, TransactionVersion version,
                        const Done& done);
    /// Whether the partition is in the ongoing transaction of the producer: none, or why not, in
    /// the words of AddPartitionsToTxn's verification.
    kafka::ErrorCode verify(const std::string& id, const ProducerIdentity& producer,
                            const TopicPartition& partition) const;
    using Ended = std::function<void(kafka::ErrorCode, ProducerIdentity)>;
    /// EndTxn; answered when the markers are durable. The identity is for the next transaction.
    void end(const std::string& id, const ProducerIdentity& producer, bool commit,
             TransactionVersion version, const Ended& done);

    // What operators ask.

    /// The state of a transactional id; null if it is not known. Valid until the next call.
    const Transaction* find(const std::string& id) const;
    void each(const std::function<void(const std::string& id, const Transaction&)>& visit) const;
    std::size_t size() const { return entries_.size(); }

    /// Aborts transactions that are older than their timeout.
    void abort_timed_out();
    /// Forgets transactional ids that were not used for transactional.id.expiration.ms.
    void expire();

    /// All that partition `partition` of `__transaction_state` holds at its end.
    std::vector<StateRecord> snapshot(std::int32_t partition) const;

private:
    struct Entry;
    using EntryPtr = std::shared_ptr<Entry>;

    std::int32_t partition_of(const std::string& id) const;
    EntryPtr lookup(const std::string& id) const;
    /// Whether something is under way for the id: then the request is to be made `again` after it.
    static bool must_wait(const EntryPtr& entry, std::function<void()> again);
    static void release(const EntryPtr& entry);
    EntryPtr lookup_or_add(const std::string& id, kafka::ErrorCode& error);
    void adopt(const EntryPtr& entry, Transaction next, std::function<void(kafka::ErrorCode)> done);
    void prepare(const EntryPtr& entry, Transaction next, const Ended& done);
    void finish(const EntryPtr& entry, const Ended& done);
    using Lost = std::map<std::string, std::set<TopicPartition>>;
    void resolve(const Found& found, const EntryPtr& entry, Lost& lost);
    void abort_alone(const TopicPartition& partition, const ProducerIdentity& producer);

    const TxnConfig config_;
    TxnSurroundings& surroundings_;
    std::unordered_map<std::string, EntryPtr> entries_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

/// What clients are told when the state of a transactional id could not be written for `outcome`.
kafka::ErrorCode txn_error(kafka::ErrorCode outcome);

}  // namespace leat::broker
