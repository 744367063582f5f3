// Finding offsets: ListOffsets and OffsetForLeaderEpoch. Fields, versions and defaults are those of
// Kafka's message definitions.
#pragma once

#include <string>
#include <vector>

#include "kafka/api_key.hpp"
#include "kafka/error_code.hpp"
#include "kafka/messages/apis.hpp"

namespace leat::kafka {

struct ListOffsetsRequest {
    static constexpr ApiKey api = ApiKey::list_offsets;
    static constexpr Versions versions{.min = 1, .max = 11, .flexible = 6};

    struct ListOffsetsTopic {
        struct ListOffsetsPartition {
            std::int32_t partition_index = 0;
            std::int32_t current_leader_epoch = -1;
            std::int64_t timestamp = 0;

            bool operator==(const ListOffsetsPartition&) const = default;
            void fields(auto& f) {
                f(partition_index);
                f.since(4, current_leader_epoch);
                f(timestamp);
            }
        };

        std::string name;
        std::vector<ListOffsetsPartition> partitions;

        bool operator==(const ListOffsetsTopic&) const = default;
        void fields(auto& f) {
            f(name);
            f(partitions);
        }
    };

    std::int32_t replica_id = 0;
    std::int8_t isolation_level = 0;
    std::vector<ListOffsetsTopic> topics;
    std::int32_t timeout_ms = 0;

    bool operator==(const ListOffsetsRequest&) const = default;
    void fields(auto& f) {
        f(replica_id);
        f.since(2, isolation_level);
        f(topics);
        f.since(10, timeout_ms);
    }
};

struct ListOffsetsResponse {
    static constexpr ApiKey api = ApiKey::list_offsets;
    static constexpr Versions versions{.min = 1, .max = 11, .flexible = 6};

    struct ListOffsetsTopicResponse {
        struct ListOffsetsPartitionResponse {
            std::int32_t partition_index = 0;
            ErrorCode error_code = ErrorCode::none;
            std::int64_t timestamp = -1;
            std::int64_t offset = -1;
            std::int32_t leader_epoch = -1;

            bool operator==(const ListOffsetsPartitionResponse&) const = default;
            void fields(auto& f) {
                f(partition_index);
                f(error_code);
                f(timestamp);
                f(offset);
                f.since(4, leader_epoch);
            }
        };

        std::string name;
        std::vector<ListOffsetsPartitionResponse> partitions;

        bool operator==(const ListOffsetsTopicResponse&) const = default;
        void fields(auto& f) {
            f(name);
            f(partitions);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<ListOffsetsTopicResponse> topics;

    bool operator==(const ListOffsetsResponse&) const = default;
    void fields(auto& f) {
        f.since(2, throttle_time_ms);
        f(topics);
    }
};

struct OffsetForLeaderEpochRequest {
    static constexpr ApiKey api = ApiKey::offset_for_leader_epoch;
    static constexpr Versions versions{.min = 2, .max = 4, .flexible = 4};

    struct OffsetForLeaderTopic {
        struct OffsetForLeaderPartition {
            std::int32_t partition = 0;
            std::int32_t current_leader_epoch = -1;
            std::int32_t leader_epoch = 0;

            bool operator==(const OffsetForLeaderPartition&) const = default;
            void fields(auto& f) {
                f(partition);
                f(current_leader_epoch);
                f(leader_epoch);
            }
        };

        std::string topic;
        std::vector<OffsetForLeaderPartition> partitions;

        bool operator==(const OffsetForLeaderTopic&) const = default;
        void fields(auto& f) {
            f(topic);
            f(partitions);
        }
    };

    std::int32_t replica_id = -2;
    std::vector<OffsetForLeaderTopic> topics;

    bool operator==(const OffsetForLeaderEpochRequest&) const = default;
    void fields(auto& f) {
        f.since(3, replica_id);
        f(topics);
    }
};

struct OffsetForLeaderEpochResponse {
    static constexpr ApiKey api = ApiKey::offset_for_leader_epoch;
    static constexpr Versions versions{.min = 2, .max = 4, .flexible = 4};

    struct OffsetForLeaderTopicResult {
        struct EpochEndOffset {
            ErrorCode error_code = ErrorCode::none;
            std::int32_t partition = 0;
            std::int32_t leader_epoch = -1;
            std::int64_t end_offset = -1;

            bool operator==(const EpochEndOffset&) const = default;
            void fields(auto& f) {
                f(error_code);
                f(partition);
                f(leader_epoch);
                f(end_offset);
            }
        };

        std::string topic;
        std::vector<EpochEndOffset> partitions;

        bool operator==(const OffsetForLeaderTopicResult&) const = default;
        void fields(auto& f) {
            f(topic);
            f(partitions);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<OffsetForLeaderTopicResult> topics;

    bool operator==(const OffsetForLeaderEpochResponse&) const = default;
    void fields(auto& f) {
        f(throttle_time_ms);
        f(topics);
    }
};

}  // namespace leat::kafka
