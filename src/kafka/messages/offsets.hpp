// Committed offsets: OffsetCommit, OffsetFetch, OffsetDelete. Fields, versions and defaults are
// those of Kafka's message definitions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kafka/api_key.hpp"
#include "kafka/error_code.hpp"
#include "kafka/messages/apis.hpp"

namespace leat::kafka {

struct OffsetCommitRequest {
    static constexpr ApiKey api = ApiKey::offset_commit;
    static constexpr Versions versions{.min = 2, .max = 10, .flexible = 8};

    struct OffsetCommitRequestTopic {
        struct OffsetCommitRequestPartition {
            std::int32_t partition_index = 0;
            std::int64_t committed_offset = 0;
            std::int32_t committed_leader_epoch = -1;
            std::optional<std::string> committed_metadata;

            bool operator==(const OffsetCommitRequestPartition&) const = default;
            void fields(auto& f) {
                f(partition_index);
                f(committed_offset);
                f.since(6, committed_leader_epoch);
                f(committed_metadata);
            }
        };

        std::string name;
        Uuid topic_id;
        std::vector<OffsetCommitRequestPartition> partitions;

        bool operator==(const OffsetCommitRequestTopic&) const = default;
        void fields(auto& f) {
            f.between(2, 9, name);
            f.since(10, topic_id);
            f(partitions);
        }
    };

    std::string group_id;
    std::int32_t generation_id_or_member_epoch = -1;
    std::string member_id;
    std::optional<std::string> group_instance_id;
    std::int64_t retention_time_ms = -1;
    std::vector<OffsetCommitRequestTopic> topics;

    bool operator==(const OffsetCommitRequest&) const = default;
    void fields(auto& f) {
        f(group_id);
        f(generation_id_or_member_epoch);
        f(member_id);
        f.since(7, group_instance_id);
        f.between(2, 4, retention_time_ms);
        f(topics);
    }
};

struct OffsetCommitResponse {
    static constexpr ApiKey api = ApiKey::offset_commit;
    static constexpr Versions versions{.min = 2, .max = 10, .flexible = 8};

    struct OffsetCommitResponseTopic {
        struct OffsetCommitResponsePartition {
            std::int32_t partition_index = 0;
            ErrorCode error_code = ErrorCode::none;

            bool operator==(const OffsetCommitResponsePartition&) const = default;
            void fields(auto& f) {
                f(partition_index);
                f(error_code);
            }
        };

        std::string name;
        Uuid topic_id;
        std::vector<OffsetCommitResponsePartition> partitions;

        bool operator==(const OffsetCommitResponseTopic&) const = default;
        void fields(auto& f) {
            f.between(2, 9, name);
            f.since(10, topic_id);
            f(partitions);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<OffsetCommitResponseTopic> topics;

    bool operator==(const OffsetCommitResponse&) const = default;
    void fields(auto& f) {
        f.since(3, throttle_time_ms);
        f(topics);
    }
};

struct OffsetFetchRequest {
    static constexpr ApiKey api = ApiKey::offset_fetch;
    static constexpr Versions versions{.min = 1, .max = 10, .flexible = 6};

    struct OffsetFetchRequestTopic {
        std::string name;
        std::vector<std::int32_t> partition_indexes;

        bool operator==(const OffsetFetchRequestTopic&) const = default;
        void fields(auto& f) {
            f(name);
            f(partition_indexes);
        }
    };

    struct OffsetFetchRequestGroup {
        struct OffsetFetchRequestTopics {
            std::string name;
            Uuid topic_id;
            std::vector<std::int32_t> partition_indexes;

            bool operator==(const OffsetFetchRequestTopics&) const = default;
            void fields(auto& f) {
                f.between(8, 9, name);
                f.since(10, topic_id);
                f(partition_indexes);
            }
        };

        std::string group_id;
        std::optional<std::string> member_id;
        std::int32_t member_epoch = -1;
        std::optional<std::vector<OffsetFetchRequestTopics>> topics;

        bool operator==(const OffsetFetchRequestGroup&) const = default;
        void fields(auto& f) {
            f(group_id);
            f.since(9, member_id);
            f.since(9, member_epoch);
            f(topics);
        }
    };

    std::string group_id;
    std::optional<std::vector<OffsetFetchRequestTopic>> topics;
    std::vector<OffsetFetchRequestGroup> groups;
    bool require_stable = false;

    bool operator==(const OffsetFetchRequest&) const = default;
    void fields(auto& f) {
        f.between(1, 7, group_id);
        f.nullable_since(2, topics, 7);
        f.since(8, groups);
        f.since(7, require_stable);
    }
};

struct OffsetFetchResponse {
    static constexpr ApiKey api = ApiKey::offset_fetch;
    static constexpr Versions versions{.min = 1, .max = 10, .flexible = 6};

