// JoinGroup, SyncGroup, Heartbeat, LeaveGroup.
#include "client/group_member.hpp"

#include <algorithm>

namespace leat::client {
namespace {

using kafka::ErrorCode;

constexpr std::string_view protocol_type = "consumer";
// For questions that are answered at once: the session must not end while one is waited for.
constexpr std::chrono::milliseconds short_wait{5'000};
constexpr std::chrono::milliseconds slack{5'000};

// The group has forgotten this member: it comes back as a new one.
bool is_forgotten(ErrorCode code) {
    return code == ErrorCode::unknown_member_id || code == ErrorCode::fenced_instance_id;
}

// The group goes on with another generation.
bool is_over(ErrorCode code) {
    return code == ErrorCode::rebalance_in_progress || code == ErrorCode::illegal_generation;
}

bool is_passing(const Error& error) {
    return error.code == Errc::unavailable || error.code == Errc::timed_out;
}

}  // namespace

struct GroupMember::Joined {
    bool again = false;
    kafka::JoinGroupResponse response = {};
};

Error GroupMember::refused(std::string_view doing, ErrorCode code) const {
    auto error = broker_error(std::string{doing} + " group '" + options_.group + "'", code);
    if (code == ErrorCode::inconsistent_group_protocol)
        error.what += ": its members are no consumers, or do not know the assignor 'range'";
    return error;
}

Error GroupMember::unreadable(const std::string& what, const Error& why) const {
    return {why.code, "cannot join group '" + options_.group + "': " + what + " is " + why.what
                          + "; find out which program is in that group, or take another group"};
}

CallOptions GroupMember::call_options(std::chrono::milliseconds timeout) const {
    return {.timeout = timeout};
}

Result<GroupMember::Joined> GroupMember::ask_to_join() {
    kafka::JoinGroupRequest request;
    request.group_id = options_.group;
    request.session_timeout_ms = static_cast<std::int32_t>(options_.session_timeout.count());
    request.rebalance_timeout_ms = static_cast<std::int32_t>(options_.rebalance_timeout.count());
    request.member_id = membership_.member_id;
    request.protocol_type = protocol_type;
    request.protocols.push_back({std::string{range_assignor}, write_subscription(options_.topics)});
    auto response =
        cluster_.call<kafka::JoinGroupResponse>(Target::coordinator_of(options_.group), request,
                                                call_options(options_.rebalance_timeout + slack));
    if (!response) return response.error();
    if (response->error_code == ErrorCode::member_id_required) {
        membership_.member_id = response->member_id;
        return Joined{.again = true};
    }
    if (is_forgotten(response->error_code)) {
        membership_ = {};
        return Joined{.again = true};
    }
    if (response->error_code != ErrorCode::none) return refused("join", response->error_code);
    membership_ = {response->generation_id, response->member_id};
    return Joined{.response = std::move(*response)};
}

Result<std::vector<kafka::SyncGroupRequest::SyncGroupRequestAssignment>> GroupMember::assign(
    const kafka::JoinGroupResponse& joined) {
    std::vector<kafka::SyncGroupRequest::SyncGroupRequestAssignment> assignments;
    if (joined.leader != membership_.member_id || joined.skip_assignment) return assignments;
    std::vector<Subscriber> members;
    std::vector<std::string> topics;
    for (const auto& member : joined.members) {
        auto wanted = read_subscription(member.metadata);
        if (!wanted)
            return unreadable("the subscription of member '" + member.member_id + "'",
                              wanted.error());
        topics.insert(topics.end(), wanted->begin(), wanted->end());
        members.push_back(
            {member.member_id, member.group_instance_id.value_or(""), std::move(*wanted)});
    }
    std::ranges::sort(topics);
    topics.erase(std::unique(topics.begin(), topics.end()), topics.end());
    const auto metadata = cluster_.metadata(std::move(topics));
    if (!metadata) return metadata.error();
    std::map<std::string, std::int32_t> counts;
    for (const auto& topic : metadata->topics)
        if (topic.name && topic.error_code == ErrorCode::none)
            counts[*topic.name] = static_cast<std::int32_t>(topic.partitions.size());
    for (const auto& [member, partitions] : assign_ranges(std::move(members), counts))
        assignments.push_back({member, write_assignment(partitions)});
    return assignments;
}

Result<std::vector<TopicPartition>> GroupMember::join() {
    for (;;) {
        auto joined = ask_to_join();
        if (!joined) return joined.error();
        if (joined->again) continue;
        auto assignments = assign(joined->response);
        if (!assignments) return assignments.error();
        kafka::SyncGroupRequest request;
        request.group_id = options_.group;
        request.generation_id = membership_.generation_id;
        request.member_id = membership_.member_id;
        request.protocol_type = protocol_type;
        request.protocol_name = joined->response.protocol_name;
        request.assignments = std::move(*assignments);
        auto response = cluster_.call<kafka::SyncGroupResponse>(
            Target::coordinator_of(options_.group), request,
            call_options(options_.rebalance_timeout + slack));
        if (!response) return response.error();
        if (is_forgotten(response->error_code)) membership_ = {};
        if (is_forgotten(response->error_code) || is_over(response->error_code)) continue;
        if (response->error_code != ErrorCode::none) return refused("join", response->error_code);
        next_heartbeat_ = now() + options_.heartbeat_interval;
        auto assigned = read_assignment(response->assignment);
        if (!assigned) return unreadable("what its leader assigned", assigned.error());
        return assigned;
    }
}

Result<bool> GroupMember::keep_alive() {
    if (now() < next_heartbeat_) return true;
    kafka::HeartbeatRequest request;
    request.group_id = options_.group;
    request.generation_id = membership_.generation_id;
    request.member_id = membership_.member_id;
    auto response = cluster_.call<kafka::HeartbeatResponse>(Target::coordinator_of(options_.group),
                                                            request, call_options(short_wait));
    next_heartbeat_ = now() + options_.heartbeat_interval;
    if (!response && is_passing(response.error())) return true;
    if (!response) return response.error();
    const auto code = response->error_code;
    if (is_forgotten(code)) membership_ = {};
    if (is_forgotten(code) || is_over(code)) return false;
    if (code == ErrorCode::none || kafka::is_retriable(code)) return true;
    return refused("stay in", code);
}

Result<bool> GroupMember::commit(const std::vector<CommittedOffset>& offsets) {
    if (offsets.empty()) return true;
    if (membership_.member_id.empty()) return false;
    const auto code = commit_offsets_as(cluster_, options_.group, membership_, offsets);
    if (!code) return code.error();
    if (is_forgotten(*code)) membership_ = {};
    if (is_forgotten(*code) || is_over(*code)) return false;
    // Nobody will read on in a topic that is gone.
    if (*code == ErrorCode::none || *code == ErrorCode::unknown_topic_or_partition) return true;
    return refused("commit offsets of", *code);
}

Result<void> GroupMember::leave() {
    if (membership_.member_id.empty()) return {};
    kafka::LeaveGroupRequest request;
    request.group_id = options_.group;
    request.member_id = membership_.member_id;
    request.members.push_back({membership_.member_id, {}, "the consumer is being closed"});
    membership_ = {};
    auto response = cluster_.call<kafka::LeaveGroupResponse>(Target::coordinator_of(options_.group),
                                                             request, call_options(short_wait));
    if (!response) return response.error();
    if (response->error_code != ErrorCode::none) return refused("leave", response->error_code);
    return {};
}

}  // namespace leat::client
