// TxnOffsetCommit at every version, and what becomes of groups whose offsets are in transactions.
#include "states.hpp"

namespace leat::requests {
namespace {

using namespace kafka;

void commit_everywhere(Script& script, State state) {
    const auto group = script.group("group");
    for (const std::int16_t version : {0, 3, 4, 5}) {
        int offset = 0;
        for_each_asker(script, state, "v" + std::to_string(version),
                       [&](const Producer& asker, const std::string& topic) {
                           script.commit(asker, {group, topic, ++offset}, version);
                           script.add_offsets(asker, group);
                           script.commit(asker, {group, topic, ++offset}, version);
                           script.commit(asker, {group, topic, ++offset, 9}, version);
                           script.commit(asker, {group, script.named("not-there"), 3}, version);
                           script.offsets(group, false);
                           script.offsets(group, true);
                       });
    }
}

Producer writer_of(Script& script, const std::string& name, const std::string& group) {
    auto producer = script.init(script.named(name));
    script.add_offsets(producer, group);
    return producer;
}

void plain_commit(Script& script, const std::string& group, const std::string& topic, int offset) {
    OffsetCommitRequest request;
    request.group_id = group;
    auto& asked = request.topics.emplace_back();
    asked.name = topic;
    asked.partitions.emplace_back().committed_offset = offset;
    script.both().ask<OffsetCommitResponse>(request, 8);
}

void delete_offset(Script& script, const std::string& group, const std::string& topic) {
    OffsetDeleteRequest request;
    request.group_id = group;
    request.topics.push_back({topic, {{0}, {1}}});
    script.both().ask<OffsetDeleteResponse>(request, 0);
}

void delete_group(Script& script, const std::string& group) {
    for (const std::int16_t version : {0, 2})
        script.both().ask<DeleteGroupsResponse>(DeleteGroupsRequest{{group}}, version);
}

void overlapping_offsets(Script& script) {
    const auto topic = script.topic("overlap", 2);
    const auto group = script.group("overlap");
    for (const bool commit_first : {true, false})
        for (const bool commit_second : {true, false}) {
            const std::string label =
                std::string{commit_first ? "c" : "a"} + (commit_second ? "c" : "a");
            script.say("overlapping " + label);
            auto first = writer_of(script, "first " + label, group);
            auto second = writer_of(script, "second " + label, group);
            script.commit(first, {group, topic, 10}, 4);
            script.offsets(group, true, 7);
            script.commit(second, {group, topic, 20}, 4);
            script.commit(second, {group, topic, 21, 1}, 4);
            plain_commit(script, group, topic, 15);
            script.offsets(group, false);
            script.offsets(group, true);
            script.end(second, commit_second, 4);
            script.offsets(group, false);
            script.offsets(group, true);
            plain_commit(script, group, topic, 16);
            script.commit(first, {group, topic, 11}, 4);
            script.end(first, commit_first, 5);
            script.offsets(group, false);
            script.offsets(group, true);
        }
}

void deleted_while_open(Script& script) {
    const auto topic = script.topic("deleted", 2);
    for (const bool commit : {true, false}) {
        const auto group = script.group(commit ? "commits" : "aborts");
        script.say(commit ? "deleted, then committed" : "deleted, then aborted");
        delete_offset(script, group, topic);
        auto producer = writer_of(script, "of " + group, group);
        delete_group(script, group);
        script.commit(producer, {group, topic, 10}, 4);
        delete_offset(script, group, topic);
        script.offsets(group, false);
        script.offsets(group, true);
        script.commit(producer, {group, topic, 10}, 4);
        delete_group(script, group);
        script.offsets(group, true);
        producer = script.end(producer, commit);
        script.offsets(group, false);
        delete_offset(script, group, topic);
        script.offsets(group, true);
        plain_commit(script, group, topic, 3);
        script.commit(producer, {group, topic, 11}, 5);
        delete_offset(script, group, topic);
        script.offsets(group, false);
        script.commit(producer, {group, topic, 12}, 5);
        delete_group(script, group);
        script.offsets(group, true);
        script.end(producer, commit);
        script.offsets(group, true);
        delete_group(script, group);
        script.offsets(group, true);
    }
}

void stable_offsets(Script& script) {
    const auto topic = script.topic("stable", 2);
    const auto group = script.group("stable");
    script.group("never-heard-of");
    auto producer = script.init(script.named("stable"));
    const auto look = [&](const std::string& label) {
        script.say(label);
        for (const std::int16_t version : {1, 2, 3, 5, 6, 7, 8, 9})
            for (const bool stable : {false, true}) {
                OffsetFetchRequest request;
                request.group_id = group;
                request.require_stable = stable;
                request.topics.emplace().push_back({topic, {0, 1, 5}});
                auto& asked = request.groups.emplace_back();
                asked.group_id = group;
                auto& wanted = asked.topics.emplace().emplace_back();
                wanted.name = topic;
                wanted.partition_indexes = {0, 1, 5};
                script.both().ask<OffsetFetchResponse>(request, version);
                script.offsets(group, stable, std::max<std::int16_t>(version, 2));
            }
    };
    look("before");
    script.commit(producer, {group, topic, 10}, 5);
    look("open");
    producer = script.end(producer, false);
    look("aborted");
    script.commit(producer, {group, topic, 11, 1}, 5);
    plain_commit(script, group, topic, 7);
    look("open again");
    producer = script.end(producer, true);
    look("committed");
    script.compare_all();
}

void odd_commits(Script& script) {
    const auto topic = script.topic("odd");
    const auto group = script.group("odd");
    const auto producer = writer_of(script, "odd", group);
    for (const std::int16_t version : {0, 1, 2, 3, 4, 5}) {
        script.say("odd v" + std::to_string(version));
        script.commit(producer, {"", topic, 1}, version);
        script.commit(producer, {group, topic, 1, 0, -1, "", std::string(4'096, 'm')}, version);
        script.commit(producer, {group, topic, 2, 0, -1, "", std::string(4'097, 'm')}, version);
        script.commit(producer, {group, topic, -1}, version);
        script.commit(producer, {group, topic, 3, -1}, version);
        script.commit(producer, {script.group("other"), topic, 4}, version);
        if (version >= 3) {
            script.commit(producer, {group, topic, 5, 0, 1, ""}, version);
            script.commit(producer, {group, topic, 5, 0, 0, ""}, version);
            script.commit(producer, {group, topic, 6, 0, -1, "nobody"}, version);
            script.commit(producer, {group, topic, 7, 0, 1, "nobody"}, version);
        }
        TxnOffsetCommitRequest request;
        request.transactional_id = producer.id;
        request.producer_id = producer.producer_id;
        request.producer_epoch = producer.epoch;
        request.group_id = group;
        script.both().ask<TxnOffsetCommitResponse>(request, version);
        request.topics.resize(3);
        request.topics[0].name = topic;
        request.topics[0].partitions = {{0, 8, 3, std::nullopt}, {1, 8, -1, "x"}};
        request.topics[1].name = script.named("not-there");
        request.topics[1].partitions = {{0, 8, -1, "x"}};
        request.topics[2].name = "bad name!";
        script.both().ask<TxnOffsetCommitResponse>(request, version);
    }
    script.compare_all();
}

std::string join(Script& script, const std::string& group, std::int32_t& generation) {
    JoinGroupRequest request;
    request.group_id = group;
    request.session_timeout_ms = 30'000;
    request.rebalance_timeout_ms = 30'000;
    request.protocol_type = "consumer";
    request.protocols.push_back({"range", to_bytes("any")});
    const auto joined = script.both().ask<JoinGroupResponse>(request, 3);
    if (!joined) return "";
    generation = joined->generation_id;
    return joined->member_id;
}

void members(Script& script) {
    const auto topic = script.topic("members");
    const auto group = script.group("members");
    std::int32_t generation = 0;
    const auto member = join(script, group, generation);
    auto producer = writer_of(script, "members", group);
    const auto look = [&](const std::string& label) {
        script.say(label);
        for (const std::int16_t version : {0, 2, 3, 4, 5}) {
            script.commit(producer, {group, topic, version}, version);
            if (version < 3) continue;
            script.commit(producer, {group, topic, 10 + version, 0, generation, member}, version);
            script.commit(producer, {group, topic, 2, 0, generation + 1, member}, version);
            script.commit(producer, {group, topic, 3, 0, generation - 1, member}, version);
            script.commit(producer, {group, topic, 4, 0, generation, "nobody"}, version);
            script.commit(producer, {group, topic, 5, 0, generation, ""}, version);
            script.commit(producer, {group, topic, 6, 0, -1, member}, version);
        }
        script.offsets(group, true);
        script.offsets(group, false);
    };
    look("while it waits for its assignment");
    SyncGroupRequest sync;
    sync.group_id = group;
    sync.generation_id = generation;
    sync.member_id = member;
    sync.assignments.push_back({member, to_bytes("all")});
    script.both().ask<SyncGroupResponse>(sync, 2);
    look("stable");
    delete_offset(script, group, topic);
    delete_group(script, group);
    script.end(producer, true, 3);
    look("stable, committed");
    LeaveGroupRequest leave;
    leave.group_id = group;
    leave.member_id = member;
    script.both().ask<LeaveGroupResponse>(leave, 2);
    look("left");
    script.end(producer, true, 3);
    script.compare_all();
}

}  // namespace

void add_offsets_scripts(std::vector<NamedScript>& scripts) {
    for (const auto& [state, name] : all_states)
        scripts.push_back({std::string{"commit offsets when "} + name,
                           [state = state](Script& script) { commit_everywhere(script, state); }});
    scripts.push_back({"overlapping offsets", overlapping_offsets});
    scripts.push_back({"offsets deleted while open", deleted_while_open});
    scripts.push_back({"stable offsets", stable_offsets});
    scripts.push_back({"odd offsets", odd_commits});
    scripts.push_back({"offsets of members", members});
}

}  // namespace leat::requests
