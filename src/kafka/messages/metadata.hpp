// What the cluster holds: Metadata, DescribeCluster, DescribeTopicPartitions. Fields, versions and
// defaults are those of Kafka's message definitions.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "kafka/api_key.hpp"
#include "kafka/error_code.hpp"
#include "kafka/messages/apis.hpp"

namespace leat::kafka {

struct MetadataRequest {
    static constexpr ApiKey api = ApiKey::metadata;
    static constexpr Versions versions{.min = 0, .max = 13, .flexible = 9};

    struct MetadataRequestTopic {
        Uuid topic_id;
        std::optional<std::string> name;

        bool operator==(const MetadataRequestTopic&) const = default;
        void fields(auto& f) {
            f.since(10, topic_id);
            f.nullable_since(10, name);
        }
    };

    std::optional<std::vector<MetadataRequestTopic>> topics;
    bool allow_auto_topic_creation = true;
    bool include_cluster_authorized_operations = false;
    bool include_topic_authorized_operations = false;

    bool operator==(const MetadataRequest&) const = default;
    void fields(auto& f) {
        f.nullable_since(1, topics);
        f.since(4, allow_auto_topic_creation);
        f.between(8, 10, include_cluster_authorized_operations);
        f.since(8, include_topic_authorized_operations);
    }
};

struct MetadataResponse {
    static constexpr ApiKey api = ApiKey::metadata;
    static constexpr Versions versions{.min = 0, .max = 13, .flexible = 9};

    struct MetadataResponseBroker {
        std::int32_t node_id = 0;
        std::string host;
        std::int32_t port = 0;
        std::optional<std::string> rack;

        bool operator==(const MetadataResponseBroker&) const = default;
        void fields(auto& f) {
            f(node_id);
            f(host);
            f(port);
            f.since(1, rack);
        }
    };

    struct MetadataResponseTopic {
        struct MetadataResponsePartition {
            ErrorCode error_code = ErrorCode::none;
            std::int32_t partition_index = 0;
            std::int32_t leader_id = 0;
            std::int32_t leader_epoch = -1;
            std::vector<std::int32_t> replica_nodes;
            std::vector<std::int32_t> isr_nodes;
            std::vector<std::int32_t> offline_replicas;

            bool operator==(const MetadataResponsePartition&) const = default;
            void fields(auto& f) {
                f(error_code);
                f(partition_index);
                f(leader_id);
                f.since(7, leader_epoch);
                f(replica_nodes);
                f(isr_nodes);
                f.since(5, offline_replicas);
            }
        };

        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> name;
        Uuid topic_id;
        bool is_internal = false;
        std::vector<MetadataResponsePartition> partitions;
        std::int32_t topic_authorized_operations = std::numeric_limits<std::int32_t>::min();

        bool operator==(const MetadataResponseTopic&) const = default;
        void fields(auto& f) {
            f(error_code);
            f.nullable_since(12, name);
            f.since(10, topic_id);
            f.since(1, is_internal);
            f(partitions);
            f.since(8, topic_authorized_operations);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<MetadataResponseBroker> brokers;
    std::optional<std::string> cluster_id;
    std::int32_t controller_id = -1;
    std::vector<MetadataResponseTopic> topics;
    std::int32_t cluster_authorized_operations = std::numeric_limits<std::int32_t>::min();
    ErrorCode error_code = ErrorCode::none;

    bool operator==(const MetadataResponse&) const = default;
    void fields(auto& f) {
        f.since(3, throttle_time_ms);
        f(brokers);
        f.since(2, cluster_id);
        f.since(1, controller_id);
        f(topics);
        f.between(8, 10, cluster_authorized_operations);
        f.since(13, error_code);
    }
};

struct DescribeClusterRequest {
    static constexpr ApiKey api = ApiKey::describe_cluster;
    static constexpr Versions versions{.min = 0, .max = 2, .flexible = 0};

    bool include_cluster_authorized_operations = false;
    std::int8_t endpoint_type = 1;
    bool include_fenced_brokers = false;

    bool operator==(const DescribeClusterRequest&) const = default;
    void fields(auto& f) {
        f(include_cluster_authorized_operations);
        f.since(1, endpoint_type);
        f.since(2, include_fenced_brokers);
    }
};

struct DescribeClusterResponse {
    static constexpr ApiKey api = ApiKey::describe_cluster;
    static constexpr Versions versions{.min = 0, .max = 2, .flexible = 0};

