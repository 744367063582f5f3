#include "broker/groups.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "broker/faults.hpp"
#include "kafka/record_batch.hpp"
#include "storage/replay.hpp"

namespace leat::broker {
namespace {

using kafka::ErrorCode;

constexpr std::size_t replay_max_inflated = std::size_t{64} << 20;

GroupConfig group_config(const Config& config) {
    const auto int32 = [&](std::string_view name) {
        return static_cast<std::int32_t>(config.number(name));
    };
    GroupConfig group;
    group.offsets_topic_num_partitions = int32("offsets.topic.num.partitions");
    group.group_min_session_timeout_ms = int32("group.min.session.timeout.ms");
    group.group_max_session_timeout_ms = int32("group.max.session.timeout.ms");
    group.group_initial_rebalance_delay_ms = int32("group.initial.rebalance.delay.ms");
    group.group_max_size = int32("group.max.size");
    group.offset_metadata_max_bytes = int32("offset.metadata.max.bytes");
    group.offsets_retention_minutes = config.number("offsets.retention.minutes");
    group.offsets_retention_check_interval_ms =
        config.number("offsets.retention.check.interval.ms");
    return group;
}

Bytes batch_of(const std::vector<GroupRecord>& records, TimestampMs now) {
    std::vector<kafka::NewRecord> batch;
    batch.reserve(records.size());
    for (const auto& record : records) {
        auto& added = batch.emplace_back();
        added.timestamp = now;
        added.key = ByteView{record.key};
        if (record.value) added.value = ByteView{*record.value};
    }
    return kafka::build_batch(batch);
}

}  // namespace

// Keeps one partition of `__consumer_offsets` in proportion to what lives in it.
struct Groups::Trim final : PartitionWatcher {
    Trim(storage::Log& log, storage::Flusher& flusher, const Clock& clock)
        : trim(log, flusher, clock, {.floor_bytes = std::uint64_t{16} << 20, .factor = 4}) {}
    void partition_moved() override { trim.progressed(); }
    storage::SnapshotTrim trim;
};

Groups::Groups(const Runtime& runtime, const Config& config, Topics& topics,
               storage::Flusher& flusher)
    : runtime_(runtime),
      config_(config),
      topics_(topics),
      flusher_(flusher),
      coordinator_(group_config(config)) {}

Groups::~Groups() { *alive_ = false; }

Moment Groups::moment() const { return {runtime_.clock.now(), runtime_.clock.wall_ms()}; }

Result<void> Groups::load() {
    if (const auto topic = topics_.find(offsets_topic)) {
        for (const auto& partition : topic->partitions)
            if (auto replayed = replay(*partition); !replayed) return replayed;
        attach_trims();
    }
    for (const auto& [type, count] : coordinator_.unknown_records())
        log::warn("group records of an unknown type are kept but not used",
                  {{"type", type}, {"count", count}});
    apply(coordinator_.loaded(moment()));
    return {};
}

Result<void> Groups::replay(Partition& partition) {
    const auto index = partition.id().partition;
    const auto at = [&](std::int64_t offset, const Error& error) {
        return Error{error.code, partition.id().to_string() + " at offset " + std::to_string(offset)
                                     + ": " + error.what};
    };
    const auto take_batch = [&](const kafka::BatchHeader& header, ByteView batch) -> Result<void> {
        if (header.is_control()) return {};
        Result<void> taken;
        const auto read =
            kafka::for_each_record(batch, replay_max_inflated, [&](const kafka::RecordView& r) {
                if (!r.key) return true;
                taken = coordinator_.replay(index, *r.key, r.value);
                if (!taken) taken = at(r.offset, taken.error());
                return taken.ok();
            });
        if (!read) return at(header.base_offset, read.error());
        return taken;
    };
    return storage::replay(partition.log(), runtime_.disk, take_batch);
}

void Groups::attach_trims() {
    const auto topic = topics_.find(offsets_topic);
    for (const auto& partition : topic->partitions) {
        auto trim = std::make_shared<Trim>(partition->log(), flusher_, runtime_.clock);
        partition->watch(trim);
        trims_[partition->id().partition] = std::move(trim);
    }
}

void Groups::when_ready(std::function<void(ErrorCode)> then) {
    if (topics_.find(offsets_topic)) return then(ErrorCode::none);
    waiting_for_topic_.push_back(std::move(then));
    if (waiting_for_topic_.size() > 1) return;
    Topics::NewTopic topic;
    topic.name = std::string{offsets_topic};
    topic.partitions = static_cast<std::int32_t>(config_.number("offsets.topic.num.partitions"));
    topic.overrides = {{"cleanup.policy", "compact"},
                       {"compression.type", "producer"},
                       {"segment.bytes", config_.text("offsets.topic.segment.bytes")}};
    topics_.create(topic, [this](const Refusal& refusal) {
        if (refusal.code == ErrorCode::none)
            attach_trims();
        else
            log::error("__consumer_offsets could not be created", {{"error", refusal.message}});
        const auto outcome = refusal.code == ErrorCode::none ? ErrorCode::none
                                                             : ErrorCode::coordinator_not_available;
        for (auto& waiting : std::exchange(waiting_for_topic_, {})) waiting(outcome);
    });
}

void Groups::run(const RequestContext& context, const Call& call,
                 std::function<void(GroupResponse)> answered) {
    GroupContext group_context;
    if (context.header.client_id) group_context.client_id = *context.header.client_id;
    group_context.client_host = context.client->host;
    group_context.token = ++last_token_;
    group_context.now = moment();
    answers_.emplace(group_context.token, std::move(answered));
    apply(call(coordinator_, group_context));
}

void Groups::apply(Effects effects) {
    for (const auto& write : effects.persists) persist(write);
    for (auto& answer : effects.answers) {
        const auto at = answers_.find(answer.token);
        check(at != answers_.end(), "each group request is answered once");
        const auto answered = std::move(at->second);
        answers_.erase(at);
        answered(std::move(answer.response));
    }
    arm_timer();
}

void Groups::persist(const Persist& write) {
    const auto topic = topics_.find(offsets_topic);
    const auto partition = topic ? topic->partition(write.partition) : nullptr;
    // Outcomes come from the loop, never from inside the call that asked for the write, and in the
    // order of the writes: also a write that failed waits for those before it.
    const auto later = [this, id = write.id, index = write.partition,
                        alive = alive_](ErrorCode outcome) {
        runtime_.timers.call_after(std::chrono::milliseconds{0}, [=, this] {
            if (!*alive) return;
            persisted(id, outcome);
            trim_if_due(index);
        });
    };
    if (!partition) return later(ErrorCode::coordinator_not_available);
    auto& log = partition->log();
    const auto outcome =
        log.append(storage::IncomingBatch::of(batch_of(write.records, write.timestamp_ms)),
                   runtime_.clock.wall_ms(), storage::AppendOrigin::coordinator);
    flusher_.request(log);
    partition->when_safe(log.end_offset(), [later, fault = outcome.fault](bool safe) {
        if (fault != storage::LogFault::none) return later(error_of(fault));
        later(safe ? ErrorCode::none : ErrorCode::kafka_storage_error);
    });
}

void Groups::persisted(PersistId id, ErrorCode outcome) {
    apply(coordinator_.on_persisted(id, outcome, moment()));
}

void Groups::trim_if_due(std::int32_t index) {
    const auto topic = topics_.find(offsets_topic);
    const auto partition = topic ? topic->partition(index) : nullptr;
    const auto at = trims_.find(index);
    if (!partition || at == trims_.end()) return;
    auto& log = partition->log();
    if (at->second->trim.is_running() || log.size() < (std::uint64_t{16} << 20)) return;
    const auto live = coordinator_.snapshot(index);
    std::uint64_t live_bytes = 0;
    for (const auto& record : live)
        live_bytes += record.key.size() + (record.value ? record.value->size() : 0) + 16;
    at->second->trim.start_if_due(live_bytes, [&]() -> Result<void> {
        constexpr std::size_t records_per_batch = 1000;
        for (std::size_t from = 0; from < live.size(); from += records_per_batch) {
            const auto count = std::min(records_per_batch, live.size() - from);
            const std::vector<GroupRecord> some(
                live.begin() + static_cast<std::ptrdiff_t>(from),
                live.begin() + static_cast<std::ptrdiff_t>(from + count));
            const auto now = runtime_.clock.wall_ms();
            const auto outcome = log.append(storage::IncomingBatch::of(batch_of(some, now)), now,
                                            storage::AppendOrigin::coordinator);
            if (outcome.fault != storage::LogFault::none) return Error{Errc::io, outcome.what};
        }
        flusher_.request(log);
        return {};
    });
}

void Groups::topic_removed(const std::string& topic) {
    apply(coordinator_.on_topic_deleted(topic, moment()));
}

void Groups::arm_timer() {
    const auto due = coordinator_.next_deadline();
    if (!due || (armed_ && *armed_ <= *due)) return;
    armed_ = due;
    const auto delay = std::chrono::ceil<std::chrono::milliseconds>(*due - runtime_.clock.now());
    runtime_.timers.call_after(std::max(delay, std::chrono::milliseconds{0}),
                               [this, due, alive = alive_] {
                                   if (!*alive || armed_ != due) return;
                                   armed_.reset();
                                   apply(coordinator_.tick(moment()));
                               });
}

}  // namespace leat::broker
