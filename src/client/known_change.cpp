// Asks brokers for a topic until they show it changed.
#include "client/known_change.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace leat::client {
namespace {

using kafka::ErrorCode;

Error still_unknown(const std::string& topic, std::int32_t node_id) {
    return {Errc::timed_out, "topic '" + topic + "' is changed, but broker "
                                 + std::to_string(node_id)
                                 + " has not heard of it yet; ask it again later"};
}

Result<void> wait_for_broker(Cluster& cluster, std::int32_t node_id,
                             const kafka::MetadataRequest& request, const ShowsChange& shows,
                             MonoTime deadline) {
    std::optional<std::string> late;
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - now());
        const auto metadata = cluster.call<Metadata>(
            Target::node(node_id), request,
            {.timeout = left, .retry_codes = false, .retry_transport = false});
        // The deadline may come in the middle of a question, too.
        if (!metadata && late && metadata.error().code == Errc::timed_out)
            return still_unknown(*late, node_id);
        if (!metadata) return {};
        const auto& topics = metadata->topics;
        const auto shown_late = std::ranges::find_if_not(topics, shows);
        if (shown_late == topics.end()) return {};
        late = shown_late->name.value_or("");
        const auto backoff = cluster.options().retry_backoff;
        if (now() + backoff >= deadline) return still_unknown(*late, node_id);
        pause_for(backoff);
    }
}

}  // namespace

Result<void> wait_until_known(Cluster& cluster, const std::vector<std::string>& topics,
                              const ShowsChange& shows) {
    if (topics.empty()) return {};
    kafka::MetadataRequest request;
    request.allow_auto_topic_creation = false;
    request.topics.emplace();
    for (const auto& name : topics) request.topics->push_back({{}, name});
    cluster.forget_topics();
    const auto deadline = now() + cluster.options().timeout;
    const auto brokers = cluster.brokers();
    for (const auto& broker : brokers)
        if (auto known = wait_for_broker(cluster, broker.node_id, request, shows, deadline); !known)
            return known;
    return {};
}

bool shows_creation(const Topic& topic) {
    const auto led = [](const Topic::MetadataResponsePartition& p) { return p.leader_id >= 0; };
    if (topic.error_code == ErrorCode::none) return std::ranges::all_of(topic.partitions, led);
    // What the broker will not show for another reason is not worth waiting for.
    return topic.error_code != ErrorCode::unknown_topic_or_partition
           && topic.error_code != ErrorCode::leader_not_available;
}

}  // namespace leat::client
