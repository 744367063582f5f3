// One member of a classic group: who it is, what it offers, what it waits for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "broker/group/group_effects.hpp"

namespace leat::broker {

using Protocol = kafka::JoinGroupRequest::JoinGroupRequestProtocol;

/// A JoinGroup that waits for its group.
struct ParkedJoin {
    RequestToken token = 0;
    std::int16_t version = 0;
};

struct Member {
    std::string member_id;
    std::optional<std::string> group_instance_id;  // set for static members (KIP-345)
    std::string client_id;
    std::string client_host;
    std::int32_t rebalance_timeout_ms = 0;
    std::int32_t session_timeout_ms = 0;
    std::vector<Protocol> protocols;  // in order of preference, names unique
    Bytes assignment;
    std::optional<ParkedJoin> join;    // while it awaits a join answer
    std::optional<RequestToken> sync;  // while it awaits a sync answer
    bool is_new = false;               // until its first join answer

    bool is_static() const { return group_instance_id.has_value(); }
    /// A member that waits for an answer cannot send heartbeats; a new one is given a deadline all
    /// the same, lest it wait for ever behind a connection that died.
    bool excused_from_heartbeat() const { return !is_new && (join || sync); }
    /// Its metadata for the protocol `name`; empty if it does not offer it.
    Bytes metadata(std::string_view name) const {
        for (const auto& protocol : protocols)
            if (protocol.name == name) return protocol.metadata;
        return {};
    }
};

}  // namespace leat::broker
