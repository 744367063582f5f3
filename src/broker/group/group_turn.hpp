// What goes into and comes out of one call of a group's state machine.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/uuid.hpp"
#include "broker/group/member.hpp"
#include "kafka/error_code.hpp"
#include "kafka/messages/group_records.hpp"

namespace leat::broker {

/// Kafka's ClassicGroupState.
enum class GroupState { empty, preparing_rebalance, completing_rebalance, stable, dead };
/// As admin APIs spell it: Empty, PreparingRebalance …
std::string_view name_of(GroupState state);

/// A group metadata record to append, and what its being durable will mean to the group.
struct GroupWrite {
    enum class Meaning {
        created,   // the group exists; nobody waits
        emptied,   // its last member left
        assigned,  // the leader's assignment may be handed out
        replaced,  // a static member goes by a new member id (KIP-345)
    };
    struct Replacement {
        Member before;
        std::string new_member_id;
        ParkedJoin join;
        std::optional<std::string> leader_before;
    };
    Meaning meaning = Meaning::created;
    kafka::GroupMetadataValue value;
    std::optional<Replacement> replacement;
};

/// One call of the machine: the time goes in; answers and writes come out.
struct Turn {
    Moment now;
    std::vector<Answer> answers{};
    std::vector<GroupWrite> writes{};
};

/// Who joins.
struct Joiner {
    ParkedJoin join;
    std::string_view client_id;
    std::string_view client_host;
    Uuid fresh;  // the random part of a member id, should one be made
};

/// Answers a join, with nulls where `join.version` has them.
void answer_join(const ParkedJoin& join, kafka::JoinGroupResponse response, Turn& turn);
void refuse_join(const ParkedJoin& join, kafka::ErrorCode error, std::string member_id, Turn& turn);
/// Answers a sync without an assignment.
void answer_sync(RequestToken token, kafka::ErrorCode error, Turn& turn);

}  // namespace leat::broker
