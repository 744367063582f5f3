// Classic consumer groups: membership (KIP-62, KIP-345, KIP-394). Fields, versions and defaults are
// those of Kafka's message definitions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kafka/api_key.hpp"
#include "kafka/error_code.hpp"
#include "kafka/messages/apis.hpp"

namespace leat::kafka {

struct FindCoordinatorRequest {
    static constexpr ApiKey api = ApiKey::find_coordinator;
    static constexpr Versions versions{.min = 0, .max = 6, .flexible = 3};

    std::string key;
    std::int8_t key_type = 0;
    std::vector<std::string> coordinator_keys;

    bool operator==(const FindCoordinatorRequest&) const = default;
    void fields(auto& f) {
        f.between(0, 3, key);
        f.since(1, key_type);
        f.since(4, coordinator_keys);
    }
};

struct FindCoordinatorResponse {
    static constexpr ApiKey api = ApiKey::find_coordinator;
    static constexpr Versions versions{.min = 0, .max = 6, .flexible = 3};

    struct Coordinator {
        std::string key;
        std::int32_t node_id = 0;
        std::string host;
        std::int32_t port = 0;
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;

        bool operator==(const Coordinator&) const = default;
        void fields(auto& f) {
            f(key);
            f(node_id);
            f(host);
            f(port);
            f(error_code);
            f(error_message);
        }
    };

    std::int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::optional<std::string> error_message;
    std::int32_t node_id = 0;
    std::string host;
    std::int32_t port = 0;
    std::vector<Coordinator> coordinators;

    bool operator==(const FindCoordinatorResponse&) const = default;
    void fields(auto& f) {
        f.since(1, throttle_time_ms);
        f.between(0, 3, error_code);
        f.between(1, 3, error_message);
        f.between(0, 3, node_id);
        f.between(0, 3, host);
        f.between(0, 3, port);
        f.since(4, coordinators);
    }
};

struct JoinGroupRequest {
    static constexpr ApiKey api = ApiKey::join_group;
    static constexpr Versions versions{.min = 0, .max = 9, .flexible = 6};

    struct JoinGroupRequestProtocol {
        std::string name;
        Bytes metadata;

        bool operator==(const JoinGroupRequestProtocol&) const = default;
        void fields(auto& f) {
            f(name);
            f(metadata);
        }
    };

    std::string group_id;
    std::int32_t session_timeout_ms = 0;
    std::int32_t rebalance_timeout_ms = -1;
    std::string member_id;
    std::optional<std::string> group_instance_id;
    std::string protocol_type;
    std::vector<JoinGroupRequestProtocol> protocols;
    std::optional<std::string> reason;

    bool operator==(const JoinGroupRequest&) const = default;
    void fields(auto& f) {
        f(group_id);
        f(session_timeout_ms);
        f.since(1, rebalance_timeout_ms);
        f(member_id);
        f.since(5, group_instance_id);
        f(protocol_type);
        f(protocols);
        f.since(8, reason);
    }
};

struct JoinGroupResponse {
    static constexpr ApiKey api = ApiKey::join_group;
    static constexpr Versions versions{.min = 0, .max = 9, .flexible = 6};

    struct JoinGroupResponseMember {
        std::string member_id;
        std::optional<std::string> group_instance_id;
        Bytes metadata;

        bool operator==(const JoinGroupResponseMember&) const = default;
        void fields(auto& f) {
            f(member_id);
            f.since(5, group_instance_id);
            f(metadata);
        }
    };

    std::int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::int32_t generation_id = -1;
    std::optional<std::string> protocol_type;
    std::optional<std::string> protocol_name;
    std::string leader;
    bool skip_assignment = false;
    std::string member_id;
    std::vector<JoinGroupResponseMember> members;

    bool operator==(const JoinGroupResponse&) const = default;
    void fields(auto& f) {
        f.since(2, throttle_time_ms);
        f(error_code);
        f(generation_id);
        f.since(7, protocol_type);
        f.nullable_since(7, protocol_name);
        f(leader);
        f.since(9, skip_assignment);
        f(member_id);
        f(members);
    }
};

struct SyncGroupRequest {
    static constexpr ApiKey api = ApiKey::sync_group;
    static constexpr Versions versions{.min = 0, .max = 5, .flexible = 4};

