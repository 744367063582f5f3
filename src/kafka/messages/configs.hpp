// Configurations: DescribeConfigs, AlterConfigs, IncrementalAlterConfigs (KIP-339). Fields,
// versions and defaults are those of Kafka's message definitions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kafka/api_key.hpp"
#include "kafka/error_code.hpp"
#include "kafka/messages/apis.hpp"

namespace leat::kafka {

struct DescribeConfigsRequest {
    static constexpr ApiKey api = ApiKey::describe_configs;
    static constexpr Versions versions{.min = 1, .max = 4, .flexible = 4};

    struct DescribeConfigsResource {
        std::int8_t resource_type = 0;
        std::string resource_name;
        std::optional<std::vector<std::string>> configuration_keys;

        bool operator==(const DescribeConfigsResource&) const = default;
        void fields(auto& f) {
            f(resource_type);
            f(resource_name);
            f(configuration_keys);
        }
    };

    std::vector<DescribeConfigsResource> resources;
    bool include_synonyms = false;
    bool include_documentation = false;

    bool operator==(const DescribeConfigsRequest&) const = default;
    void fields(auto& f) {
        f(resources);
        f(include_synonyms);
        f.since(3, include_documentation);
    }
};

struct DescribeConfigsResponse {
    static constexpr ApiKey api = ApiKey::describe_configs;
    static constexpr Versions versions{.min = 1, .max = 4, .flexible = 4};

    struct DescribeConfigsResult {
        struct DescribeConfigsResourceResult {
            struct DescribeConfigsSynonym {
                std::string name;
                std::optional<std::string> value;
                std::int8_t source = 0;

                bool operator==(const DescribeConfigsSynonym&) const = default;
                void fields(auto& f) {
                    f(name);
                    f(value);
                    f(source);
                }
            };

            std::string name;
            std::optional<std::string> value;
            bool read_only = false;
            std::int8_t config_source = -1;
            bool is_sensitive = false;
            std::vector<DescribeConfigsSynonym> synonyms;
            std::int8_t config_type = 0;
            std::optional<std::string> documentation;

            bool operator==(const DescribeConfigsResourceResult&) const = default;
            void fields(auto& f) {
                f(name);
                f(value);
                f(read_only);
                f(config_source);
                f(is_sensitive);
                f(synonyms);
                f.since(3, config_type);
                f.since(3, documentation);
            }
        };

        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;
        std::int8_t resource_type = 0;
        std::string resource_name;
        std::vector<DescribeConfigsResourceResult> configs;

        bool operator==(const DescribeConfigsResult&) const = default;
        void fields(auto& f) {
            f(error_code);
            f(error_message);
            f(resource_type);
            f(resource_name);
            f(configs);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<DescribeConfigsResult> results;

    bool operator==(const DescribeConfigsResponse&) const = default;
    void fields(auto& f) {
        f(throttle_time_ms);
        f(results);
    }
};

struct AlterConfigsRequest {
    static constexpr ApiKey api = ApiKey::alter_configs;
    static constexpr Versions versions{.min = 0, .max = 2, .flexible = 2};

    struct AlterConfigsResource {
        struct AlterableConfig {
            std::string name;
            std::optional<std::string> value;

            bool operator==(const AlterableConfig&) const = default;
            void fields(auto& f) {
                f(name);
                f(value);
            }
        };

        std::int8_t resource_type = 0;
        std::string resource_name;
        std::vector<AlterableConfig> configs;

        bool operator==(const AlterConfigsResource&) const = default;
        void fields(auto& f) {
            f(resource_type);
            f(resource_name);
            f(configs);
        }
    };

    std::vector<AlterConfigsResource> resources;
    bool validate_only = false;

    bool operator==(const AlterConfigsRequest&) const = default;
    void fields(auto& f) {
        f(resources);
        f(validate_only);
    }
};

struct AlterConfigsResponse {
    static constexpr ApiKey api = ApiKey::alter_configs;
    static constexpr Versions versions{.min = 0, .max = 2, .flexible = 2};

    struct AlterConfigsResourceResponse {
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;
        std::int8_t resource_type = 0;
        std::string resource_name;

        bool operator==(const AlterConfigsResourceResponse&) const = default;
        void fields(auto& f) {
            f(error_code);
            f(error_message);
            f(resource_type);
            f(resource_name);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<AlterConfigsResourceResponse> responses;

    bool operator==(const AlterConfigsResponse&) const = default;
    void fields(auto& f) {
        f(throttle_time_ms);
        f(responses);
    }
};

struct IncrementalAlterConfigsRequest {
    static constexpr ApiKey api = ApiKey::incremental_alter_configs;
    static constexpr Versions versions{.min = 0, .max = 1, .flexible = 1};

    struct AlterConfigsResource {
        struct AlterableConfig {
            std::string name;
            std::int8_t config_operation = 0;
            std::optional<std::string> value;

            bool operator==(const AlterableConfig&) const = default;
            void fields(auto& f) {
                f(name);
                f(config_operation);
                f(value);
            }
        };

        std::int8_t resource_type = 0;
        std::string resource_name;
        std::vector<AlterableConfig> configs;

        bool operator==(const AlterConfigsResource&) const = default;
        void fields(auto& f) {
            f(resource_type);
            f(resource_name);
            f(configs);
        }
    };

    std::vector<AlterConfigsResource> resources;
    bool validate_only = false;

    bool operator==(const IncrementalAlterConfigsRequest&) const = default;
    void fields(auto& f) {
        f(resources);
        f(validate_only);
    }
};

struct IncrementalAlterConfigsResponse {
    static constexpr ApiKey api = ApiKey::incremental_alter_configs;
    static constexpr Versions versions{.min = 0, .max = 1, .flexible = 1};

    struct AlterConfigsResourceResponse {
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;
        std::int8_t resource_type = 0;
        std::string resource_name;

        bool operator==(const AlterConfigsResourceResponse&) const = default;
        void fields(auto& f) {
            f(error_code);
            f(error_message);
            f(resource_type);
            f(resource_name);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<AlterConfigsResourceResponse> responses;

    bool operator==(const IncrementalAlterConfigsResponse&) const = default;
    void fields(auto& f) {
        f(throttle_time_ms);
        f(responses);
    }
};

}  // namespace leat::kafka
