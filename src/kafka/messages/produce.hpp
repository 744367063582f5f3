// Writing: Produce and InitProducerId (KIP-98, KIP-360). Fields, versions and defaults are those of
// Kafka's message definitions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kafka/api_key.hpp"
#include "kafka/error_code.hpp"
#include "kafka/messages/apis.hpp"

namespace leat::kafka {

struct ProduceRequest {
    static constexpr ApiKey api = ApiKey::produce;
    static constexpr Versions versions{.min = 3, .max = 13, .flexible = 9};

    struct TopicProduceData {
        struct PartitionProduceData {
            std::int32_t index = 0;
            Records records;

            bool operator==(const PartitionProduceData&) const = default;
            void fields(auto& f) {
                f(index);
                f(records);
            }
        };

        std::string name;
        Uuid topic_id;
        std::vector<PartitionProduceData> partition_data;

        bool operator==(const TopicProduceData&) const = default;
        void fields(auto& f) {
            f.between(3, 12, name);
            f.since(13, topic_id);
            f(partition_data);
        }
    };

    std::optional<std::string> transactional_id;
    std::int16_t acks = 0;
    std::int32_t timeout_ms = 0;
    std::vector<TopicProduceData> topic_data;

    bool operator==(const ProduceRequest&) const = default;
    void fields(auto& f) {
        f(transactional_id);
        f(acks);
        f(timeout_ms);
        f(topic_data);
    }
};

struct ProduceResponse {
    static constexpr ApiKey api = ApiKey::produce;
    static constexpr Versions versions{.min = 3, .max = 13, .flexible = 9};

    struct TopicProduceResponse {
        struct PartitionProduceResponse {
            struct BatchIndexAndErrorMessage {
                std::int32_t batch_index = 0;
                std::optional<std::string> batch_index_error_message;

                bool operator==(const BatchIndexAndErrorMessage&) const = default;
                void fields(auto& f) {
                    f(batch_index);
                    f(batch_index_error_message);
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

            std::int32_t index = 0;
            ErrorCode error_code = ErrorCode::none;
            std::int64_t base_offset = 0;
            std::int64_t log_append_time_ms = -1;
            std::int64_t log_start_offset = -1;
            std::vector<BatchIndexAndErrorMessage> record_errors;
            std::optional<std::string> error_message;
            LeaderIdAndEpoch current_leader;

            bool operator==(const PartitionProduceResponse&) const = default;
            void fields(auto& f) {
                f(index);
                f(error_code);
                f(base_offset);
                f(log_append_time_ms);
                f.since(5, log_start_offset);
                f.since(8, record_errors);
                f.since(8, error_message);
            }
            void tags(auto& f) { f.tag(0, 10, current_leader); }
        };

        std::string name;
        Uuid topic_id;
        std::vector<PartitionProduceResponse> partition_responses;

        bool operator==(const TopicProduceResponse&) const = default;
        void fields(auto& f) {
            f.between(3, 12, name);
            f.since(13, topic_id);
            f(partition_responses);
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

    std::vector<TopicProduceResponse> responses;
    std::int32_t throttle_time_ms = 0;
    std::vector<NodeEndpoint> node_endpoints;

    bool operator==(const ProduceResponse&) const = default;
    void fields(auto& f) {
        f(responses);
        f(throttle_time_ms);
    }
    void tags(auto& f) { f.tag(0, 10, node_endpoints); }
};

struct InitProducerIdRequest {
    static constexpr ApiKey api = ApiKey::init_producer_id;
    static constexpr Versions versions{.min = 0, .max = 5, .flexible = 2};

    std::optional<std::string> transactional_id;
    std::int32_t transaction_timeout_ms = 0;
    std::int64_t producer_id = -1;
    std::int16_t producer_epoch = -1;

    bool operator==(const InitProducerIdRequest&) const = default;
    void fields(auto& f) {
        f(transactional_id);
        f(transaction_timeout_ms);
        f.since(3, producer_id);
        f.since(3, producer_epoch);
    }
};

struct InitProducerIdResponse {
    static constexpr ApiKey api = ApiKey::init_producer_id;
    static constexpr Versions versions{.min = 0, .max = 5, .flexible = 2};

    std::int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::int64_t producer_id = -1;
    std::int16_t producer_epoch = 0;

    bool operator==(const InitProducerIdResponse&) const = default;
    void fields(auto& f) {
        f(throttle_time_ms);
        f(error_code);
        f(producer_id);
        f(producer_epoch);
    }
};

}  // namespace leat::kafka
