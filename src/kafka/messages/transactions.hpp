// Transactions (KIP-98, KIP-890), as their producers use them. Fields, versions and
// defaults are those of Kafka's message definitions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kafka/api_key.hpp"
#include "kafka/error_code.hpp"
#include "kafka/messages/apis.hpp"

namespace leat::kafka {

struct AddPartitionsToTxnTopic {
    std::string name;
    std::vector<std::int32_t> partitions;

    bool operator==(const AddPartitionsToTxnTopic&) const = default;
    void fields(auto& f) {
        f(name);
        f(partitions);
    }
};

struct AddPartitionsToTxnRequest {
    static constexpr ApiKey api = ApiKey::add_partitions_to_txn;
    static constexpr Versions versions{.min = 0, .max = 5, .flexible = 3};

    struct AddPartitionsToTxnTransaction {
        std::string transactional_id;
        std::int64_t producer_id = 0;
        std::int16_t producer_epoch = 0;
        bool verify_only = false;
        std::vector<AddPartitionsToTxnTopic> topics;

        bool operator==(const AddPartitionsToTxnTransaction&) const = default;
        void fields(auto& f) {
            f(transactional_id);
            f(producer_id);
            f(producer_epoch);
            f(verify_only);
            f(topics);
        }
    };

    std::vector<AddPartitionsToTxnTransaction> transactions;
    std::string v3_and_below_transactional_id;
    std::int64_t v3_and_below_producer_id = 0;
    std::int16_t v3_and_below_producer_epoch = 0;
    std::vector<AddPartitionsToTxnTopic> v3_and_below_topics;

    bool operator==(const AddPartitionsToTxnRequest&) const = default;
    void fields(auto& f) {
        f.since(4, transactions);
        f.between(0, 3, v3_and_below_transactional_id);
        f.between(0, 3, v3_and_below_producer_id);
        f.between(0, 3, v3_and_below_producer_epoch);
        f.between(0, 3, v3_and_below_topics);
    }
};

struct AddPartitionsToTxnTopicResult {
    struct AddPartitionsToTxnPartitionResult {
        std::int32_t partition_index = 0;
        ErrorCode partition_error_code = ErrorCode::none;

        bool operator==(const AddPartitionsToTxnPartitionResult&) const = default;
        void fields(auto& f) {
            f(partition_index);
            f(partition_error_code);
        }
    };

    std::string name;
    std::vector<AddPartitionsToTxnPartitionResult> results_by_partition;

    bool operator==(const AddPartitionsToTxnTopicResult&) const = default;
    void fields(auto& f) {
        f(name);
        f(results_by_partition);
    }
};

struct AddPartitionsToTxnResponse {
    static constexpr ApiKey api = ApiKey::add_partitions_to_txn;
    static constexpr Versions versions{.min = 0, .max = 5, .flexible = 3};

    struct AddPartitionsToTxnResult {
        std::string transactional_id;
        std::vector<AddPartitionsToTxnTopicResult> topic_results;

        bool operator==(const AddPartitionsToTxnResult&) const = default;
        void fields(auto& f) {
            f(transactional_id);
            f(topic_results);
        }
    };

    std::int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::vector<AddPartitionsToTxnResult> results_by_transaction;
    std::vector<AddPartitionsToTxnTopicResult> results_by_topic_v3_and_below;

    bool operator==(const AddPartitionsToTxnResponse&) const = default;
    void fields(auto& f) {
        f(throttle_time_ms);
        f.since(4, error_code);
        f.since(4, results_by_transaction);
        f.between(0, 3, results_by_topic_v3_and_below);
    }
};

struct AddOffsetsToTxnRequest {
    static constexpr ApiKey api = ApiKey::add_offsets_to_txn;
    static constexpr Versions versions{.min = 0, .max = 4, .flexible = 3};

    std::string transactional_id;
    std::int64_t producer_id = 0;
    std::int16_t producer_epoch = 0;
    std::string group_id;

    bool operator==(const AddOffsetsToTxnRequest&) const = default;
    void fields(auto& f) {
        f(transactional_id);
        f(producer_id);
        f(producer_epoch);
        f(group_id);
    }
};

struct AddOffsetsToTxnResponse {
    static constexpr ApiKey api = ApiKey::add_offsets_to_txn;
    static constexpr Versions versions{.min = 0, .max = 4, .flexible = 3};

    std::int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;

    bool operator==(const AddOffsetsToTxnResponse&) const = default;
    void fields(auto& f) {
        f(throttle_time_ms);
        f(error_code);
    }
};

struct EndTxnRequest {
    static constexpr ApiKey api = ApiKey::end_txn;
    static constexpr Versions versions{.min = 0, .max = 5, .flexible = 3};

    std::string transactional_id;
    std::int64_t producer_id = 0;
    std::int16_t producer_epoch = 0;
    bool committed = false;

    bool operator==(const EndTxnRequest&) const = default;
    void fields(auto& f) {
        f(transactional_id);
        f(producer_id);
        f(producer_epoch);
        f(committed);
    }
};

struct EndTxnResponse {
    static constexpr ApiKey api = ApiKey::end_txn;
    static constexpr Versions versions{.min = 0, .max = 5, .flexible = 3};

    std::int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::int64_t producer_id = -1;
    std::int16_t producer_epoch = -1;

