// Consumer groups of the new protocol (KIP-848). Fields, versions and defaults are those of Kafka's
// message definitions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/uuid.hpp"
#include "kafka/api_key.hpp"
#include "kafka/codec.hpp"
#include "kafka/error_code.hpp"

namespace leat::kafka {

struct ConsumerGroupHeartbeatRequest {
    static constexpr ApiKey api = ApiKey::consumer_group_heartbeat;
    static constexpr Versions versions{.min = 0, .max = 1, .flexible = 0};

    struct TopicPartitions {
        Uuid topic_id;
        std::vector<std::int32_t> partitions;

        bool operator==(const TopicPartitions&) const = default;
        void fields(auto& f) {
            f(topic_id);
            f(partitions);
        }
    };

    std::string group_id;
    std::string member_id;
    std::int32_t member_epoch = 0;
    std::optional<std::string> instance_id;
    std::optional<std::string> rack_id;
    std::int32_t rebalance_timeout_ms = -1;
    std::optional<std::vector<std::string>> subscribed_topic_names;
    std::optional<std::string> subscribed_topic_regex;
    std::optional<std::string> server_assignor;
    std::optional<std::vector<TopicPartitions>> topic_partitions;

    bool operator==(const ConsumerGroupHeartbeatRequest&) const = default;
    void fields(auto& f) {
        f(group_id);
        f(member_id);
        f(member_epoch);
        f(instance_id);
        f(rack_id);
        f(rebalance_timeout_ms);
        f(subscribed_topic_names);
        f.since(1, subscribed_topic_regex);
        f(server_assignor);
        f(topic_partitions);
    }
};

struct ConsumerGroupHeartbeatResponse {
    static constexpr ApiKey api = ApiKey::consumer_group_heartbeat;
    static constexpr Versions versions{.min = 0, .max = 1, .flexible = 0};

    struct Assignment {
        std::vector<ConsumerGroupHeartbeatRequest::TopicPartitions> topic_partitions;

        bool operator==(const Assignment&) const = default;
        void fields(auto& f) { f(topic_partitions); }
    };

    std::int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::optional<std::string> error_message;
    std::optional<std::string> member_id;
    std::int32_t member_epoch = 0;
    std::int32_t heartbeat_interval_ms = 0;
    std::optional<Assignment> assignment;

    bool operator==(const ConsumerGroupHeartbeatResponse&) const = default;
    void fields(auto& f) {
        f(throttle_time_ms);
        f(error_code);
        f(error_message);
        f(member_id);
        f(member_epoch);
        f(heartbeat_interval_ms);
        f(assignment);
    }
};

}  // namespace leat::kafka
