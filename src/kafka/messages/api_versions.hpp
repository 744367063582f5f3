// The handshake: ApiVersions (KIP-35, KIP-511, KIP-584). Fields, versions and defaults are those of
// Kafka's message definitions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kafka/api_key.hpp"
#include "kafka/error_code.hpp"
#include "kafka/messages/apis.hpp"

namespace leat::kafka {

struct ApiVersionsRequest {
    static constexpr ApiKey api = ApiKey::api_versions;
    static constexpr Versions versions{.min = 0, .max = 5, .flexible = 3};

    std::string client_software_name;
    std::string client_software_version;
    std::optional<std::string> cluster_id;
    std::int32_t node_id = -1;

    bool operator==(const ApiVersionsRequest&) const = default;
    void fields(auto& f) {
        f.since(3, client_software_name);
        f.since(3, client_software_version);
        f.since(5, cluster_id);
        f.since(5, node_id);
    }
};

struct ApiVersionsResponse {
    static constexpr ApiKey api = ApiKey::api_versions;
    static constexpr Versions versions{.min = 0, .max = 5, .flexible = 3};

    struct ApiVersion {
        std::int16_t api_key = 0;
        std::int16_t min_version = 0;
        std::int16_t max_version = 0;

        bool operator==(const ApiVersion&) const = default;
        void fields(auto& f) {
            f(api_key);
            f(min_version);
            f(max_version);
        }
    };

    struct SupportedFeatureKey {
        std::string name;
        std::int16_t min_version = 0;
        std::int16_t max_version = 0;

        bool operator==(const SupportedFeatureKey&) const = default;
        void fields(auto& f) {
            f(name);
            f(min_version);
            f(max_version);
        }
    };

    struct FinalizedFeatureKey {
        std::string name;
        std::int16_t max_version_level = 0;
        std::int16_t min_version_level = 0;

        bool operator==(const FinalizedFeatureKey&) const = default;
        void fields(auto& f) {
            f(name);
            f(max_version_level);
            f(min_version_level);
        }
    };

    ErrorCode error_code = ErrorCode::none;
    std::vector<ApiVersion> api_keys;
    std::int32_t throttle_time_ms = 0;
    std::vector<SupportedFeatureKey> supported_features;
    std::int64_t finalized_features_epoch = -1;
    std::vector<FinalizedFeatureKey> finalized_features;
    bool zk_migration_ready = false;

    bool operator==(const ApiVersionsResponse&) const = default;
    void fields(auto& f) {
        f(error_code);
        f(api_keys);
        f.since(1, throttle_time_ms);
    }
    void tags(auto& f) {
        f.tag(0, 3, supported_features);
        f.tag(1, 3, finalized_features_epoch, std::int64_t{-1});
        f.tag(2, 3, finalized_features);
        f.tag(3, 3, zk_migration_ready);
    }
};

}  // namespace leat::kafka