    bool operator==(const EndTxnResponse&) const = default;
    void fields(auto& f) {
        f(throttle_time_ms);
        f(error_code);
        f.since(5, producer_id);
        f.since(5, producer_epoch);
    }
};

struct WriteTxnMarkersRequest {
    static constexpr ApiKey api = ApiKey::write_txn_markers;
    static constexpr Versions versions{.min = 1, .max = 1, .flexible = 1};

    struct WritableTxnMarker {
        struct WritableTxnMarkerTopic {
            std::string name;
            std::vector<std::int32_t> partition_indexes;

            bool operator==(const WritableTxnMarkerTopic&) const = default;
            void fields(auto& f) {
                f(name);
                f(partition_indexes);
            }
        };

        std::int64_t producer_id = 0;
        std::int16_t producer_epoch = 0;
        bool transaction_result = false;
        std::vector<WritableTxnMarkerTopic> topics;
        std::int32_t coordinator_epoch = 0;

        bool operator==(const WritableTxnMarker&) const = default;
        void fields(auto& f) {
            f(producer_id);
            f(producer_epoch);
            f(transaction_result);
            f(topics);
            f(coordinator_epoch);
        }
    };

    std::vector<WritableTxnMarker> markers;

    bool operator==(const WriteTxnMarkersRequest&) const = default;
    void fields(auto& f) { f(markers); }
};

struct WriteTxnMarkersResponse {
    static constexpr ApiKey api = ApiKey::write_txn_markers;
    static constexpr Versions versions{.min = 1, .max = 1, .flexible = 1};

    struct WritableTxnMarkerResult {
        struct WritableTxnMarkerTopicResult {
            struct WritableTxnMarkerPartitionResult {
                std::int32_t partition_index = 0;
                ErrorCode error_code = ErrorCode::none;

                bool operator==(const WritableTxnMarkerPartitionResult&) const = default;
                void fields(auto& f) {
                    f(partition_index);
                    f(error_code);
                }
            };

            std::string name;
            std::vector<WritableTxnMarkerPartitionResult> partitions;

            bool operator==(const WritableTxnMarkerTopicResult&) const = default;
            void fields(auto& f) {
                f(name);
                f(partitions);
            }
        };

        std::int64_t producer_id = 0;
        std::vector<WritableTxnMarkerTopicResult> topics;

        bool operator==(const WritableTxnMarkerResult&) const = default;
        void fields(auto& f) {
            f(producer_id);
            f(topics);
        }
    };

    std::vector<WritableTxnMarkerResult> markers;

    bool operator==(const WriteTxnMarkersResponse&) const = default;
    void fields(auto& f) { f(markers); }
};

struct TxnOffsetCommitRequest {
    static constexpr ApiKey api = ApiKey::txn_offset_commit;
    static constexpr Versions versions{.min = 0, .max = 5, .flexible = 3};

    struct TxnOffsetCommitRequestTopic {
        struct TxnOffsetCommitRequestPartition {
            std::int32_t partition_index = 0;
            std::int64_t committed_offset = 0;
            std::int32_t committed_leader_epoch = -1;
            std::optional<std::string> committed_metadata;

            bool operator==(const TxnOffsetCommitRequestPartition&) const = default;
            void fields(auto& f) {
                f(partition_index);
                f(committed_offset);
                f.since(2, committed_leader_epoch);
                f(committed_metadata);
            }
        };

        std::string name;
        std::vector<TxnOffsetCommitRequestPartition> partitions;

        bool operator==(const TxnOffsetCommitRequestTopic&) const = default;
        void fields(auto& f) {
            f(name);
            f(partitions);
        }
    };

    std::string transactional_id;
    std::string group_id;
    std::int64_t producer_id = 0;
    std::int16_t producer_epoch = 0;
    std::int32_t generation_id = -1;
    std::string member_id;
    std::optional<std::string> group_instance_id;
    std::vector<TxnOffsetCommitRequestTopic> topics;

    bool operator==(const TxnOffsetCommitRequest&) const = default;
    void fields(auto& f) {
        f(transactional_id);
        f(group_id);
        f(producer_id);
        f(producer_epoch);
        f.since(3, generation_id);
        f.since(3, member_id);
        f.since(3, group_instance_id);
        f(topics);
    }
};

struct TxnOffsetCommitResponse {
    static constexpr ApiKey api = ApiKey::txn_offset_commit;
    static constexpr Versions versions{.min = 0, .max = 5, .flexible = 3};

    struct TxnOffsetCommitResponseTopic {
        struct TxnOffsetCommitResponsePartition {
            std::int32_t partition_index = 0;
            ErrorCode error_code = ErrorCode::none;

            bool operator==(const TxnOffsetCommitResponsePartition&) const = default;
            void fields(auto& f) {
                f(partition_index);
                f(error_code);
            }
        };

        std::string name;
        std::vector<TxnOffsetCommitResponsePartition> partitions;

        bool operator==(const TxnOffsetCommitResponseTopic&) const = default;
        void fields(auto& f) {
            f(name);
            f(partitions);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<TxnOffsetCommitResponseTopic> topics;

    bool operator==(const TxnOffsetCommitResponse&) const = default;
    void fields(auto& f) {
        f(throttle_time_ms);
        f(topics);
    }
};

}  // namespace leat::kafka
