// What `__consumer_offsets` holds: keys and values of commits and classic groups. Fields, versions
// and defaults are those of Kafka's message definitions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kafka/codec.hpp"

namespace leat::kafka {

struct OffsetCommitKey {
    static constexpr Versions versions{.min = 0, .max = 0};

    std::string group;
    std::string topic;
    std::int32_t partition = 0;

    bool operator==(const OffsetCommitKey&) const = default;
    void fields(auto& f) {
        f(group);
        f(topic);
        f(partition);
    }
};

struct OffsetCommitValue {
    static constexpr Versions versions{.min = 0, .max = 4, .flexible = 4};

    std::int64_t offset = 0;
    std::int32_t leader_epoch = -1;
    std::string metadata;
    std::int64_t commit_timestamp = 0;
    std::int64_t expire_timestamp = -1;
    Uuid topic_id;

    bool operator==(const OffsetCommitValue&) const = default;
    void fields(auto& f) {
        f(offset);
        f.since(3, leader_epoch);
        f(metadata);
        f(commit_timestamp);
        f.between(1, 1, expire_timestamp);
    }
    void tags(auto& f) { f.tag(0, 4, topic_id); }
};

struct GroupMetadataKey {
    static constexpr Versions versions{.min = 0, .max = 0};

    std::string group;

    bool operator==(const GroupMetadataKey&) const = default;
    void fields(auto& f) { f(group); }
};

struct GroupMetadataValue {
    static constexpr Versions versions{.min = 0, .max = 4, .flexible = 4};

    struct MemberMetadata {
        std::string member_id;
        std::optional<std::string> group_instance_id;
        std::string client_id;
        std::string client_host;
        std::int32_t rebalance_timeout = -1;
        std::int32_t session_timeout = 0;
        Bytes subscription;
        Bytes assignment;

        bool operator==(const MemberMetadata&) const = default;
        void fields(auto& f) {
            f(member_id);
            f.since(3, group_instance_id);
            f(client_id);
            f(client_host);
            f.since(1, rebalance_timeout);
            f(session_timeout);
            f(subscription);
            f(assignment);
        }
    };

    std::string protocol_type;
    std::int32_t generation = 0;
    std::optional<std::string> protocol;
    std::optional<std::string> leader;
    std::int64_t current_state_timestamp = -1;
    std::vector<MemberMetadata> members;

    bool operator==(const GroupMetadataValue&) const = default;
    void fields(auto& f) {
        f(protocol_type);
        f(generation);
        f(protocol);
        f(leader);
        f.since(2, current_state_timestamp);
        f(members);
    }
};

}  // namespace leat::kafka
