// What consumers tell each other through JoinGroup and SyncGroup ("consumer" protocol type).
// Fields, versions and defaults are those of Kafka's message definitions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kafka/codec.hpp"

namespace leat::kafka {

struct ConsumerProtocolSubscription {
    static constexpr Versions versions{.min = 0, .max = 3};

    struct TopicPartition {
        std::string topic;
        std::vector<std::int32_t> partitions;

        bool operator==(const TopicPartition&) const = default;
        void fields(auto& f) {
            f(topic);
            f(partitions);
        }
    };

    std::vector<std::string> topics;
    std::optional<Bytes> user_data;
    std::vector<TopicPartition> owned_partitions;
    std::int32_t generation_id = -1;
    std::optional<std::string> rack_id;

    bool operator==(const ConsumerProtocolSubscription&) const = default;
    void fields(auto& f) {
        f(topics);
        f(user_data);
        f.since(1, owned_partitions);
        f.since(2, generation_id);
        f.since(3, rack_id);
    }
};

struct ConsumerProtocolAssignment {
    static constexpr Versions versions{.min = 0, .max = 3};

    struct TopicPartition {
        std::string topic;
        std::vector<std::int32_t> partitions;

        bool operator==(const TopicPartition&) const = default;
        void fields(auto& f) {
            f(topic);
            f(partitions);
        }
    };

    std::vector<TopicPartition> assigned_partitions;
    std::optional<Bytes> user_data;

    bool operator==(const ConsumerProtocolAssignment&) const = default;
    void fields(auto& f) {
        f(assigned_partitions);
        f(user_data);
    }
};

}  // namespace leat::kafka
