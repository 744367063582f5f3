// A coordinator under test with a clock that stands still, a log in memory, and short requests.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "broker/group/group_coordinator.hpp"

namespace leat::broker {

using kafka::ErrorCode;

/// A consumer's subscription, as clients encode it.
inline Bytes subscription(const std::vector<std::string>& topics) {
    Bytes bytes{std::byte{0}, std::byte{1}};
    const auto put = [&](auto number) {
        const auto at = bytes.size();
        bytes.resize(at + sizeof number);
        store_be(bytes.data() + at, number);
    };
    put(static_cast<std::int32_t>(topics.size()));
    for (const auto& topic : topics) {
        put(static_cast<std::int16_t>(topic.size()));
        for (const char c : topic) bytes.push_back(static_cast<std::byte>(c));
    }
    put(std::int32_t{-1});  // no user data
    put(std::int32_t{0});   // owns nothing (version 1)
    return bytes;
}

struct Join {
    std::string member_id{};
    std::int16_t version = 3;  // the last that needs no second request
    std::optional<std::string> instance{};
    std::vector<std::string> protocols{"range"};
    std::vector<std::string> topics{"orders"};
    std::int32_t session_ms = 10'000;
    std::int32_t rebalance_ms = 60'000;
    std::string type = "consumer";
    std::string group = "g";
};

struct Commit {
    std::int64_t offset = 0;
    std::int32_t generation = -1;
    std::string member_id{};
    std::string topic = "orders";
    std::int32_t partition = 0;
    std::int16_t version = 8;
    std::optional<std::string> metadata{};
    std::string group = "g";
};

class CoordinatorTest : public ::testing::Test {
protected:
    CoordinatorTest() { restart(); }

    /// Begins anew with `config` and what the log holds.
    void restart() {
        coordinator = std::make_unique<GroupCoordinator>(config, [this] {
            Uuid id;
            store_be(id.bytes.data(), ++uuids_);
            return id;
        });
        pending.clear();
        for (const auto& [partition, records] : log)
            for (const auto& record : records) {
                const auto value =
                    record.value ? std::optional<ByteView>{*record.value} : std::nullopt;
                const auto done = coordinator->replay(partition, record.key, value);
                ASSERT_TRUE(done.ok()) << done.error().what;
            }
        take(coordinator->loaded(now));
    }

    void take(Effects effects) {
        for (auto& persist : effects.persists) pending.push_back(std::move(persist));
        for (auto& answer : effects.answers) {
            EXPECT_TRUE(answers.emplace(answer.token, std::move(answer.response)).second)
                << "token " << answer.token << " is answered twice";
        }
        if (durable_at_once) settle();
    }
    /// Reports the outcome of all appends, oldest first.
    void settle(ErrorCode outcome = ErrorCode::none) {
        while (!pending.empty()) settle_one(outcome);
    }
    void settle_one(ErrorCode outcome = ErrorCode::none) {
        auto persist = std::move(pending.front());
        pending.pop_front();
        if (outcome == ErrorCode::none)
            for (auto& record : persist.records) log[persist.partition].push_back(record);
        take(coordinator->on_persisted(persist.id, outcome, now));
    }
    void advance(std::chrono::milliseconds by) {
        now.mono += by;
        now.wall_ms += by.count();
        take(coordinator->tick(now));
    }

    GroupContext context() {
        return {.client_id = "c", .client_host = "/127.0.0.1", .token = ++token, .now = now};
    }
    bool answered(RequestToken t) const { return answers.count(t) != 0; }
    template <class Response>
    const Response& answer(RequestToken t) {
        const auto found = answers.find(t);
        if (found == answers.end()) {
            ADD_FAILURE() << "token " << t << " is not answered";
            static const Response none{};
            return none;
        }
        return std::get<Response>(found->second);
    }
    const kafka::JoinGroupResponse& joined(RequestToken t) {
        return answer<kafka::JoinGroupResponse>(t);
    }
    const kafka::SyncGroupResponse& synced(RequestToken t) {
        return answer<kafka::SyncGroupResponse>(t);
    }

    RequestToken join(const Join& join) {
        kafka::JoinGroupRequest request;
        request.group_id = join.group;
        request.session_timeout_ms = join.session_ms;
        request.rebalance_timeout_ms = join.rebalance_ms;
        request.member_id = join.member_id;
        request.group_instance_id = join.instance;
        request.protocol_type = join.type;
        for (const auto& name : join.protocols)
            request.protocols.push_back({name, subscription(join.topics)});
        const auto with = context();
        take(coordinator->join_group(request, join.version, with));
        return with.token;
    }
    /// Joins and gives the member id of the answer; the group must answer at once.
    std::string join_now(const Join& how) { return joined(join(how)).member_id; }

