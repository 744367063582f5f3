#include "load/cluster.hpp"

#include "client/offsets.hpp"
#include "kafka/header.hpp"
#include "kafka/messages/produce.hpp"

namespace leat::bench {
namespace {

constexpr std::chrono::milliseconds between_tries{5};

}  // namespace

client::Cluster reach(const Options& options) {
    return must(client::Cluster::connect({.bootstrap = options.bootstrap,
                                          .connection = {},
                                          .timeout = cluster_patience,
                                          .retry_backoff = between_tries,
                                          .first_contact = cluster_patience}));
}

void wait_for_ends(client::Cluster& cluster, const std::string& topic, int partitions) {
    std::vector<client::OffsetQuery> queries;
    queries.reserve(static_cast<std::size_t>(partitions));
    for (int p = 0; p < partitions; ++p) queries.push_back({.partition = {topic, p}});
    const auto deadline = client::now() + cluster_patience;
    auto found = client::list_offsets(cluster, queries);
    while (!found && found.error().code == Errc::not_found && client::now() < deadline) {
        client::pause_for(between_tries);
        found = client::list_offsets(cluster, queries);
    }
    for (const auto& each : must(std::move(found)))
        if (each.error_code != kafka::ErrorCode::none)
            give_up(client::broker_error("find the end of " + each.partition.to_string(),
                                         each.error_code)
                        .what);
}

Bytes produce_frame(const std::string& topic, std::int32_t partition, Bytes batch,
                    std::int16_t version) {
    kafka::ProduceRequest request;
    request.acks = -1;
    request.timeout_ms = 30'000;
    auto& wanted = request.topic_data.emplace_back();
    wanted.name = topic;
    wanted.partition_data.push_back(
        {.index = partition, .records = {.slices = {SharedSlice::of(std::move(batch))}}});
    return kafka::request_frame(request, version, 1, "bench").flat();
}

}  // namespace leat::bench