    struct OffsetFetchResponseTopic {
        struct OffsetFetchResponsePartition {
            std::int32_t partition_index = 0;
            std::int64_t committed_offset = 0;
            std::int32_t committed_leader_epoch = -1;
            std::optional<std::string> metadata;
            ErrorCode error_code = ErrorCode::none;

            bool operator==(const OffsetFetchResponsePartition&) const = default;
            void fields(auto& f) {
                f(partition_index);
                f(committed_offset);
                f.since(5, committed_leader_epoch);
                f(metadata);
                f(error_code);
            }
        };

        std::string name;
        std::vector<OffsetFetchResponsePartition> partitions;

        bool operator==(const OffsetFetchResponseTopic&) const = default;
        void fields(auto& f) {
            f(name);
            f(partitions);
        }
    };

    struct OffsetFetchResponseGroup {
        struct OffsetFetchResponseTopics {
            struct OffsetFetchResponsePartitions {
                std::int32_t partition_index = 0;
                std::int64_t committed_offset = 0;
                std::int32_t committed_leader_epoch = -1;
                std::optional<std::string> metadata;
                ErrorCode error_code = ErrorCode::none;

                bool operator==(const OffsetFetchResponsePartitions&) const = default;
                void fields(auto& f) {
                    f(partition_index);
                    f(committed_offset);
                    f(committed_leader_epoch);
                    f(metadata);
                    f(error_code);
                }
            };

            std::string name;
            Uuid topic_id;
            std::vector<OffsetFetchResponsePartitions> partitions;

            bool operator==(const OffsetFetchResponseTopics&) const = default;
            void fields(auto& f) {
                f.between(8, 9, name);
                f.since(10, topic_id);
                f(partitions);
            }
        };

        std::string group_id;
        std::vector<OffsetFetchResponseTopics> topics;
        ErrorCode error_code = ErrorCode::none;

        bool operator==(const OffsetFetchResponseGroup&) const = default;
        void fields(auto& f) {
            f(group_id);
            f(topics);
            f(error_code);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<OffsetFetchResponseTopic> topics;
    ErrorCode error_code = ErrorCode::none;
    std::vector<OffsetFetchResponseGroup> groups;

    bool operator==(const OffsetFetchResponse&) const = default;
    void fields(auto& f) {
        f.since(3, throttle_time_ms);
        f.between(1, 7, topics);
        f.between(2, 7, error_code);
        f.since(8, groups);
    }
};

struct OffsetDeleteRequest {
    static constexpr ApiKey api = ApiKey::offset_delete;
    static constexpr Versions versions{.min = 0, .max = 0};

    struct OffsetDeleteRequestTopic {
        struct OffsetDeleteRequestPartition {
            std::int32_t partition_index = 0;

            bool operator==(const OffsetDeleteRequestPartition&) const = default;
            void fields(auto& f) { f(partition_index); }
        };

        std::string name;
        std::vector<OffsetDeleteRequestPartition> partitions;

        bool operator==(const OffsetDeleteRequestTopic&) const = default;
        void fields(auto& f) {
            f(name);
            f(partitions);
        }
    };

    std::string group_id;
    std::vector<OffsetDeleteRequestTopic> topics;

    bool operator==(const OffsetDeleteRequest&) const = default;
    void fields(auto& f) {
        f(group_id);
        f(topics);
    }
};

struct OffsetDeleteResponse {
    static constexpr ApiKey api = ApiKey::offset_delete;
    static constexpr Versions versions{.min = 0, .max = 0};

    struct OffsetDeleteResponseTopic {
        struct OffsetDeleteResponsePartition {
            std::int32_t partition_index = 0;
            ErrorCode error_code = ErrorCode::none;

            bool operator==(const OffsetDeleteResponsePartition&) const = default;
            void fields(auto& f) {
                f(partition_index);
                f(error_code);
            }
        };

        std::string name;
        std::vector<OffsetDeleteResponsePartition> partitions;

        bool operator==(const OffsetDeleteResponseTopic&) const = default;
        void fields(auto& f) {
            f(name);
            f(partitions);
        }
    };

    ErrorCode error_code = ErrorCode::none;
    std::int32_t throttle_time_ms = 0;
    std::vector<OffsetDeleteResponseTopic> topics;

    bool operator==(const OffsetDeleteResponse&) const = default;
    void fields(auto& f) {
        f(error_code);
        f(throttle_time_ms);
        f(topics);
    }
};

}  // namespace leat::kafka