    struct DescribeClusterBroker {
        std::int32_t broker_id = 0;
        std::string host;
        std::int32_t port = 0;
        std::optional<std::string> rack;
        bool is_fenced = false;

        bool operator==(const DescribeClusterBroker&) const = default;
        void fields(auto& f) {
            f(broker_id);
            f(host);
            f(port);
            f(rack);
            f.since(2, is_fenced);
        }
    };

    std::int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::optional<std::string> error_message;
    std::int8_t endpoint_type = 1;
    std::string cluster_id;
    std::int32_t controller_id = -1;
    std::vector<DescribeClusterBroker> brokers;
    std::int32_t cluster_authorized_operations = std::numeric_limits<std::int32_t>::min();

    bool operator==(const DescribeClusterResponse&) const = default;
    void fields(auto& f) {
        f(throttle_time_ms);
        f(error_code);
        f(error_message);
        f.since(1, endpoint_type);
        f(cluster_id);
        f(controller_id);
        f(brokers);
        f(cluster_authorized_operations);
    }
};

struct DescribeTopicPartitionsRequest {
    static constexpr ApiKey api = ApiKey::describe_topic_partitions;
    static constexpr Versions versions{.min = 0, .max = 0, .flexible = 0};

    struct TopicRequest {
        std::string name;

        bool operator==(const TopicRequest&) const = default;
        void fields(auto& f) { f(name); }
    };

    struct Cursor {
        std::string topic_name;
        std::int32_t partition_index = 0;

        bool operator==(const Cursor&) const = default;
        void fields(auto& f) {
            f(topic_name);
            f(partition_index);
        }
    };

    std::vector<TopicRequest> topics;
    std::int32_t response_partition_limit = 2000;
    std::optional<Cursor> cursor;

    bool operator==(const DescribeTopicPartitionsRequest&) const = default;
    void fields(auto& f) {
        f(topics);
        f(response_partition_limit);
        f(cursor);
    }
};

struct DescribeTopicPartitionsResponse {
    static constexpr ApiKey api = ApiKey::describe_topic_partitions;
    static constexpr Versions versions{.min = 0, .max = 0, .flexible = 0};

    struct DescribeTopicPartitionsResponseTopic {
        struct DescribeTopicPartitionsResponsePartition {
            ErrorCode error_code = ErrorCode::none;
            std::int32_t partition_index = 0;
            std::int32_t leader_id = 0;
            std::int32_t leader_epoch = -1;
            std::vector<std::int32_t> replica_nodes;
            std::vector<std::int32_t> isr_nodes;
            std::optional<std::vector<std::int32_t>> eligible_leader_replicas;
            std::optional<std::vector<std::int32_t>> last_known_elr;
            std::vector<std::int32_t> offline_replicas;

            bool operator==(const DescribeTopicPartitionsResponsePartition&) const = default;
            void fields(auto& f) {
                f(error_code);
                f(partition_index);
                f(leader_id);
                f(leader_epoch);
                f(replica_nodes);
                f(isr_nodes);
                f(eligible_leader_replicas);
                f(last_known_elr);
                f(offline_replicas);
            }
        };

        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> name;
        Uuid topic_id;
        bool is_internal = false;
        std::vector<DescribeTopicPartitionsResponsePartition> partitions;
        std::int32_t topic_authorized_operations = std::numeric_limits<std::int32_t>::min();

        bool operator==(const DescribeTopicPartitionsResponseTopic&) const = default;
        void fields(auto& f) {
            f(error_code);
            f(name);
            f(topic_id);
            f(is_internal);
            f(partitions);
            f(topic_authorized_operations);
        }
    };

    struct Cursor {
        std::string topic_name;
        std::int32_t partition_index = 0;

        bool operator==(const Cursor&) const = default;
        void fields(auto& f) {
            f(topic_name);
            f(partition_index);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<DescribeTopicPartitionsResponseTopic> topics;
    std::optional<Cursor> next_cursor;

    bool operator==(const DescribeTopicPartitionsResponse&) const = default;
    void fields(auto& f) {
        f(throttle_time_ms);
        f(topics);
        f(next_cursor);
    }
};

}  // namespace leat::kafka
