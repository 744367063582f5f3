// Topics: CreateTopics, DeleteTopics, CreatePartitions, DeleteRecords. Fields, versions and
// defaults are those of Kafka's message definitions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kafka/api_key.hpp"
#include "kafka/error_code.hpp"
#include "kafka/messages/apis.hpp"

namespace leat::kafka {

struct CreateTopicsRequest {
    static constexpr ApiKey api = ApiKey::create_topics;
    static constexpr Versions versions{.min = 2, .max = 7, .flexible = 5};

    struct CreatableTopic {
        struct CreatableReplicaAssignment {
            std::int32_t partition_index = 0;
            std::vector<std::int32_t> broker_ids;

            bool operator==(const CreatableReplicaAssignment&) const = default;
            void fields(auto& f) {
                f(partition_index);
                f(broker_ids);
            }
        };

        struct CreatableTopicConfig {
            std::string name;
            std::optional<std::string> value;

            bool operator==(const CreatableTopicConfig&) const = default;
            void fields(auto& f) {
                f(name);
                f(value);
            }
        };

        std::string name;
        std::int32_t num_partitions = 0;
        std::int16_t replication_factor = 0;
        std::vector<CreatableReplicaAssignment> assignments;
        std::vector<CreatableTopicConfig> configs;

        bool operator==(const CreatableTopic&) const = default;
        void fields(auto& f) {
            f(name);
            f(num_partitions);
            f(replication_factor);
            f(assignments);
            f(configs);
        }
    };

    std::vector<CreatableTopic> topics;
    std::int32_t timeout_ms = 60000;
    bool validate_only = false;

    bool operator==(const CreateTopicsRequest&) const = default;
    void fields(auto& f) {
        f(topics);
        f(timeout_ms);
        f(validate_only);
    }
};

struct CreateTopicsResponse {
    static constexpr ApiKey api = ApiKey::create_topics;
    static constexpr Versions versions{.min = 2, .max = 7, .flexible = 5};

    struct CreatableTopicResult {
        struct CreatableTopicConfigs {
            std::string name;
            std::optional<std::string> value;
            bool read_only = false;
            std::int8_t config_source = -1;
            bool is_sensitive = false;

            bool operator==(const CreatableTopicConfigs&) const = default;
            void fields(auto& f) {
                f(name);
                f(value);
                f(read_only);
                f(config_source);
                f(is_sensitive);
            }
        };

        std::string name;
        Uuid topic_id;
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;
        std::int16_t topic_config_error_code = 0;
        std::int32_t num_partitions = -1;
        std::int16_t replication_factor = -1;
        std::optional<std::vector<CreatableTopicConfigs>> configs;

        bool operator==(const CreatableTopicResult&) const = default;
        void fields(auto& f) {
            f(name);
            f.since(7, topic_id);
            f(error_code);
            f(error_message);
            f.since(5, num_partitions);
            f.since(5, replication_factor);
            f.since(5, configs);
        }
        void tags(auto& f) { f.tag(0, 5, topic_config_error_code); }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<CreatableTopicResult> topics;

    bool operator==(const CreateTopicsResponse&) const = default;
    void fields(auto& f) {
        f(throttle_time_ms);
        f(topics);
    }
};

struct DeleteTopicsRequest {
    static constexpr ApiKey api = ApiKey::delete_topics;
    static constexpr Versions versions{.min = 1, .max = 6, .flexible = 4};

    struct DeleteTopicState {
        std::optional<std::string> name;
        Uuid topic_id;

        bool operator==(const DeleteTopicState&) const = default;
        void fields(auto& f) {
            f(name);
            f(topic_id);
        }
    };

    std::vector<DeleteTopicState> topics;
    std::vector<std::string> topic_names;
    std::int32_t timeout_ms = 0;

    bool operator==(const DeleteTopicsRequest&) const = default;
    void fields(auto& f) {
        f.since(6, topics);
        f.between(1, 5, topic_names);
        f(timeout_ms);
    }
};

struct DeleteTopicsResponse {
    static constexpr ApiKey api = ApiKey::delete_topics;
    static constexpr Versions versions{.min = 1, .max = 6, .flexible = 4};

