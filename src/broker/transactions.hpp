// The transaction coordinator's shell: its records go to `__transaction_state`, its markers to the
// partitions of the transactions.
#pragma once

#include <functional>
#include <memory>

#include "broker/groups.hpp"
#include "broker/producer_ids.hpp"
#include "broker/runtime.hpp"
#include "broker/state_topic.hpp"
#include "broker/txn/txn_coordinator.hpp"

namespace leat::broker {

/// Core thread.
class Transactions final : private TxnSurroundings {
public:
    /// All of it outlives the transactions.
    struct Owners {
        Topics& topics;
        storage::Flusher& flusher;
        Groups& groups;
        ProducerIds& producer_ids;
        log::LimitedLog& events;
    };
    Transactions(const Runtime& runtime, const Config& config, const Owners& owners);
    ~Transactions();

    /// Reads `__transaction_state`, if it exists, looks for open transactions in all logs, and
    /// serves from then on. Error: a record that cannot be read, by partition and offset.
    Result<void> load();
    /// Calls `then` once `__transaction_state` exists, creating it if need be, and there is a
    /// producer id to give out; or with COORDINATOR_NOT_AVAILABLE.
    void when_ready(std::function<void(kafka::ErrorCode)> then);
    TxnCoordinator& coordinator() { return coordinator_; }

    /// Appends the marker that ends a producer's transaction in one partition. `done` hears, from
    /// the event loop, once it is durable, or why it is not.
    struct Marker {
        ProducerIdentity producer;
        kafka::EndTxnMarker end;
        bool has_own_epoch = false;
    };
    void mark(const TopicPartition& partition, const Marker& marker, const StateTopic::Done& done);

private:
    // TxnSurroundings
    TimestampMs wall_ms() const override { return runtime_.clock.wall_ms(); }
    std::optional<std::int64_t> fresh_producer_id() override { return ids_.take(); }
    void write(std::int32_t partition, const StateRecord& record,
               std::function<void(kafka::ErrorCode)> done) override;
    void write_markers(const TxnMarkers& markers, std::function<void(bool)> done) override;

    void mark_until_written(const TopicPartition& partition, const Marker& marker,
                            const std::function<void(bool)>& done);
    void every(std::chrono::milliseconds period, std::function<void()> what);

    const Runtime& runtime_;
    Topics& topics_;
    Groups& groups_;
    ProducerIds& ids_;
    log::LimitedLog& events_;
    std::chrono::milliseconds abort_period_;
    std::chrono::milliseconds expire_period_;
    TxnCoordinator coordinator_;
    StateTopic state_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace leat::broker
