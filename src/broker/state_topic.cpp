#include "broker/state_topic.hpp"

#include <algorithm>
#include <span>

#include "base/log.hpp"
#include "broker/faults.hpp"
#include "kafka/end_txn_marker.hpp"
#include "kafka/record_batch.hpp"
#include "storage/replay.hpp"
#include "storage/snapshot_trim.hpp"

namespace leat::broker {
namespace {

using kafka::ErrorCode;

constexpr std::size_t replay_max_inflated = std::size_t{64} << 20;
constexpr std::size_t snapshot_records_per_batch = 1000;
constexpr std::uint64_t record_overhead = 16;  // about what a record takes beside key and value
constexpr std::uint64_t trim_factor = 4;

storage::IncomingBatch batch_of(std::span<const StateRecord> records, TimestampMs timestamp,
                                const std::optional<ProducerIdentity>& producer = {}) {
    std::vector<kafka::NewRecord> batch;
    batch.reserve(records.size());
    for (const auto& record : records) {
        auto& added = batch.emplace_back();
        added.timestamp = timestamp;
        added.key = ByteView{record.key};
        if (record.value) added.value = ByteView{*record.value};
    }
    kafka::BatchOptions options;
    if (producer) {
        options.producer_id = producer->id;
        options.producer_epoch = producer->epoch;
        options.transactional = true;
    }
    return storage::IncomingBatch::of(kafka::build_batch(batch, options));
}

}  // namespace

// Keeps one partition in proportion to what lives in it.
struct StateTopic::Trim final : PartitionWatcher {
    Trim(storage::Log& log, storage::Flusher& flusher, const Clock& clock,
         storage::TrimLimits limits)
        : trim(log, flusher, clock, limits) {}
    void partition_moved() override { trim.progressed(); }
    storage::SnapshotTrim trim;
};

StateTopic::StateTopic(const Runtime& runtime, Topics& topics, storage::Flusher& flusher,
                       Options options)
    : runtime_(runtime), topics_(topics), flusher_(flusher), options_(std::move(options)) {}

StateTopic::~StateTopic() { *alive_ = false; }

std::shared_ptr<Partition> StateTopic::find(std::int32_t partition) const {
    const auto topic = topics_.find(options_.topic.name);
    return topic ? topic->partition(partition) : nullptr;
}

Result<void> StateTopic::load(const Visitor& visitor) {
    const auto topic = topics_.find(options_.topic.name);
    if (!topic) return {};
    for (const auto& partition : topic->partitions)
        if (auto replayed = replay(*partition, visitor); !replayed) return replayed;
    attach_trims();
    return {};
}

Result<void> StateTopic::replay(Partition& partition, const Visitor& visitor) {
    const auto index = partition.id().partition;
    const auto at = [&](std::int64_t offset, const Error& error) {
        return Error{error.code, partition.id().to_string() + " at offset " + std::to_string(offset)
                                     + ": " + error.what};
    };
    const auto take_batch = [&](const kafka::BatchHeader& header, ByteView batch) -> Result<void> {
        if (header.is_control()) {
            const auto end = kafka::read_end_txn_marker(header, batch);
            if (end && visitor.end) visitor.end(index, header.producer_id, end->commit);
            return {};
        }
        std::optional<std::int64_t> producer_id;
        if (header.is_transactional()) producer_id = header.producer_id;
        Result<void> taken;
        const auto read =
            kafka::for_each_record(batch, replay_max_inflated, [&](const kafka::RecordView& r) {
                if (!r.key) return true;
                taken = visitor.record({index, *r.key, r.value, producer_id});
                if (!taken) taken = at(r.offset, taken.error());
                return taken.ok();
            });
        if (!read) return at(header.base_offset, read.error());
        return taken;
    };
    return storage::replay(partition.log(), runtime_.disk, take_batch);
}

void StateTopic::attach_trims() {
    const auto topic = topics_.find(options_.topic.name);
    for (const auto& partition : topic->partitions) {
        auto trim = std::make_shared<Trim>(
            partition->log(), flusher_, runtime_.clock,
            storage::TrimLimits{.floor_bytes = options_.trim_floor_bytes, .factor = trim_factor});
        partition->watch(trim);
        trims_[partition->id().partition] = std::move(trim);
    }
}

void StateTopic::when_ready(std::function<void(ErrorCode)> then) {
    if (topics_.find(options_.topic.name)) return then(ErrorCode::none);
    waiting_.push_back(std::move(then));
    if (waiting_.size() > 1) return;
    topics_.create(options_.topic, [this, alive = alive_](const Refusal& refusal) {
        if (!*alive) return;
        if (refusal.code == ErrorCode::none)
            attach_trims();
        else
            log::error("an internal topic could not be created",
                       {{"topic", options_.topic.name}, {"error", refusal.message}});
        const auto outcome = refusal.code == ErrorCode::none ? ErrorCode::none
                                                             : ErrorCode::coordinator_not_available;
        for (auto& waiting : std::exchange(waiting_, {})) waiting(outcome);
    });
}

void StateTopic::write(std::int32_t index, const std::vector<StateRecord>& records,
                       TimestampMs timestamp, Done done,
                       const std::optional<ProducerIdentity>& producer) {
    append(index, batch_of(records, timestamp, producer), std::move(done));
}

void StateTopic::write_marker(std::int32_t index, const storage::IncomingBatch& batch, Done done) {
    append(index, batch, std::move(done));
}

std::int32_t StateTopic::leader_epoch(std::int32_t index) const {
    const auto partition = find(index);
    return partition ? partition->log().leader_epoch() : -1;
}

void StateTopic::append(std::int32_t index, const storage::IncomingBatch& batch, Done done) {
    // The fault, if there is one, is known by the time that the loop comes to it.
    const auto fault = std::make_shared<storage::LogFault>(storage::LogFault::none);
    const auto later = [this, index, fault, done = std::move(done),
                        alive = alive_](ErrorCode outcome) {
        runtime_.timers.call_after(std::chrono::milliseconds{0}, [=, this] {
            if (!*alive) return;
            done(*fault == storage::LogFault::none ? outcome : error_of(*fault));
            trim_if_due(index);
        });
    };
    const auto partition = find(index);
    if (!partition) return later(ErrorCode::coordinator_not_available);
    const auto appended = partition->queue().append(
        batch, runtime_.clock.wall_ms(), storage::AppendOrigin::coordinator,
        [later](const Result<void>& safe) {
            later(safe.ok() ? ErrorCode::none : ErrorCode::kafka_storage_error);
        });
    *fault = appended.fault;
}

void StateTopic::trim_if_due(std::int32_t index) {
    const auto partition = find(index);
    const auto at = trims_.find(index);
    if (!partition || at == trims_.end()) return;
    auto& log = partition->log();
    if (at->second->trim.is_running() || log.size() < options_.trim_floor_bytes) return;
    // What an open transaction holds is in the records that would go.
    if (log.producers().has_transactions()) return;
    const auto taken = options_.snapshot(index);
    if (!taken) return;
    const auto& live = *taken;
    std::uint64_t live_bytes = 0;
    for (const auto& record : live)
        live_bytes +=
            record.key.size() + (record.value ? record.value->size() : 0) + record_overhead;
    at->second->trim.start_if_due(live_bytes, [&]() -> Result<void> {
        const auto now = runtime_.clock.wall_ms();
        for (std::size_t from = 0; from < live.size(); from += snapshot_records_per_batch) {
            const auto count = std::min(snapshot_records_per_batch, live.size() - from);
            const auto outcome =
                partition->queue().append(batch_of(std::span{live}.subspan(from, count), now), now,
                                          storage::AppendOrigin::coordinator);
            if (outcome.fault != storage::LogFault::none) return Error{Errc::io, outcome.what};
        }
        return {};
    });
}

}  // namespace leat::broker
