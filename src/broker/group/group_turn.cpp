// The names of states, and answers as each version of the API wants them.
#include "broker/group/group_turn.hpp"

namespace leat::broker {

std::string_view name_of(GroupState state) {
    switch (state) {
        case GroupState::empty:
            return "Empty";
        case GroupState::preparing_rebalance:
            return "PreparingRebalance";
        case GroupState::completing_rebalance:
            return "CompletingRebalance";
        case GroupState::stable:
            return "Stable";
        case GroupState::dead:
            return "Dead";
    }
    return "Unknown";
}

void answer_join(const ParkedJoin& join, kafka::JoinGroupResponse response, Turn& turn) {
    // The protocol's name may be null from version 7 on; before, the empty name stands for none.
    if (join.version < 7)
        response.protocol_name = response.protocol_name.value_or("");
    else if (response.protocol_name == "")
        response.protocol_name.reset();
    turn.answers.push_back({join.token, std::move(response)});
}

void refuse_join(const ParkedJoin& join, kafka::ErrorCode error, std::string member_id,
                 Turn& turn) {
    kafka::JoinGroupResponse response;
    response.error_code = error;
    response.member_id = std::move(member_id);
    answer_join(join, std::move(response), turn);
}

void answer_sync(RequestToken token, kafka::ErrorCode error, Turn& turn) {
    kafka::SyncGroupResponse response;
    response.error_code = error;
    turn.answers.push_back({token, std::move(response)});
}

}  // namespace leat::broker
