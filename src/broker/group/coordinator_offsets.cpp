// OffsetCommit, OffsetFetch and OffsetDelete.
#include <algorithm>
#include <limits>
#include <set>

#include "broker/group/group.hpp"
#include "broker/group/group_coordinator.hpp"
#include "broker/group/group_records.hpp"
#include "broker/group/offset_responses.hpp"
#include "broker/group/pending_write.hpp"

namespace leat::broker {
namespace {

using kafka::ErrorCode;
using CommitPartition =
    kafka::OffsetCommitRequest::OffsetCommitRequestTopic::OffsetCommitRequestPartition;
using FetchGroup = kafka::OffsetFetchRequest::OffsetFetchRequestGroup;
using FetchTopic = FetchGroup::OffsetFetchRequestTopics;
using FetchedGroup = kafka::OffsetFetchResponse::OffsetFetchResponseGroup;
using FetchedTopic = FetchedGroup::OffsetFetchResponseTopics;

constexpr std::int16_t group_unknown_since = 9;  // OffsetCommit
constexpr std::int16_t topic_ids_since = 10;

// The request's partitions, each with the judge's word.
kafka::OffsetCommitResponse judged(const kafka::OffsetCommitRequest& request, std::int16_t version,
                                   const PartitionJudge& judge) {
    kafka::OffsetCommitResponse response;
    for (const auto& topic : request.topics) {
        auto& answer = response.topics.emplace_back();
        answer.name = topic.name;
        answer.topic_id = topic.topic_id;
        const bool nameless = version >= topic_ids_since && topic.name.empty();
        for (const auto& partition : topic.partitions)
            answer.partitions.push_back(
                {.partition_index = partition.partition_index,
                 .error_code = nameless ? ErrorCode::unknown_topic_id
                                        : judge(topic.name, partition.partition_index)});
    }
    return response;
}

bool any_accepted(const kafka::OffsetCommitResponse& response) {
    for (const auto& topic : response.topics)
        for (const auto& partition : topic.partitions)
            if (partition.error_code == ErrorCode::none) return true;
    return false;
}

CommittedOffset committed(const CommitPartition& partition, std::int64_t retention_ms,
                          TimestampMs now) {
    CommittedOffset offset;
    offset.offset = partition.committed_offset;
    offset.leader_epoch = partition.committed_leader_epoch;
    offset.metadata = partition.committed_metadata.value_or("");
    offset.commit_timestamp = now;
    constexpr auto never = std::numeric_limits<TimestampMs>::max();
    if (retention_ms >= 0)
        offset.expire_timestamp = retention_ms > never - now ? never : now + retention_ms;
    return offset;
}

bool mismatched(const Uuid& stored, const Uuid& asked) {
    return !stored.is_zero() && !asked.is_zero() && stored != asked;
}

FetchedTopic fetch_topic(const Group* group, const FetchTopic& asked, std::int16_t version,
                         bool stable) {
    FetchedTopic answer;
    answer.name = asked.name;
    answer.topic_id = asked.topic_id;
    const bool nameless = version >= topic_ids_since && asked.name.empty();
    for (const auto partition : asked.partition_indexes) {
        auto& fetched = answer.partitions.emplace_back();
        fetched.partition_index = partition;
        fetched.committed_offset = -1;
        fetched.metadata = "";
        if (nameless) fetched.error_code = ErrorCode::unknown_topic_id;
        if (group && stable && group->offsets().is_open(asked.name, partition)) {
            fetched.error_code = ErrorCode::unstable_offset_commit;
            continue;
        }
        const auto* offset = group ? group->offsets().durable(asked.name, partition) : nullptr;
        if (!offset || mismatched(offset->topic_id, asked.topic_id)) continue;
        fetched.committed_offset = offset->offset;
        fetched.committed_leader_epoch = offset->leader_epoch;
        fetched.metadata = offset->metadata;
    }
    return answer;
}

std::vector<FetchedTopic> fetch_all(const Group& group, bool stable) {
    std::vector<FetchedTopic> topics;
    group.offsets().each_durable(
        [&](const std::string& topic, std::int32_t partition, const CommittedOffset& offset) {
            if (topics.empty() || topics.back().name != topic) topics.emplace_back().name = topic;
            auto& fetched = topics.back().partitions.emplace_back();
            fetched.partition_index = partition;
            if (stable && group.offsets().is_open(topic, partition)) {
                fetched.committed_offset = -1;
                fetched.metadata = "";
                fetched.error_code = ErrorCode::unstable_offset_commit;
                return;
            }
            fetched.committed_offset = offset.offset;
            fetched.committed_leader_epoch = offset.leader_epoch;
            fetched.metadata = offset.metadata;
        });
    return topics;
}

ErrorCode deletion_error(const Group* group) {
    if (!group || group->state() == GroupState::dead) return ErrorCode::group_id_not_found;
    if (group->state() != GroupState::empty && !group->uses_consumer_protocol())
        return ErrorCode::non_empty_group;
    return ErrorCode::none;
}

}  // namespace

Effects GroupCoordinator::offset_commit(const kafka::OffsetCommitRequest& request,
                                        std::int16_t version, const GroupContext& context,
                                        const PartitionJudge& judge,
                                        const std::optional<ProducerIdentity>& producer) {
    Effects effects;
    const auto reply = std::make_shared<PendingReply>();
    reply->token = context.token;
    auto response = judged(request, version, judge);
    if (!any_accepted(response)) {
        effects.answers.push_back({context.token, std::move(response)});
        return effects;
    }
    auto group = find(request.group_id);
    auto error = ErrorCode::none;
    if (!group && request.generation_id_or_member_epoch >= 0)
        error = version >= group_unknown_since && !producer ? ErrorCode::group_id_not_found
                                                            : ErrorCode::illegal_generation;
    else if (!group && !(group = create(request.group_id, context.now)))
        error = ErrorCode::policy_violation;
    Turn turn{context.now};
    if (error == ErrorCode::none) error = group->accept_commit(request, producer.has_value(), turn);
    reply->response = std::move(response);
    if (error != ErrorCode::none) set_error(reply->response, error, request.group_id);
    if (!group) {
        effects.answers.push_back({reply->token, std::move(reply->response)});
        return effects;
    }
    if (error == ErrorCode::none)
        write_commits({.group = group, .producer = producer, .reply = reply}, request, context.now,
                      effects);
    finish(group, turn, effects);
    conclude(*reply, effects);
    return effects;
}

void GroupCoordinator::write_commits(PendingWrite write, const kafka::OffsetCommitRequest& request,
                                     const Moment& now, Effects& effects) {
    auto& response = std::get<kafka::OffsetCommitResponse>(write.reply->response);
    auto& offsets = write.group->offsets();
    std::vector<GroupRecord> records;
    for (std::size_t t = 0; t < request.topics.size(); ++t) {
        const auto& topic = request.topics[t];
        for (std::size_t p = 0; p < topic.partitions.size(); ++p) {
            const auto& partition = topic.partitions[p];
            auto& error = response.topics[t].partitions[p].error_code;
            if (error != ErrorCode::none) continue;
            auto offset = committed(partition, request.retention_time_ms, now.wall_ms);
            offset.topic_id = topic.topic_id;
            if (java_length(offset.metadata)
                > static_cast<std::size_t>(config_.offset_metadata_max_bytes))
                error = ErrorCode::offset_metadata_too_large;
            else if (offsets.size() >= config_.max_offsets_per_group
                     && !offsets.contains(topic.name, partition.partition_index))
                error = ErrorCode::policy_violation;
            if (error != ErrorCode::none) continue;
            records.push_back(
                offset_record({request.group_id, topic.name, partition.partition_index}, offset));
            if (write.producer) {
                offsets.append_open();
                write.opened.push_back(std::move(offset));
            } else {
                offsets.append(topic.name, partition.partition_index, std::move(offset), next_id_);
            }
            write.offsets.push_back({topic.name, partition.partition_index});
        }
    }
    if (!records.empty()) issue(std::move(write), std::move(records), now, effects);
}

kafka::OffsetFetchResponse GroupCoordinator::fetch(const kafka::OffsetFetchRequest& request,
                                                   std::int16_t version) const {
    std::vector<FetchedGroup> fetched;
    for (const auto& asked : groups_of(request, version)) {
        auto& answer = fetched.emplace_back();
        answer.group_id = asked.group_id;
        const auto group = find(asked.group_id);
        if (!asked.topics) {
            if (group) answer.topics = fetch_all(*group, request.require_stable);
            continue;
        }
        for (const auto& topic : *asked.topics)
            answer.topics.push_back(
                fetch_topic(group.get(), topic, version, request.require_stable));
    }
    return offset_fetch_response(std::move(fetched), version);
}

std::optional<PersistId> GroupCoordinator::newest_commit_in_flight(
    const std::string& group_id) const {
    const auto group = find(group_id);
    if (!group || group->offsets().in_flight() == 0) return std::nullopt;
    const auto& issued = issued_[static_cast<std::size_t>(partition_of(group_id))];
    const auto newest = std::find_if(issued.rbegin(), issued.rend(), [&](PersistId id) {
        const auto& write = *writes_.at(id);
        return write.group == group && !write.offsets.empty();
    });
    return newest == issued.rend() ? std::nullopt : std::optional{*newest};
}

Effects GroupCoordinator::offset_fetch(const kafka::OffsetFetchRequest& request,
                                       std::int16_t version, const GroupContext& context) {
    Effects effects;
    std::set<PersistId> before;
    if (request.require_stable)
        for (const auto& group : groups_of(request, version))
            if (const auto id = newest_commit_in_flight(group.group_id)) before.insert(*id);
    if (before.empty()) {
        effects.answers.push_back({context.token, fetch(request, version)});
        return effects;
    }
    // A new owner of the partitions must see what the old one has sent, even if unanswered.
    const auto parked = std::make_shared<PendingFetch>(PendingFetch{
        .token = context.token, .version = version, .request = request, .writes = before.size()});
    for (const auto id : before) writes_.at(id)->fetches.push_back(parked);
    return effects;
}

Effects GroupCoordinator::offset_delete(const kafka::OffsetDeleteRequest& request, std::int16_t,
                                        const GroupContext& context, const PartitionJudge& judge) {
    Effects effects;
    kafka::OffsetDeleteResponse response;
    const auto group = find(request.group_id);
    response.error_code =
        request.group_id.empty() ? ErrorCode::invalid_group_id : deletion_error(group.get());
    if (response.error_code != ErrorCode::none) {
        effects.answers.push_back({context.token, std::move(response)});
        return effects;
    }
    std::vector<TopicPartition> removed;
    for (const auto& topic : request.topics) {
        auto& answer = response.topics.emplace_back();
        answer.name = topic.name;
        const bool subscribed = group->is_subscribed(topic.name);
        for (const auto& [partition] : topic.partitions) {
            auto error = judge(topic.name, partition);
            if (error == ErrorCode::none && subscribed)
                error = ErrorCode::group_subscribed_to_topic;
            const auto& offsets = group->offsets();
            if (error == ErrorCode::none
                && (offsets.appended(topic.name, partition)
                    || offsets.is_open(topic.name, partition)))
                removed.push_back({topic.name, partition});
            answer.partitions.push_back({.partition_index = partition, .error_code = error});
        }
    }
    const auto reply = std::make_shared<PendingReply>(
        PendingReply{.token = context.token, .response = std::move(response)});
    remove_offsets({.group = group, .offsets = std::move(removed), .reply = reply}, context.now,
                   effects);
    Turn turn{context.now};
    finish(group, turn, effects);
    conclude(*reply, effects);
    return effects;
}

}  // namespace leat::broker