    RequestToken sync(const std::string& member_id, std::int32_t generation,
                      const std::map<std::string, std::string>& assignments = {},
                      std::optional<std::string> instance = {}) {
        kafka::SyncGroupRequest request;
        request.group_id = "g";
        request.generation_id = generation;
        request.member_id = member_id;
        request.group_instance_id = std::move(instance);
        request.protocol_type = "consumer";
        request.protocol_name = "range";
        for (const auto& [id, text] : assignments)
            request.assignments.push_back({id, to_bytes(text)});
        const auto with = context();
        take(coordinator->sync_group(request, 5, with));
        return with.token;
    }
    ErrorCode heartbeat(const std::string& member_id, std::int32_t generation,
                        std::optional<std::string> instance = {}) {
        const auto with = context();
        take(coordinator->heartbeat({.group_id = "g",
                                     .generation_id = generation,
                                     .member_id = member_id,
                                     .group_instance_id = std::move(instance)},
                                    4, with));
        return answer<kafka::HeartbeatResponse>(with.token).error_code;
    }
    RequestToken leave(const std::vector<kafka::LeaveGroupRequest::MemberIdentity>& members) {
        const auto with = context();
        take(coordinator->leave_group({.group_id = "g", .member_id = {}, .members = members}, 5,
                                      with));
        return with.token;
    }
    RequestToken commit(const Commit& commit) {
        kafka::OffsetCommitRequest request;
        request.group_id = commit.group;
        request.generation_id_or_member_epoch = commit.generation;
        request.member_id = commit.member_id;
        request.topics.resize(1);
        request.topics[0].name = commit.topic;
        request.topics[0].partitions = {{.partition_index = commit.partition,
                                         .committed_offset = commit.offset,
                                         .committed_leader_epoch = 3,
                                         .committed_metadata = commit.metadata}};
        const auto with = context();
        take(coordinator->offset_commit(request, commit.version, with, judge));
        return with.token;
    }
    ErrorCode commit_error(RequestToken t) {
        return answer<kafka::OffsetCommitResponse>(t).topics.at(0).partitions.at(0).error_code;
    }
    /// The committed offset of a partition, -1 if there is none.
    std::int64_t fetched(const std::string& topic = "orders", std::int32_t partition = 0,
                         const std::string& group = "g") {
        kafka::OffsetFetchRequest request;
        request.groups.resize(1);
        request.groups[0].group_id = group;
        request.groups[0].topics.emplace(1);
        request.groups[0].topics->at(0).name = topic;
        request.groups[0].topics->at(0).partition_indexes = {partition};
        const auto with = context();
        take(coordinator->offset_fetch(request, 8, with));
        return answer<kafka::OffsetFetchResponse>(with.token)
            .groups.at(0)
            .topics.at(0)
            .partitions.at(0)
            .committed_offset;
    }
    kafka::DescribeGroupsResponse::DescribedGroup described(const std::string& group = "g",
                                                            std::int16_t version = 6) {
        const auto with = context();
        take(coordinator->describe_groups({.groups = {group}}, version, with));
        return answer<kafka::DescribeGroupsResponse>(with.token).groups.at(0);
    }
    std::string state() { return described().group_state; }

    /// A stable group of `size` dynamic members. Each came in a generation of its own, so that the
    /// group's generation is `size`.
    std::vector<std::string> stable_group(std::size_t size) {
        std::vector<std::string> ids{join_now({})};
        for (std::size_t i = 1; i < size; ++i) {
            const auto newcomer = join({});
            for (const auto& id : ids) join({.member_id = id});
            ids.push_back(joined(newcomer).member_id);
        }
        const auto generation = static_cast<std::int32_t>(size);
        std::map<std::string, std::string> assignments;
        for (const auto& id : ids) assignments[id] = "for " + id;
        const auto leader = current_leader();
        for (const auto& id : ids)
            sync(id, generation, id == leader ? assignments : decltype(assignments){});
        settle();
        return ids;
    }
    /// The leader, as the last join answers tell.
    std::string current_leader() const {
        std::string leader;
        for (const auto& [t, response] : answers)
            if (const auto* join = std::get_if<kafka::JoinGroupResponse>(&response))
                if (join->error_code == ErrorCode::none) leader = join->leader;
        return leader;
    }

    GroupConfig config;
    std::unique_ptr<GroupCoordinator> coordinator;
    Moment now{.mono = MonoTime{std::chrono::hours{1}}, .wall_ms = 1'700'000'000'000};
    RequestToken token = 0;
    std::map<RequestToken, GroupResponse> answers;
    std::deque<Persist> pending;
    std::map<std::int32_t, std::vector<GroupRecord>> log;
    bool durable_at_once = true;
    PartitionJudge judge = [](const std::string&, std::int32_t) { return ErrorCode::none; };

private:
    std::uint64_t uuids_ = 0;
};

}  // namespace leat::broker
