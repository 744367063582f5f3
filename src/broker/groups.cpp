#include "broker/groups.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace leat::broker {
namespace {

using kafka::ErrorCode;

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

Topics::NewTopic offsets_topic_of(const Config& config) {
    Topics::NewTopic topic;
    topic.name = std::string{offsets_topic};
    topic.partitions = static_cast<std::int32_t>(config.number("offsets.topic.num.partitions"));
    topic.overrides = {{"cleanup.policy", "compact"},
                       {"compression.type", "producer"},
                       {"segment.bytes", config.text("offsets.topic.segment.bytes")}};
    return topic;
}

}  // namespace

Groups::Groups(const Runtime& runtime, const Config& config, Topics& topics,
               storage::Flusher& flusher, log::LimitedLog& events)
    : runtime_(runtime),
      events_(events),
      coordinator_(group_config(config)),
      state_(runtime, topics, flusher,
             {.topic = offsets_topic_of(config), .snapshot = [this](std::int32_t partition) {
                  return coordinator_.snapshot(partition);
              }}) {}

Groups::~Groups() { *alive_ = false; }

Moment Groups::moment() const { return {runtime_.clock.now(), runtime_.clock.wall_ms()}; }

Result<void> Groups::load() {
    auto loaded = state_.load(
        {.record =
             [this](const StateTopic::Replayed& record) {
                 return coordinator_.replay(record.partition, record.key, record.value,
                                            record.producer_id);
             },
         .end = [this](std::int32_t partition, std::int64_t producer_id,
                       bool commit) { coordinator_.replay_end(partition, producer_id, commit); }});
    if (!loaded) return loaded;
    for (const auto& [type, count] : coordinator_.unknown_records())
        log::warn("group records of an unknown type are kept but not used",
                  {{"type", type}, {"count", count}});
    apply(coordinator_.loaded(moment()));
    return {};
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
    for (const auto& write : effects.persists)
        state_.write(
            write.partition, write.records, write.timestamp_ms,
            [this, id = write.id](ErrorCode outcome) {
                apply(coordinator_.on_persisted(id, outcome, moment()));
            },
            write.producer);
    for (const auto& event : effects.events)
        events_.info(event.members == 0 ? "group has no members any more" : "group has formed",
                     {{"group", event.group_id},
                      {"generation", event.generation},
                      {"members", event.members}});
    for (auto& answer : effects.answers) {
        const auto at = answers_.find(answer.token);
        check(at != answers_.end(), "each group request is answered once");
        const auto answered = std::move(at->second);
        answers_.erase(at);
        answered(std::move(answer.response));
    }
    arm_timer();
}

void Groups::end_transaction(std::int32_t partition, const storage::IncomingBatch& marker,
                             const StateTopic::Done& done) {
    state_.write_marker(partition, marker, [=, this](ErrorCode outcome) {
        if (outcome == ErrorCode::none)
            coordinator_.on_transaction_end(partition, marker.header.producer_id,
                                            marker.transaction.end->commit);
        done(outcome);
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
