// Looking after groups: ListGroups, DescribeGroups, DeleteGroups. Fields, versions and defaults are
// those of Kafka's message definitions.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "kafka/api_key.hpp"
#include "kafka/error_code.hpp"
#include "kafka/messages/apis.hpp"

namespace leat::kafka {

struct ListGroupsRequest {
    static constexpr ApiKey api = ApiKey::list_groups;
    static constexpr Versions versions{.min = 0, .max = 5, .flexible = 3};

    std::vector<std::string> states_filter;
    std::vector<std::string> types_filter;

    bool operator==(const ListGroupsRequest&) const = default;
    void fields(auto& f) {
        f.since(4, states_filter);
        f.since(5, types_filter);
    }
};

struct ListGroupsResponse {
    static constexpr ApiKey api = ApiKey::list_groups;
    static constexpr Versions versions{.min = 0, .max = 5, .flexible = 3};

    struct ListedGroup {
        std::string group_id;
        std::string protocol_type;
        std::string group_state;
        std::string group_type;

        bool operator==(const ListedGroup&) const = default;
        void fields(auto& f) {
            f(group_id);
            f(protocol_type);
            f.since(4, group_state);
            f.since(5, group_type);
        }
    };

    std::int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::vector<ListedGroup> groups;

    bool operator==(const ListGroupsResponse&) const = default;
    void fields(auto& f) {
        f.since(1, throttle_time_ms);
        f(error_code);
        f(groups);
    }
};

struct DescribeGroupsRequest {
    static constexpr ApiKey api = ApiKey::describe_groups;
    static constexpr Versions versions{.min = 0, .max = 6, .flexible = 5};

    std::vector<std::string> groups;
    bool include_authorized_operations = false;

    bool operator==(const DescribeGroupsRequest&) const = default;
    void fields(auto& f) {
        f(groups);
        f.since(3, include_authorized_operations);
    }
};

struct DescribeGroupsResponse {
    static constexpr ApiKey api = ApiKey::describe_groups;
    static constexpr Versions versions{.min = 0, .max = 6, .flexible = 5};

    struct DescribedGroup {
        struct DescribedGroupMember {
            std::string member_id;
            std::optional<std::string> group_instance_id;
            std::string client_id;
            std::string client_host;
            Bytes member_metadata;
            Bytes member_assignment;

            bool operator==(const DescribedGroupMember&) const = default;
            void fields(auto& f) {
                f(member_id);
                f.since(4, group_instance_id);
                f(client_id);
                f(client_host);
                f(member_metadata);
                f(member_assignment);
            }
        };

        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;
        std::string group_id;
        std::string group_state;
        std::string protocol_type;
        std::string protocol_data;
        std::vector<DescribedGroupMember> members;
        std::int32_t authorized_operations = std::numeric_limits<std::int32_t>::min();

        bool operator==(const DescribedGroup&) const = default;
        void fields(auto& f) {
            f(error_code);
            f.since(6, error_message);
            f(group_id);
            f(group_state);
            f(protocol_type);
            f(protocol_data);
            f(members);
            f.since(3, authorized_operations);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<DescribedGroup> groups;

    bool operator==(const DescribeGroupsResponse&) const = default;
    void fields(auto& f) {
        f.since(1, throttle_time_ms);
        f(groups);
    }
};

struct DeleteGroupsRequest {
    static constexpr ApiKey api = ApiKey::delete_groups;
    static constexpr Versions versions{.min = 0, .max = 3, .flexible = 2};

    std::vector<std::string> groups_names;

    bool operator==(const DeleteGroupsRequest&) const = default;
    void fields(auto& f) { f(groups_names); }
};

struct DeleteGroupsResponse {
    static constexpr ApiKey api = ApiKey::delete_groups;
    static constexpr Versions versions{.min = 0, .max = 3, .flexible = 2};

    struct DeletableGroupResult {
        std::string group_id;
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;

        bool operator==(const DeletableGroupResult&) const = default;
        void fields(auto& f) {
            f(group_id);
            f(error_code);
            f.since(3, error_message);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<DeletableGroupResult> results;

    bool operator==(const DeleteGroupsResponse&) const = default;
    void fields(auto& f) {
        f(throttle_time_ms);
        f(results);
    }
};

}  // namespace leat::kafka
