#include "broker/api_table.hpp"

#include <algorithm>
#include <array>

#include "base/log.hpp"
#include "broker/api/handlers.hpp"

namespace leat::broker {
namespace {

using namespace kafka;

template <class RequestBody, class Response>
using Handler = void (*)(Broker&, Request<RequestBody>, const Reply<Response>&);

template <class Body, class Response, Handler<Body, Response> handler>
void dispatch(Broker& broker, RequestContext context, ByteView body) {
    auto message = decode_front<Body>(body, context.version(), context.frame);
    if (!message) {
        log::warn("malformed request: connection closed", {{"api", static_cast<int>(Body::api)},
                                                           {"version", context.version()},
                                                           {"client", context.client->host}});
        return context.close();
    }
    const Reply<Response> reply{context};
    handler(broker, {std::move(*message), std::move(context)}, reply);
}

template <class Body, class Response, Handler<Body, Response> handler>
constexpr ApiRow row(std::string_view name) {
    return {Body::api, name, Body::versions, Body::versions.min,
            &dispatch<Body, Response, handler>};
}

// librdkafka up to 2.11.0 gives up compression where Produce 0–2 are not advertised, though it
// never sends them (KAFKA-18659); Kafka 4 advertises them for that reason, and refuses them.
template <class Body, class Response, Handler<Body, Response> handler>
constexpr ApiRow row_advertised_from_0(std::string_view name) {
    auto result = row<Body, Response, handler>(name);
    result.advertised_min = 0;
    return result;
}

#define LEAT_API(make, Message, handler) \
    make<Message##Request, Message##Response, handler>(#Message)

constexpr std::array table = {
    LEAT_API(row_advertised_from_0, Produce, produce),
    LEAT_API(row, Fetch, fetch),
    LEAT_API(row, ListOffsets, list_offsets),
    LEAT_API(row, Metadata, metadata),
    LEAT_API(row, OffsetCommit, offset_commit),
    LEAT_API(row, OffsetFetch, offset_fetch),
    LEAT_API(row, FindCoordinator, find_coordinator),
    LEAT_API(row, JoinGroup, join_group),
    LEAT_API(row, Heartbeat, heartbeat),
    LEAT_API(row, LeaveGroup, leave_group),
    LEAT_API(row, SyncGroup, sync_group),
    LEAT_API(row, DescribeGroups, describe_groups),
    LEAT_API(row, ListGroups, list_groups),
    LEAT_API(row, ApiVersions, api_versions),
    LEAT_API(row, CreateTopics, create_topics),
    LEAT_API(row, DeleteTopics, delete_topics),
    LEAT_API(row, DeleteRecords, delete_records),
    LEAT_API(row, InitProducerId, init_producer_id),
    LEAT_API(row, OffsetForLeaderEpoch, offset_for_leader_epoch),
    LEAT_API(row, DescribeConfigs, describe_configs),
    LEAT_API(row, AlterConfigs, alter_configs),
    LEAT_API(row, DescribeLogDirs, describe_log_dirs),
    LEAT_API(row, CreatePartitions, create_partitions),
    LEAT_API(row, DeleteGroups, delete_groups),
    LEAT_API(row, IncrementalAlterConfigs, incremental_alter_configs),
    LEAT_API(row, OffsetDelete, offset_delete),
    LEAT_API(row, DescribeCluster, describe_cluster),
    LEAT_API(row, DescribeTopicPartitions, describe_topic_partitions),
};

#undef LEAT_API

}  // namespace

std::span<const ApiRow> api_table() { return table; }

const ApiRow* find_api(std::int16_t key) {
    const auto at = std::ranges::find(table, static_cast<ApiKey>(key), &ApiRow::key);
    return at == table.end() ? nullptr : &*at;
}

std::string protocol_page() {
    std::string page =
        "# The protocol\n\nGenerated from the API table (`src/broker/api_table.cpp`); a test holds "
        "it "
        "to the code.\nVersions are those of Apache Kafka 4.x. "
        "An API that is not listed is not advertised.\n\n"
        "| key | API | versions | flexible from |\n|--:|--|--|--:|\n";
    for (const auto& row : table) {
        page +=
            "| " + std::to_string(static_cast<int>(row.key)) + " | " + std::string{row.name} + " | "
            + std::to_string(row.versions.min) + "–" + std::to_string(row.versions.max) + " | "
            + (row.versions.is_flexible(row.versions.max) ? std::to_string(row.versions.flexible)
                                                          : "–")
            + " |\n";
    }
    page +=
        "\nNot spoken yet: transactions (24–26, 28), SASL (17, 36), ACLs (29–31), quotas (48, 49), "
        "KIP-848 groups (68, 69), share groups (76–79), telemetry (71, 72). Idempotent producers "
        "are served; a transactional one is refused when it asks for its coordinator.\n";
    return page;
}

}  // namespace leat::broker
