// What `__transaction_state` holds. Fields, versions and defaults are those of Kafka's message
// definitions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kafka/codec.hpp"

namespace leat::kafka {

struct TransactionLogKey {
    static constexpr Versions versions{.min = 0, .max = 0};

    std::string transactional_id;

    bool operator==(const TransactionLogKey&) const = default;
    void fields(auto& f) { f(transactional_id); }
};

struct TransactionLogValue {
    static constexpr Versions versions{.min = 0, .max = 1, .flexible = 1};

    struct PartitionsSchema {
        std::string topic;
        std::vector<std::int32_t> partition_ids;

        bool operator==(const PartitionsSchema&) const = default;
        void fields(auto& f) {
            f(topic);
            f(partition_ids);
        }
    };

    std::int64_t producer_id = 0;
    std::int64_t previous_producer_id = -1;
    std::int64_t next_producer_id = -1;
    std::int16_t producer_epoch = 0;
    std::int16_t next_producer_epoch = -1;
    std::int32_t transaction_timeout_ms = 0;
    std::int8_t transaction_status = 0;
    std::optional<std::vector<PartitionsSchema>> transaction_partitions;
    std::int64_t transaction_last_update_timestamp_ms = 0;
    std::int64_t transaction_start_timestamp_ms = 0;
    std::int16_t client_transaction_version = 0;

    bool operator==(const TransactionLogValue&) const = default;
    void fields(auto& f) {
        f(producer_id);
        f(producer_epoch);
        f(transaction_timeout_ms);
        f(transaction_status);
        f(transaction_partitions);
        f(transaction_last_update_timestamp_ms);
        f(transaction_start_timestamp_ms);
    }
    void tags(auto& f) {
        f.tag(0, 1, previous_producer_id, std::int64_t{-1});
        f.tag(1, 1, next_producer_id, std::int64_t{-1});
        f.tag(2, 1, client_transaction_version);
        f.tag(3, 1, next_producer_epoch, std::int16_t{-1});
    }
};

}  // namespace leat::kafka
