// Transactions and producers, as operators see them. Fields, versions and
// defaults are those of Kafka's message definitions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kafka/api_key.hpp"
#include "kafka/error_code.hpp"
#include "kafka/messages/apis.hpp"

namespace leat::kafka {

struct DescribeProducersRequest {
    static constexpr ApiKey api = ApiKey::describe_producers;
    static constexpr Versions versions{.min = 0, .max = 0, .flexible = 0};

    struct TopicRequest {
        std::string name;
        std::vector<std::int32_t> partition_indexes;

        bool operator==(const TopicRequest&) const = default;
        void fields(auto& f) {
            f(name);
            f(partition_indexes);
        }
    };

    std::vector<TopicRequest> topics;

    bool operator==(const DescribeProducersRequest&) const = default;
    void fields(auto& f) { f(topics); }
};

struct DescribeProducersResponse {
    static constexpr ApiKey api = ApiKey::describe_producers;
    static constexpr Versions versions{.min = 0, .max = 0, .flexible = 0};

    struct TopicResponse {
        struct PartitionResponse {
            struct ProducerState {
                std::int64_t producer_id = 0;
                std::int32_t producer_epoch = 0;
                std::int32_t last_sequence = -1;
                std::int64_t last_timestamp = -1;
                std::int32_t coordinator_epoch = 0;
                std::int64_t current_txn_start_offset = -1;

                bool operator==(const ProducerState&) const = default;
                void fields(auto& f) {
                    f(producer_id);
                    f(producer_epoch);
                    f(last_sequence);
                    f(last_timestamp);
                    f(coordinator_epoch);
                    f(current_txn_start_offset);
                }
            };

            std::int32_t partition_index = 0;
            ErrorCode error_code = ErrorCode::none;
            std::optional<std::string> error_message;
            std::vector<ProducerState> active_producers;

            bool operator==(const PartitionResponse&) const = default;
            void fields(auto& f) {
                f(partition_index);
                f(error_code);
                f(error_message);
                f(active_producers);
            }
        };

        std::string name;
        std::vector<PartitionResponse> partitions;

        bool operator==(const TopicResponse&) const = default;
        void fields(auto& f) {
            f(name);
            f(partitions);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<TopicResponse> topics;

    bool operator==(const DescribeProducersResponse&) const = default;
    void fields(auto& f) {
        f(throttle_time_ms);
        f(topics);
    }
};

struct DescribeTransactionsRequest {
    static constexpr ApiKey api = ApiKey::describe_transactions;
    static constexpr Versions versions{.min = 0, .max = 0, .flexible = 0};

    std::vector<std::string> transactional_ids;

    bool operator==(const DescribeTransactionsRequest&) const = default;
    void fields(auto& f) { f(transactional_ids); }
};

struct DescribeTransactionsResponse {
    static constexpr ApiKey api = ApiKey::describe_transactions;
    static constexpr Versions versions{.min = 0, .max = 0, .flexible = 0};

    struct TransactionState {
        struct TopicData {
            std::string topic;
            std::vector<std::int32_t> partitions;

            bool operator==(const TopicData&) const = default;
            void fields(auto& f) {
                f(topic);
                f(partitions);
            }
        };

        ErrorCode error_code = ErrorCode::none;
        std::string transactional_id;
        std::string transaction_state;
        std::int32_t transaction_timeout_ms = 0;
        std::int64_t transaction_start_time_ms = 0;
        std::int64_t producer_id = 0;
        std::int16_t producer_epoch = 0;
        std::vector<TopicData> topics;

        bool operator==(const TransactionState&) const = default;
        void fields(auto& f) {
            f(error_code);
            f(transactional_id);
            f(transaction_state);
            f(transaction_timeout_ms);
            f(transaction_start_time_ms);
            f(producer_id);
            f(producer_epoch);
            f(topics);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<TransactionState> transaction_states;

    bool operator==(const DescribeTransactionsResponse&) const = default;
    void fields(auto& f) {
        f(throttle_time_ms);
        f(transaction_states);
    }
};

struct ListTransactionsRequest {
    static constexpr ApiKey api = ApiKey::list_transactions;
    static constexpr Versions versions{.min = 0, .max = 2, .flexible = 0};

    std::vector<std::string> state_filters;
    std::vector<std::int64_t> producer_id_filters;
    std::int64_t duration_filter = -1;
    std::optional<std::string> transactional_id_pattern;

    bool operator==(const ListTransactionsRequest&) const = default;
    void fields(auto& f) {
        f(state_filters);
        f(producer_id_filters);
        f.since(1, duration_filter);
        f.since(2, transactional_id_pattern);
    }
};

struct ListTransactionsResponse {
    static constexpr ApiKey api = ApiKey::list_transactions;
    static constexpr Versions versions{.min = 0, .max = 2, .flexible = 0};

    struct TransactionState {
        std::string transactional_id;
        std::int64_t producer_id = 0;
        std::string transaction_state;

        bool operator==(const TransactionState&) const = default;
        void fields(auto& f) {
            f(transactional_id);
            f(producer_id);
            f(transaction_state);
        }
    };

    std::int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::vector<std::string> unknown_state_filters;
    std::vector<TransactionState> transaction_states;

    bool operator==(const ListTransactionsResponse&) const = default;
    void fields(auto& f) {
        f(throttle_time_ms);
        f(error_code);
        f(unknown_state_filters);
        f(transaction_states);
    }
};

}  // namespace leat::kafka
