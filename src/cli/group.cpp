// `leat group`: list, describe, delete. (reset: group_reset.cpp)
#include <boost/json.hpp>
#include <cstdio>
#include <memory>

#include "cli/commands.hpp"
#include "cli/glob.hpp"
#include "cli/group_reset.hpp"
#include "cli/group_state.hpp"
#include "cli/output.hpp"
#include "cli/verb.hpp"
#include "kafka/messages/group_admin.hpp"
#include "kafka/messages/offsets.hpp"

namespace leat::cli {
namespace {

using kafka::ErrorCode;

struct GroupFlags {
    std::vector<std::string> groups;
    std::vector<std::string> topics;
    std::string pattern;
    bool lag = false;
};

struct Lag {
    std::int64_t total = 0;
    std::int64_t partitions = 0;
};

Lag total_lag(const std::vector<GroupPosition>& positions) {
    Lag lag;
    for (const auto& position : positions)
        if (position.lag() >= 0) lag.total += position.lag(), ++lag.partitions;
    return lag;
}

int list(client::Cluster& cluster, const Session& session, const GroupFlags& options) {
    auto groups = list_groups(cluster);
    if (!groups) return report(groups.error());
    Table table{.columns = {{"group", "GROUP"},
                            {"state", "STATE"},
                            {"type", "TYPE"},
                            {"protocol_type", "PROTOCOL"}},
                .rows = {}};
    if (options.lag)
        for (const auto& column : {Column{"members", "MEMBERS"}, Column{"lag", "LAG"}})
            table.columns.push_back(column);
    for (const auto& group : *groups) {
        if (!holds_or_fits(options.pattern, group.id)) continue;
        auto& row = table.rows.emplace_back(
            std::vector<Cell>{group.id, group.state, group.type, group.protocol_type});
        if (!options.lag) continue;
        auto described = describe_group(cluster, group.id);
        if (!described) return report(described.error());
        auto positions = positions_of(cluster, *described);
        if (!positions) return report(positions.error());
        row.push_back(cell_if_known(
            described->members_known ? static_cast<std::int64_t>(described->members.size()) : -1));
        row.push_back(total_lag(*positions).total);
    }
    print(table, session.json);
    return exit_ok;
}

const GroupMember* owner_of(const GroupInfo& group, const client::TopicPartition& partition) {
    for (const auto& member : group.members)
        if (std::ranges::find(member.assignment, partition) != member.assignment.end())
            return &member;
    return nullptr;
}

Table positions_table(const GroupInfo& group, const std::vector<GroupPosition>& positions) {
    Table table{.columns = {{"topic", "TOPIC"},
                            {"partition", "PARTITION"},
                            {"committed_offset", "COMMITTED"},
                            {"end_offset", "END"},
                            {"lag", "LAG"},
                            {"member_id", "MEMBER"},
                            {"client_id", "CLIENT"},
                            {"host", "HOST"}},
                .rows = {}};
    for (const auto& position : positions) {
        auto& row = table.rows.emplace_back(
            std::vector<Cell>{position.partition.topic, std::int64_t{position.partition.partition},
                              cell_if_known(position.committed), cell_if_known(position.end),
                              cell_if_known(position.lag())});
        const auto* owner = owner_of(group, position.partition);
        for (const auto field :
             {&GroupMember::member_id, &GroupMember::client_id, &GroupMember::host})
            row.push_back(owner != nullptr ? Cell{owner->*field} : Cell{});
    }
    return table;
}

Table members_table(const GroupInfo& group) {
    Table table{.columns = {{"member_id", "MEMBER"},
                            {"client_id", "CLIENT"},
                            {"host", "HOST"},
                            {"instance_id", "INSTANCE"},
                            {"partitions", "PARTITIONS"}},
                .rows = {}};
    for (const auto& member : group.members)
        table.rows.push_back({member.member_id, member.client_id, member.host,
                              cell_of(member.instance_id),
                              static_cast<std::int64_t>(member.assignment.size())});
    return table;
}

boost::json::object json_of(const GroupInfo& group, const std::vector<GroupPosition>& positions) {
    boost::json::object object{{"group", group.id},          {"state", group.state},
                               {"type", group.type},         {"protocol_type", group.protocol_type},
                               {"protocol", group.protocol}, {"lag", total_lag(positions).total}};
    object["partitions"] = to_json(positions_table(group, positions));
    if (!group.members_known) {
        object["members"] = nullptr;
        return object;
    }
    auto members = to_json(members_table(group));
    for (std::size_t i = 0; i < members.size(); ++i) {
        boost::json::array assignment;
        for (const auto& each : group.members[i].assignment)
            assignment.emplace_back(
                boost::json::object{{"topic", each.topic}, {"partition", each.partition}});
        members[i].as_object()["assignment"] = std::move(assignment);
    }
    object["members"] = std::move(members);
    return object;
}

void print_group(const GroupInfo& group, const std::vector<GroupPosition>& positions) {
    const auto lag = total_lag(positions);
    std::printf("%s  %s%s%s  lag %lld in %lld partitions\n", heading("Group " + group.id).c_str(),
                shown(group.state).c_str(),
                group.type.empty() ? "" : shown(", " + group.type).c_str(),
                group.protocol.empty() ? "" : shown(", " + group.protocol).c_str(),
                static_cast<long long>(lag.total), static_cast<long long>(lag.partitions));
    print(positions_table(group, positions), false);
    if (!group.members_known)
        std::printf("(members of %s groups are not shown)\n", shown(group.type).c_str());
    if (group.members.empty()) return;
    std::printf("\n");
    print(members_table(group), false);
}

int describe(client::Cluster& cluster, const Session& session, const GroupFlags& options) {
    int code = exit_ok;
    boost::json::array all;
    for (const auto& id : options.groups) {
        auto group = describe_group(cluster, id);
        if (!group) {
            code = report(group.error());
            continue;
        }
        auto positions = positions_of(cluster, *group);
        if (!positions) return report(positions.error());
        if (session.json) {
            all.emplace_back(json_of(*group, *positions));
            continue;
        }
        if (&id != &options.groups.front()) std::printf("\n");
        print_group(*group, *positions);
    }
    if (session.json) print(boost::json::value(std::move(all)));
    return code;
}

Result<void> delete_group(client::Cluster& cluster, const std::string& id) {
    kafka::DeleteGroupsRequest request;
    request.groups_names = {id};
    auto response =
        cluster.call<kafka::DeleteGroupsResponse>(client::Target::coordinator_of(id), request);
    if (!response) return response.error();
    for (const auto& result : response->results)
        if (result.error_code == ErrorCode::non_empty_group)
            return Error{Errc::invalid_argument,
                         "cannot delete group '" + id
                             + "': NON_EMPTY_GROUP: it still has members; stop them first"};
        else if (result.error_code != ErrorCode::none)
            return client::broker_error("delete group '" + id + "'", result.error_code,
                                        result.error_message);
    return {};
}

Result<void> delete_offsets(client::Cluster& cluster, const std::string& id,
                            const std::vector<std::string>& topics) {
    auto committed = client::committed_offsets(cluster, id);
    if (!committed) return committed.error();
    kafka::OffsetDeleteRequest request;
    request.group_id = id;
    for (const auto& each : *committed) {
        if (std::ranges::find(topics, each.partition.topic) == topics.end()) continue;
        client::topic_entry(request.topics, each.partition.topic,
                            &kafka::OffsetDeleteRequest::OffsetDeleteRequestTopic::name)
            .partitions.push_back({each.partition.partition});
    }
    if (request.topics.empty())
        return Error{Errc::not_found, "group '" + id + "' has no offsets of these topics"};
    auto response =
        cluster.call<kafka::OffsetDeleteResponse>(client::Target::coordinator_of(id), request);
    if (!response) return response.error();
    if (response->error_code != ErrorCode::none)
        return client::broker_error("delete offsets of group '" + id + "'", response->error_code);
    for (const auto& topic : response->topics)
        for (const auto& partition : topic.partitions)
            if (partition.error_code != ErrorCode::none)
                return client::broker_error(
                    "delete offsets of group '" + id + "' for topic '" + topic.name + "'",
                    partition.error_code);
    return {};
}

int remove(client::Cluster& cluster, const Session& session, const GroupFlags& options) {
    int code = exit_ok;
    boost::json::array all;
    for (const auto& id : options.groups) {
        auto done = options.topics.empty() ? delete_group(cluster, id)
                                           : delete_offsets(cluster, id, options.topics);
        all.emplace_back(boost::json::object{
            {"group", id},
            {"deleted", done.ok()},
            {"message", done ? nullptr : boost::json::value(done.error().what)}});
        if (!done) {
            code = report(done.error());
        } else if (!session.json) {
            std::printf(options.topics.empty() ? "deleted group %s\n" : "deleted offsets of %s\n",
                        shown(id).c_str());
        }
    }
    if (session.json) print(boost::json::value(std::move(all)));
    return code;
}

}  // namespace

void add_group(Command& root, Session& session) {
    auto& noun = root.add("group", "List, describe, reset and delete consumer groups");
    auto list_options = std::make_shared<GroupFlags>();
    auto& lists = noun.add("list", "List groups");
    lists.text("PATTERN", list_options->pattern,
               "Only groups whose id holds this; with * ? or [...], whose whole id fits");
    lists.flag("-l,--lag", list_options->lag, "Count members and total lag of each group");
    run_with(lists, session, list_options, list);
    auto describe_options = std::make_shared<GroupFlags>();
    auto& describes = noun.add("describe", "Show offsets, lag and members");
    describes.texts("GROUP", describe_options->groups, "Groups")
        .required()
        .completed_by(Values::groups);
    run_with(describes, session, describe_options, describe);
    add_group_reset(noun, session);
    auto delete_options = std::make_shared<GroupFlags>();
    auto& deletes = noun.add("delete", "Delete groups, or their offsets of topics");
    deletes.texts("GROUP", delete_options->groups, "Groups without members")
        .required()
        .completed_by(Values::groups);
    deletes
        .texts("-t,--topic", delete_options->topics, "Only the offsets of this topic (repeatable)")
        .called("TOPIC")
        .completed_by(Values::topics);
    run_with(deletes, session, delete_options, remove);
}

}  // namespace leat::cli
