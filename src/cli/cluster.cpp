// `leat cluster`: who the cluster is, and what its brokers speak.
#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <memory>

#include "base/host_port.hpp"
#include "broker/api_table.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/verb.hpp"

namespace leat::cli {
namespace {

struct ClusterFlags {
    bool apis = false;
};

struct BrokerState {
    client::Metadata::MetadataResponseBroker broker;
    /// What it said of itself; nothing if it cannot be reached.
    std::optional<kafka::ApiVersionsResponse> spoken = {};
};

Table brokers_table(const client::Cluster& cluster, const std::vector<BrokerState>& states) {
    Table table{.columns = {{"broker", "BROKER"},
                            {"address", "ADDRESS"},
                            {"rack", "RACK"},
                            {"controller", "CONTROLLER"},
                            {"reachable", "REACHABLE"}},
                .rows = {}};
    for (const auto& [broker, spoken] : states)
        table.rows.push_back(
            {std::int64_t{broker.node_id},
             HostPort{broker.host, static_cast<std::uint16_t>(broker.port)}.to_string(),
             cell_of(broker.rack), broker.node_id == cluster.controller_id(), spoken.has_value()});
    return table;
}

// Features by name: the level in force, and the levels that the broker could have.
Table features_table(const kafka::ApiVersionsResponse& spoken) {
    Table table{.columns = {{"feature", "FEATURE"},
                            {"level", "LEVEL"},
                            {"min_level", "MIN"},
                            {"max_level", "MAX"}},
                .rows = {}};
    for (const auto& feature : spoken.supported_features) {
        const auto& finalized = spoken.finalized_features;
        const auto at = std::ranges::find(finalized, feature.name,
                                          &kafka::ApiVersionsResponse::FinalizedFeatureKey::name);
        table.rows.push_back(
            {feature.name,
             at == finalized.end() ? Cell{} : Cell{std::int64_t{at->max_version_level}},
             std::int64_t{feature.min_version}, std::int64_t{feature.max_version}});
    }
    return table;
}

Table apis_table(const kafka::ApiVersionsResponse& spoken) {
    Table table{.columns = {{"api_key", "KEY"},
                            {"api", "API"},
                            {"min_version", "MIN"},
                            {"max_version", "MAX"}},
                .rows = {}};
    for (const auto& api : spoken.api_keys) {
        const auto* known = broker::find_api(api.api_key);
        table.rows.push_back({std::int64_t{api.api_key},
                              known == nullptr ? Cell{} : Cell{std::string{known->name}},
                              std::int64_t{api.min_version}, std::int64_t{api.max_version}});
    }
    return table;
}

void print_text(const client::Cluster& cluster, const std::vector<BrokerState>& states,
                const kafka::ApiVersionsResponse& spoken, const ClusterFlags& options) {
    std::printf("%s  %zu brokers\n", heading("Cluster " + cluster.cluster_id()).c_str(),
                states.size());
    print(brokers_table(cluster, states), false);
    const auto features = features_table(spoken);
    if (!features.rows.empty()) {
        std::printf("\n");
        print(features, false);
    }
    if (!options.apis) return;
    std::printf("\n");
    print(apis_table(spoken), false);
}

int describe(client::Cluster& cluster, const Session& session, const ClusterFlags& options) {
    std::vector<BrokerState> states;
    int code = exit_ok;
    const auto brokers = cluster.brokers();
    for (const auto& broker : brokers) {
        auto& state = states.emplace_back(BrokerState{.broker = broker});
        const auto connection = cluster.connection_to_node(broker.node_id);
        if (connection)
            state.spoken = (*connection)->spoken();
        else
            code = report(connection.error());
    }
    const auto first = std::ranges::find_if(
        states, [](const BrokerState& state) { return state.spoken.has_value(); });
    const auto spoken = first == states.end() ? kafka::ApiVersionsResponse{} : *first->spoken;
    if (!session.json) {
        print_text(cluster, states, spoken, options);
        return code;
    }
    boost::json::object object{{"cluster_id", cluster.cluster_id()},
                               {"controller", cluster.controller_id()}};
    object["brokers"] = to_json(brokers_table(cluster, states));
    object["features"] = to_json(features_table(spoken));
    object["apis"] = to_json(apis_table(spoken));
    print(boost::json::value(boost::json::array{std::move(object)}));
    return code;
}

}  // namespace

void add_cluster(Command& root, Session& session) {
    auto options = std::make_shared<ClusterFlags>();
    auto& command = root.add("cluster", "Show the brokers, their addresses and features");
    command.flag("-a,--apis", options->apis, "Also the APIs and versions that a broker speaks");
    run_with(command, session, options, describe);
}

}  // namespace leat::cli