    struct SyncGroupRequestAssignment {
        std::string member_id;
        Bytes assignment;

        bool operator==(const SyncGroupRequestAssignment&) const = default;
        void fields(auto& f) {
            f(member_id);
            f(assignment);
        }
    };

    std::string group_id;
    std::int32_t generation_id = 0;
    std::string member_id;
    std::optional<std::string> group_instance_id;
    std::optional<std::string> protocol_type;
    std::optional<std::string> protocol_name;
    std::vector<SyncGroupRequestAssignment> assignments;

    bool operator==(const SyncGroupRequest&) const = default;
    void fields(auto& f) {
        f(group_id);
        f(generation_id);
        f(member_id);
        f.since(3, group_instance_id);
        f.since(5, protocol_type);
        f.since(5, protocol_name);
        f(assignments);
    }
};

struct SyncGroupResponse {
    static constexpr ApiKey api = ApiKey::sync_group;
    static constexpr Versions versions{.min = 0, .max = 5, .flexible = 4};

    std::int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::optional<std::string> protocol_type;
    std::optional<std::string> protocol_name;
    Bytes assignment;

    bool operator==(const SyncGroupResponse&) const = default;
    void fields(auto& f) {
        f.since(1, throttle_time_ms);
        f(error_code);
        f.since(5, protocol_type);
        f.since(5, protocol_name);
        f(assignment);
    }
};

struct HeartbeatRequest {
    static constexpr ApiKey api = ApiKey::heartbeat;
    static constexpr Versions versions{.min = 0, .max = 4, .flexible = 4};

    std::string group_id;
    std::int32_t generation_id = 0;
    std::string member_id;
    std::optional<std::string> group_instance_id;

    bool operator==(const HeartbeatRequest&) const = default;
    void fields(auto& f) {
        f(group_id);
        f(generation_id);
        f(member_id);
        f.since(3, group_instance_id);
    }
};

struct HeartbeatResponse {
    static constexpr ApiKey api = ApiKey::heartbeat;
    static constexpr Versions versions{.min = 0, .max = 4, .flexible = 4};

    std::int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;

    bool operator==(const HeartbeatResponse&) const = default;
    void fields(auto& f) {
        f.since(1, throttle_time_ms);
        f(error_code);
    }
};

struct LeaveGroupRequest {
    static constexpr ApiKey api = ApiKey::leave_group;
    static constexpr Versions versions{.min = 0, .max = 5, .flexible = 4};

    struct MemberIdentity {
        std::string member_id;
        std::optional<std::string> group_instance_id;
        std::optional<std::string> reason;

        bool operator==(const MemberIdentity&) const = default;
        void fields(auto& f) {
            f(member_id);
            f(group_instance_id);
            f.since(5, reason);
        }
    };

    std::string group_id;
    std::string member_id;
    std::vector<MemberIdentity> members;

    bool operator==(const LeaveGroupRequest&) const = default;
    void fields(auto& f) {
        f(group_id);
        f.between(0, 2, member_id);
        f.since(3, members);
    }
};

struct LeaveGroupResponse {
    static constexpr ApiKey api = ApiKey::leave_group;
    static constexpr Versions versions{.min = 0, .max = 5, .flexible = 4};

    struct MemberResponse {
        std::string member_id;
        std::optional<std::string> group_instance_id;
        ErrorCode error_code = ErrorCode::none;

        bool operator==(const MemberResponse&) const = default;
        void fields(auto& f) {
            f(member_id);
            f(group_instance_id);
            f(error_code);
        }
    };

    std::int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::vector<MemberResponse> members;

    bool operator==(const LeaveGroupResponse&) const = default;
    void fields(auto& f) {
        f.since(1, throttle_time_ms);
        f(error_code);
        f.since(3, members);
    }
};

}  // namespace leat::kafka
