// Classic consumer groups: finding them, waking them, and following their appends.
#include "broker/group/group_coordinator.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "broker/group/group.hpp"
#include "broker/group/group_records.hpp"
#include "broker/group/pending_write.hpp"

namespace leat::broker {
namespace {

std::optional<GroupEvent> event_of(const std::string& group_id, const GroupWrite& write) {
    if (write.meaning != GroupWrite::Meaning::assigned
        && write.meaning != GroupWrite::Meaning::emptied)
        return std::nullopt;
    return GroupEvent{group_id, write.value.generation, write.value.members.size()};
}

}  // namespace

GroupCoordinator::GroupCoordinator(GroupConfig config, std::function<Uuid()> make_uuid)
    : config_(config),
      make_uuid_(std::move(make_uuid)),
      issued_(static_cast<std::size_t>(config.offsets_topic_num_partitions)),
      in_transactions_(static_cast<std::size_t>(config.offsets_topic_num_partitions)),
      carried_(static_cast<std::size_t>(config.offsets_topic_num_partitions)) {}

GroupCoordinator::~GroupCoordinator() = default;

std::int32_t GroupCoordinator::partition_of(const std::string& group_id) const {
    return state_partition(group_id, config_.offsets_topic_num_partitions);
}

GroupCoordinator::GroupPtr GroupCoordinator::find(const std::string& group_id) const {
    const auto entry = groups_.find(group_id);
    return entry == groups_.end() ? nullptr : entry->second;
}

GroupCoordinator::GroupPtr GroupCoordinator::create(const std::string& group_id,
                                                    const Moment& now) {
    if (groups_.size() >= config_.max_groups) return nullptr;
    auto group = std::make_shared<Group>(group_id, config_, now.wall_ms);
    groups_.emplace(group_id, group);
    return group;
}

void GroupCoordinator::finish(const GroupPtr& group, Turn& turn, Effects& effects,
                              const std::shared_ptr<PendingReply>& reply) {
    group->tick(turn);  // a delay of nothing is over already
    for (auto& write : turn.writes) {
        std::vector<GroupRecord> records{group_record(group->group_id(), write.value)};
        group->record().append(write.value);
        PendingWrite pending{.group = group, .group_record = true, .reply = reply};
        pending.meaning = std::move(write);
        issue(std::move(pending), std::move(records), turn.now, effects);
    }
    std::move(turn.answers.begin(), turn.answers.end(), std::back_inserter(effects.answers));
    if (reply) conclude(*reply, effects);
    const auto next = group->next_deadline();
    if (find(group->group_id()) != group) return;
    if (next)
        due_.set(group->group_id(), *next);
    else
        due_.cancel(group->group_id());
    forget_if_unused(group);
}

void GroupCoordinator::conclude(PendingReply& reply, Effects& effects) {
    if (reply.writes == 0) effects.answers.push_back({reply.token, std::move(reply.response)});
}

void GroupCoordinator::forget_if_unused(const GroupPtr& group) {
    if (!group->deserted() || !group->record().unused() || !group->offsets().empty()) return;
    if (find(group->group_id()) != group) return;
    due_.cancel(group->group_id());
    groups_.erase(group->group_id());
}

void GroupCoordinator::issue(PendingWrite write, std::vector<GroupRecord> records,
                             const Moment& now, Effects& effects) {
    write.partition = partition_of(write.group->group_id());
    if (write.reply) ++write.reply->writes;
    const auto id = next_id_++;
    effects.persists.push_back({.id = id,
                                .partition = write.partition,
                                .timestamp_ms = now.wall_ms,
                                .records = std::move(records),
                                .producer = write.producer});
    issued_[static_cast<std::size_t>(write.partition)].push_back(id);
    writes_.emplace(id, std::make_unique<PendingWrite>(std::move(write)));
}

Effects GroupCoordinator::on_persisted(PersistId id, kafka::ErrorCode outcome, Moment now) {
    const auto entry = writes_.find(id);
    check(entry != writes_.end() && !entry->second->outcome,
          "an outcome is reported for no append");
    entry->second->outcome = outcome;
    Effects effects;
    // A late append can fail while an early one is still being synced.
    auto& issued = issued_[static_cast<std::size_t>(entry->second->partition)];
    while (!issued.empty() && writes_.at(issued.front())->outcome) {
        const auto oldest = writes_.extract(issued.front());
        issued.pop_front();
        act_on_outcome(oldest.key(), *oldest.mapped(), now, effects);
    }
    return effects;
}

void GroupCoordinator::act_on_outcome(PersistId id, PendingWrite& write, const Moment& now,
                                      Effects& effects) {
    const bool durable = write.outcome == kafka::ErrorCode::none;
    const auto error = group_error(*write.outcome);
    auto& group = *write.group;
    if (write.producer)
        settle_transactional(write, id, durable);
    else
        for (const auto& [topic, partition] : write.offsets)
            group.offsets().settle(topic, partition, durable);
    if (write.group_record) group.record().settle(durable);
    if (write.deletes_group && !durable) group.set_deleting(false);

    Turn turn{now};
    if (write.meaning) group.written(*write.meaning, error, turn);
    if (write.meaning && durable)
        if (auto event = event_of(group.group_id(), *write.meaning))
            effects.events.push_back(std::move(*event));
    if (write.reply) {
        if (!durable) set_error(write.reply->response, error, group.group_id());
        check(write.reply->writes > 0, "a reply waits for each of its writes once");
        --write.reply->writes;
    }
    for (const auto& waiting : write.fetches)
        if (--waiting->writes == 0)
            effects.answers.push_back({waiting->token, fetch(waiting->request, waiting->version)});
    finish(write.group, turn, effects);
    if (write.reply) conclude(*write.reply, effects);
}

Effects GroupCoordinator::tick(Moment now) {
    Effects effects;
    while (const auto group_id = due_.pop_due(now.mono)) {
        Turn turn{now};
        if (const auto group = find(*group_id)) finish(group, turn, effects);
    }
    if (!expiry_at_ || *expiry_at_ > now.mono) return effects;
    expiry_at_ = now.mono + std::chrono::milliseconds{config_.offsets_retention_check_interval_ms};
    std::vector<GroupPtr> all;
    for (const auto& [id, group] : groups_) all.push_back(group);
    for (const auto& group : all) expire(group, now, effects);
    return effects;
}

std::optional<MonoTime> GroupCoordinator::next_deadline() const {
    const auto group = due_.next();
    return group && expiry_at_ ? std::min(*group, *expiry_at_) : expiry_at_;
}

}  // namespace leat::broker
