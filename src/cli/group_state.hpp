// What the brokers know of consumer groups.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/offsets.hpp"

namespace leat::cli {

struct GroupMember {
    std::string member_id;
    std::optional<std::string> instance_id;
    std::string client_id;
    std::string host;
    std::vector<client::TopicPartition> assignment;
};

struct GroupInfo {
    std::string id;
    /// Empty, Stable, PreparingRebalance, ...: Kafka's words.
    std::string state;
    /// classic, consumer or share; empty where the broker is too old to tell.
    std::string type;
    std::string protocol_type;
    /// The assignor that the members agreed on.
    std::string protocol;
    std::vector<GroupMember> members;
    /// False for groups of the newer protocols, whose members this program does not ask for.
    bool members_known = false;

    /// Whether nobody consumes in it, so that its offsets may be changed.
    bool is_idle() const { return state == "Empty" || state == "Dead"; }
    /// The state, and how many members it has where that is known: "Stable, 2 members".
    std::string activity() const;
};

/// Every group, by id. Members are not known. Errors: unavailable, invalid_argument.
Result<std::vector<GroupInfo>> list_groups(client::Cluster& cluster);

/// One group with its members. Errors: not_found, unavailable, invalid_argument.
Result<GroupInfo> describe_group(client::Cluster& cluster, const std::string& id);

/// Where a group stands in one partition.
struct GroupPosition {
    client::TopicPartition partition = {};
    std::int64_t committed = -1;  // -1: nothing committed
    std::int64_t begin = -1;      // -1: the partition is gone
    std::int64_t end = -1;
    std::string metadata = {};

    /// Records behind the end, -1 if it cannot be told. Nothing committed counts from the begin.
    std::int64_t lag() const;
};

/// All partitions that the group has committed or is assigned, by topic and partition.
Result<std::vector<GroupPosition>> positions_of(client::Cluster& cluster, const GroupInfo& group);

}  // namespace leat::cli
