// Disk usage: DescribeLogDirs. Fields, versions and defaults are those of
// Kafka's message definitions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kafka/api_key.hpp"
#include "kafka/error_code.hpp"
#include "kafka/messages/apis.hpp"

namespace leat::kafka {

struct DescribeLogDirsRequest {
    static constexpr ApiKey api = ApiKey::describe_log_dirs;
    static constexpr Versions versions{.min = 1, .max = 5, .flexible = 2};

    struct DescribableLogDirTopic {
        std::string topic;
        std::vector<std::int32_t> partitions;

        bool operator==(const DescribableLogDirTopic&) const = default;
        void fields(auto& f) {
            f(topic);
            f(partitions);
        }
    };

    std::optional<std::vector<DescribableLogDirTopic>> topics;

    bool operator==(const DescribeLogDirsRequest&) const = default;
    void fields(auto& f) { f(topics); }
};

struct DescribeLogDirsResponse {
    static constexpr ApiKey api = ApiKey::describe_log_dirs;
    static constexpr Versions versions{.min = 1, .max = 5, .flexible = 2};

    struct DescribeLogDirsResult {
        struct DescribeLogDirsTopic {
            struct DescribeLogDirsPartition {
                std::int32_t partition_index = 0;
                std::int64_t partition_size = 0;
                std::int64_t offset_lag = 0;
                bool is_future_key = false;

                bool operator==(const DescribeLogDirsPartition&) const = default;
                void fields(auto& f) {
                    f(partition_index);
                    f(partition_size);
                    f(offset_lag);
                    f(is_future_key);
                }
            };

            std::string name;
            std::vector<DescribeLogDirsPartition> partitions;

            bool operator==(const DescribeLogDirsTopic&) const = default;
            void fields(auto& f) {
                f(name);
                f(partitions);
            }
        };

        ErrorCode error_code = ErrorCode::none;
        std::string log_dir;
        std::vector<DescribeLogDirsTopic> topics;
        std::int64_t total_bytes = -1;
        std::int64_t usable_bytes = -1;
        bool is_cordoned = false;

        bool operator==(const DescribeLogDirsResult&) const = default;
        void fields(auto& f) {
            f(error_code);
            f(log_dir);
            f(topics);
            f.since(4, total_bytes);
            f.since(4, usable_bytes);
            f.since(5, is_cordoned);
        }
    };

    std::int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::vector<DescribeLogDirsResult> results;

    bool operator==(const DescribeLogDirsResponse&) const = default;
    void fields(auto& f) {
        f(throttle_time_ms);
        f.since(3, error_code);
        f(results);
    }
};

}  // namespace leat::kafka
