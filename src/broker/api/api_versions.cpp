// ApiVersions 0–5: the handshake. Answers every version, also ones that it does not know: those in
// the form of version 0 (KIP-511). From version 3 on, features are told (KIP-584); from 5 on, a
// client that looks for another cluster or node is sent back to its bootstrap (KIP-1242).
#include "broker/api/handlers.hpp"
#include "broker/api_table.hpp"
#include "broker/broker.hpp"

namespace leat::broker {

using namespace kafka;

namespace {

// What a client learns about the cluster as a whole. group.version is absent: KIP-848 groups are
// not served, and clients then do without.
constexpr std::int16_t metadata_version = 30;        // 4.3-IV0
constexpr std::int16_t oldest_metadata_version = 7;  // 3.3-IV3, the oldest that Kafka 4 knows
constexpr std::int16_t transaction_version = 2;      // KIP-890: an epoch for each transaction

}  // namespace

void api_versions(Broker& broker, Request<ApiVersionsRequest> request,
                  const Reply<ApiVersionsResponse>& reply) {
    ApiVersionsResponse response;
    const auto& wanted = request.body;
    const bool other_cluster = wanted.cluster_id && *wanted.cluster_id != broker.cluster_id();
    const bool other_node = wanted.node_id >= 0 && wanted.node_id != broker.node_id();
    if (request.version() >= 5 && (other_cluster || other_node))
        response.error_code = ErrorCode::rebootstrap_required;
    for (const auto& row : api_table())
        response.api_keys.push_back(
            {static_cast<std::int16_t>(row.key), row.advertised_min, row.versions.max});
    response.supported_features.push_back(
        {"metadata.version", oldest_metadata_version, metadata_version});
    response.finalized_features.push_back({"metadata.version", metadata_version, metadata_version});
    // Its lowest version is 0, which clients of ApiVersions 3 cannot read (KIP-1022).
    if (request.version() >= 4)
        response.supported_features.push_back({"transaction.version", 0, transaction_version});
    response.finalized_features.push_back(
        {"transaction.version", transaction_version, transaction_version});
    response.finalized_features_epoch = 0;
    reply(response);
}

}  // namespace leat::broker