    struct DeletableTopicResult {
        std::optional<std::string> name;
        Uuid topic_id;
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;

        bool operator==(const DeletableTopicResult&) const = default;
        void fields(auto& f) {
            f.nullable_since(6, name);
            f.since(6, topic_id);
            f(error_code);
            f.since(5, error_message);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<DeletableTopicResult> responses;

    bool operator==(const DeleteTopicsResponse&) const = default;
    void fields(auto& f) {
        f(throttle_time_ms);
        f(responses);
    }
};

struct CreatePartitionsRequest {
    static constexpr ApiKey api = ApiKey::create_partitions;
    static constexpr Versions versions{.min = 0, .max = 3, .flexible = 2};

    struct CreatePartitionsTopic {
        struct CreatePartitionsAssignment {
            std::vector<std::int32_t> broker_ids;

            bool operator==(const CreatePartitionsAssignment&) const = default;
            void fields(auto& f) { f(broker_ids); }
        };

        std::string name;
        std::int32_t count = 0;
        std::optional<std::vector<CreatePartitionsAssignment>> assignments;

        bool operator==(const CreatePartitionsTopic&) const = default;
        void fields(auto& f) {
            f(name);
            f(count);
            f(assignments);
        }
    };

    std::vector<CreatePartitionsTopic> topics;
    std::int32_t timeout_ms = 0;
    bool validate_only = false;

    bool operator==(const CreatePartitionsRequest&) const = default;
    void fields(auto& f) {
        f(topics);
        f(timeout_ms);
        f(validate_only);
    }
};

struct CreatePartitionsResponse {
    static constexpr ApiKey api = ApiKey::create_partitions;
    static constexpr Versions versions{.min = 0, .max = 3, .flexible = 2};

    struct CreatePartitionsTopicResult {
        std::string name;
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;

        bool operator==(const CreatePartitionsTopicResult&) const = default;
        void fields(auto& f) {
            f(name);
            f(error_code);
            f(error_message);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<CreatePartitionsTopicResult> results;

    bool operator==(const CreatePartitionsResponse&) const = default;
    void fields(auto& f) {
        f(throttle_time_ms);
        f(results);
    }
};

struct DeleteRecordsRequest {
    static constexpr ApiKey api = ApiKey::delete_records;
    static constexpr Versions versions{.min = 0, .max = 2, .flexible = 2};

    struct DeleteRecordsTopic {
        struct DeleteRecordsPartition {
            std::int32_t partition_index = 0;
            std::int64_t offset = 0;

            bool operator==(const DeleteRecordsPartition&) const = default;
            void fields(auto& f) {
                f(partition_index);
                f(offset);
            }
        };

        std::string name;
        std::vector<DeleteRecordsPartition> partitions;

        bool operator==(const DeleteRecordsTopic&) const = default;
        void fields(auto& f) {
            f(name);
            f(partitions);
        }
    };

    std::vector<DeleteRecordsTopic> topics;
    std::int32_t timeout_ms = 0;

    bool operator==(const DeleteRecordsRequest&) const = default;
    void fields(auto& f) {
        f(topics);
        f(timeout_ms);
    }
};

struct DeleteRecordsResponse {
    static constexpr ApiKey api = ApiKey::delete_records;
    static constexpr Versions versions{.min = 0, .max = 2, .flexible = 2};

    struct DeleteRecordsTopicResult {
        struct DeleteRecordsPartitionResult {
            std::int32_t partition_index = 0;
            std::int64_t low_watermark = 0;
            ErrorCode error_code = ErrorCode::none;

            bool operator==(const DeleteRecordsPartitionResult&) const = default;
            void fields(auto& f) {
                f(partition_index);
                f(low_watermark);
                f(error_code);
            }
        };

        std::string name;
        std::vector<DeleteRecordsPartitionResult> partitions;

        bool operator==(const DeleteRecordsTopicResult&) const = default;
        void fields(auto& f) {
            f(name);
            f(partitions);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<DeleteRecordsTopicResult> topics;

    bool operator==(const DeleteRecordsResponse&) const = default;
    void fields(auto& f) {
        f(throttle_time_ms);
        f(topics);
    }
};

}  // namespace leat::kafka
