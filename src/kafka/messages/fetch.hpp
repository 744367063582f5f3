// Reading: Fetch (sessions: KIP-227, epochs: KIP-320, topic ids: KIP-516). Fields, versions and
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

struct FetchRequest {
    static constexpr ApiKey api = ApiKey::fetch;
    static constexpr Versions versions{.min = 4, .max = 18, .flexible = 12};

    struct ReplicaState {
        std::int32_t replica_id = -1;
        std::int64_t replica_epoch = -1;

        bool operator==(const ReplicaState&) const = default;
        void fields(auto& f) {
            f(replica_id);
            f(replica_epoch);
        }
    };

    struct FetchTopic {
        struct FetchPartition {
            std::int32_t partition = 0;
            std::int32_t current_leader_epoch = -1;
            std::int64_t fetch_offset = 0;
            std::int32_t last_fetched_epoch = -1;
            std::int64_t log_start_offset = -1;
            std::int32_t partition_max_bytes = 0;
            Uuid replica_directory_id;
            std::int64_t high_watermark = std::numeric_limits<std::int64_t>::max();

            bool operator==(const FetchPartition&) const = default;
            void fields(auto& f) {
                f(partition);
                f.since(9, current_leader_epoch);
                f(fetch_offset);
                f.since(12, last_fetched_epoch);
                f.since(5, log_start_offset);
                f(partition_max_bytes);
            }
            void tags(auto& f) {
                f.tag(0, 17, replica_directory_id);
                f.tag(1, 18, high_watermark,
                      std::int64_t{std::numeric_limits<std::int64_t>::max()});
            }
        };

        std::string topic;
        Uuid topic_id;
        std::vector<FetchPartition> partitions;

        bool operator==(const FetchTopic&) const = default;
        void fields(auto& f) {
            f.between(4, 12, topic);
            f.since(13, topic_id);
            f(partitions);
        }
    };

    struct ForgottenTopic {
        std::string topic;
        Uuid topic_id;
        std::vector<std::int32_t> partitions;

        bool operator==(const ForgottenTopic&) const = default;
        void fields(auto& f) {
            f.between(7, 12, topic);
            f.since(13, topic_id);
            f(partitions);
        }
    };

    std::optional<std::string> cluster_id;
    std::int32_t replica_id = -1;
    ReplicaState replica_state;
    std::int32_t max_wait_ms = 0;
    std::int32_t min_bytes = 0;
    std::int32_t max_bytes = std::numeric_limits<std::int32_t>::max();
    std::int8_t isolation_level = 0;
    std::int32_t session_id = 0;
    std::int32_t session_epoch = -1;
    std::vector<FetchTopic> topics;
    std::vector<ForgottenTopic> forgotten_topics_data;
    std::string rack_id;

    bool operator==(const FetchRequest&) const = default;
    void fields(auto& f) {
        f.between(4, 14, replica_id);
        f(max_wait_ms);
        f(min_bytes);
        f(max_bytes);
        f(isolation_level);
        f.since(7, session_id);
        f.since(7, session_epoch);
        f(topics);
        f.since(7, forgotten_topics_data);
        f.since(11, rack_id);
    }
    void tags(auto& f) {
        f.tag(0, 12, cluster_id);
        f.tag(1, 15, replica_state);
    }
};

struct FetchResponse {
    static constexpr ApiKey api = ApiKey::fetch;
    static constexpr Versions versions{.min = 4, .max = 18, .flexible = 12};

    struct FetchableTopicResponse {
        struct PartitionData {
            struct EpochEndOffset {
                std::int32_t epoch = -1;
                std::int64_t end_offset = -1;

                bool operator==(const EpochEndOffset&) const = default;
                void fields(auto& f) {
                    f(epoch);
                    f(end_offset);
                }
            };

            struct LeaderIdAndEpoch {
                std::int32_t leader_id = -1;
                std::int32_t leader_epoch = -1;

                bool operator==(const LeaderIdAndEpoch&) const = default;
                void fields(auto& f) {
                    f(leader_id);
                    f(leader_epoch);
                }
            };

            struct SnapshotId {
                std::int64_t end_offset = -1;
                std::int32_t epoch = -1;

                bool operator==(const SnapshotId&) const = default;
                void fields(auto& f) {
                    f(end_offset);
                    f(epoch);
                }
            };

            struct AbortedTransaction {
                std::int64_t producer_id = 0;
                std::int64_t first_offset = 0;

                bool operator==(const AbortedTransaction&) const = default;
                void fields(auto& f) {
                    f(producer_id);
                    f(first_offset);
                }
            };

            std::int32_t partition_index = 0;
            ErrorCode error_code = ErrorCode::none;
            std::int64_t high_watermark = 0;
            std::int64_t last_stable_offset = -1;
            std::int64_t log_start_offset = -1;
            EpochEndOffset diverging_epoch;
            LeaderIdAndEpoch current_leader;
            SnapshotId snapshot_id;
            std::optional<std::vector<AbortedTransaction>> aborted_transactions;
            std::int32_t preferred_read_replica = -1;
            Records records;

            bool operator==(const PartitionData&) const = default;
            void fields(auto& f) {
                f(partition_index);
                f(error_code);
                f(high_watermark);
                f(last_stable_offset);
                f.since(5, log_start_offset);
                f(aborted_transactions);
                f.since(11, preferred_read_replica);
                f(records);
            }
            void tags(auto& f) {
                f.tag(0, 12, diverging_epoch);
                f.tag(1, 12, current_leader);
                f.tag(2, 12, snapshot_id);
            }
        };

        std::string topic;
        Uuid topic_id;
        std::vector<PartitionData> partitions;

        bool operator==(const FetchableTopicResponse&) const = default;
        void fields(auto& f) {
            f.between(4, 12, topic);
            f.since(13, topic_id);
            f(partitions);
        }
    };

    struct NodeEndpoint {
        std::int32_t node_id = 0;
        std::string host;
        std::int32_t port = 0;
        std::optional<std::string> rack;

        bool operator==(const NodeEndpoint&) const = default;
        void fields(auto& f) {
            f(node_id);
            f(host);
            f(port);
            f(rack);
        }
    };

    std::int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::int32_t session_id = 0;
    std::vector<FetchableTopicResponse> responses;
    std::vector<NodeEndpoint> node_endpoints;

    bool operator==(const FetchResponse&) const = default;
    void fields(auto& f) {
        f(throttle_time_ms);
        f.since(7, error_code);
        f.since(7, session_id);
        f(responses);
    }
    void tags(auto& f) { f.tag(0, 16, node_endpoints); }
};

}  // namespace leat::kafka
