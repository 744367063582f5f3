#include "broker/transactions.hpp"

#include <utility>

#include "broker/faults.hpp"
#include "broker/txn/txn_records.hpp"
#include "kafka/end_txn_marker.hpp"

namespace leat::broker {
namespace {

using kafka::ErrorCode;

// Until there is room for a marker again.
constexpr std::chrono::milliseconds marker_retry{1000};

TxnConfig txn_config(const Config& config) {
    TxnConfig txn;
    txn.transaction_state_log_num_partitions =
        static_cast<std::int32_t>(config.number("transaction.state.log.num.partitions"));
    txn.transaction_max_timeout_ms =
        static_cast<std::int32_t>(config.number("transaction.max.timeout.ms"));
    txn.transactional_id_expiration_ms = config.number("transactional.id.expiration.ms");
    return txn;
}

Topics::NewTopic state_topic_of(const Config& config) {
    Topics::NewTopic topic;
    topic.name = std::string{transaction_topic};
    topic.partitions =
        static_cast<std::int32_t>(config.number("transaction.state.log.num.partitions"));
    topic.overrides = {{"cleanup.policy", "compact"},
                       {"compression.type", "uncompressed"},
                       {"segment.bytes", config.text("transaction.state.log.segment.bytes")}};
    return topic;
}

storage::IncomingBatch batch_of(const Transactions::Marker& marker, TimestampMs now) {
    auto batch = storage::IncomingBatch::of(
        kafka::build_end_txn_marker(marker.producer.id, marker.producer.epoch, marker.end, now));
    batch.transaction = {.end = marker.end, .has_own_epoch = marker.has_own_epoch};
    return batch;
}

}  // namespace

Transactions::Transactions(const Runtime& runtime, const Config& config, const Owners& owners)
    : runtime_(runtime),
      topics_(owners.topics),
      groups_(owners.groups),
      ids_(owners.producer_ids),
      events_(owners.events),
      abort_period_(config.number("transaction.abort.timed.out.transaction.cleanup.interval.ms")),
      expire_period_(config.number("transaction.remove.expired.transaction.cleanup.interval.ms")),
      coordinator_(txn_config(config), *this),
      state_(runtime, owners.topics, owners.flusher,
             {.topic = state_topic_of(config), .snapshot = [this](std::int32_t partition) {
                  return coordinator_.snapshot(partition);
              }}) {}

Transactions::~Transactions() { *alive_ = false; }

Result<void> Transactions::load() {
    auto loaded = state_.load({.record = [this](const StateTopic::Replayed& record) {
        return coordinator_.replay(record.partition, record.key, record.value);
    }});
    if (!loaded) return loaded;
    std::vector<TxnCoordinator::Found> open;
    for (const auto& [name, topic] : topics_.all())
        for (const auto& partition : topic->partitions)
            partition->log().producers().each([&](const auto& producer) {
                if (producer.transaction_first_offset >= 0)
                    open.push_back({partition->id(), {producer.producer_id, producer.epoch}});
            });
    coordinator_.loaded(open);
    every(abort_period_, [this] { coordinator_.abort_timed_out(); });
    every(expire_period_, [this] { coordinator_.expire(); });
    return {};
}

void Transactions::every(std::chrono::milliseconds period, std::function<void()> what) {
    runtime_.timers.call_after(period, [this, period, what = std::move(what), alive = alive_] {
        if (!*alive) return;
        what();
        every(period, what);
    });
}

void Transactions::when_ready(std::function<void(ErrorCode)> then) {
    state_.when_ready([this, then = std::move(then)](ErrorCode ready) {
        if (ready != ErrorCode::none) return then(ready);
        ids_.when_reserved([then](const Result<void>& reserved) {
            then(reserved ? ErrorCode::none : ErrorCode::coordinator_not_available);
        });
    });
}

void Transactions::write(std::int32_t partition, const StateRecord& record,
                         std::function<void(ErrorCode)> done) {
    state_.write(partition, {record}, wall_ms(),
                 [done = std::move(done)](ErrorCode outcome) { done(txn_error(outcome)); });
}

void Transactions::write_markers(const TxnMarkers& markers, std::function<void(bool)> done) {
    struct Awaited {
        std::size_t count = 1;
        bool written = true;
        std::function<void(bool)> done;
    };
    const auto awaited = std::make_shared<Awaited>(Awaited{.done = std::move(done)});
    const auto one = [awaited](bool written) {
        awaited->written &= written;
        if (--awaited->count == 0) awaited->done(awaited->written);
    };
    const Marker marker{markers.producer,
                        {markers.commit, state_.leader_epoch(markers.state_partition)},
                        markers.has_own_epoch};
    awaited->count += markers.partitions.size();
    for (const auto& partition : markers.partitions) mark_until_written(partition, marker, one);
    // Also where there is none: `done` never comes from inside of this call.
    runtime_.timers.call_after(std::chrono::milliseconds{0}, [one, alive = alive_] {
        if (*alive) one(true);
    });
}

void Transactions::mark_until_written(const TopicPartition& partition, const Marker& marker,
                                      const std::function<void(bool)>& done) {
    mark(partition, marker, [=, this](ErrorCode outcome) {
        switch (outcome) {
            case ErrorCode::none:
            case ErrorCode::unknown_topic_or_partition:  // deleted
                return done(true);
            case ErrorCode::invalid_producer_epoch:
            case ErrorCode::transaction_coordinator_fenced:
                // The log knows of a later producer, so this transaction has ended there.
                events_.warn("a transaction had ended already in a partition",
                             {{"partition", partition.to_string()},
                              {"producer_id", marker.producer.id},
                              {"error", name_of(outcome)}});
                return done(true);
            default:
                break;
        }
        const auto topic = topics_.find(partition.topic);
        const auto served = topic ? topic->partition(partition.partition) : nullptr;
        events_.warn("the end of a transaction cannot be written",
                     {{"partition", partition.to_string()},
                      {"producer_id", marker.producer.id},
                      {"error", name_of(outcome)}});
        if (served && served->log().is_offline()) return done(false);
        runtime_.timers.call_after(marker_retry, [=, this, alive = alive_] {
            if (*alive) mark_until_written(partition, marker, done);
        });
    });
}

void Transactions::mark(const TopicPartition& partition, const Marker& marker,
                        const StateTopic::Done& done) {
    const auto batch = batch_of(marker, wall_ms());
    const auto topic = topics_.find(partition.topic);
    const auto served = topic ? topic->partition(partition.partition) : nullptr;
    if (served && partition.topic == offsets_topic)
        return groups_.end_transaction(partition.partition, batch, done);
    // The fault, if there is one, is known by the time that the loop comes to it.
    const auto fault = std::make_shared<storage::LogFault>(storage::LogFault::none);
    const auto later = [this, fault, alive = alive_, done](ErrorCode outcome) {
        runtime_.timers.call_after(std::chrono::milliseconds{0}, [=] {
            if (*alive) done(*fault == storage::LogFault::none ? outcome : error_of(*fault));
        });
    };
    if (!served) return later(ErrorCode::unknown_topic_or_partition);
    const auto appended =
        served->queue().append(batch, wall_ms(), storage::AppendOrigin::coordinator,
                               [later, served](const Result<void>& safe) {
                                   later(served->is_closed() ? ErrorCode::unknown_topic_or_partition
                                         : safe              ? ErrorCode::none
                                                             : ErrorCode::kafka_storage_error);
                               });
    *fault = appended.fault;
}

}  // namespace leat::broker
