#include "broker/api_table.hpp"

#include <algorithm>
#include <array>

#include "broker/api/handlers.hpp"
#include "broker/broker.hpp"

namespace leat::broker {
namespace {

using namespace kafka;

template <class RequestBody, class Response>
using Handler = void (*)(Broker&, Request<RequestBody>, const Reply<Response>&);

template <class Body, class Response, Handler<Body, Response> handler>
void dispatch(Broker& broker, RequestContext context, ByteView body) {
    auto message = decode_front<Body>(body, context.version(), context.frame);
    if (!message) {
        broker.events().warn("malformed request: connection closed",
                             {{"api", find_api(context.header.api_key)->name},
                              {"version", context.version()},
                              {"client", context.client->host}});
        return context.close();
    }
    const Reply<Response> reply{context};
    handler(broker, {std::move(*message), std::move(context)}, reply);
}

template <class Body, class Response, Handler<Body, Response> handler>
constexpr ApiRow row(std::string_view name, std::optional<Authorization> authorized_by) {
    return {Body::api,          name,          Body::versions,
            Body::versions.min, authorized_by, &dispatch<Body, Response, handler>};
}

// librdkafka up to 2.11.0 gives up compression where Produce 0–2 are not advertised, though it
// never sends them (KAFKA-18659); Kafka 4 advertises them for that reason, and refuses them.
template <class Body, class Response, Handler<Body, Response> handler>
constexpr ApiRow row_advertised_from_0(std::string_view name,
                                       std::optional<Authorization> authorized_by) {
    auto result = row<Body, Response, handler>(name, authorized_by);
    result.advertised_min = 0;
    return result;
}

constexpr std::optional<Authorization> everybody = std::nullopt;

constexpr std::optional<Authorization> on(ResourceType resource, AclOperation operation) {
    return Authorization{operation, resource};
}

using Op = AclOperation;
constexpr auto topic = ResourceType::topic;
constexpr auto group = ResourceType::group;
constexpr auto cluster = ResourceType::cluster;
constexpr auto transaction = ResourceType::transactional_id;

#define LEAT_API(make, Message, handler, authorized_by) \
    make<Message##Request, Message##Response, handler>(#Message, authorized_by)

constexpr std::array table = {
    LEAT_API(row_advertised_from_0, Produce, produce, on(topic, Op::write)),
    LEAT_API(row, Fetch, fetch, on(topic, Op::read)),
    LEAT_API(row, ListOffsets, list_offsets, on(topic, Op::describe)),
    LEAT_API(row, Metadata, metadata, on(topic, Op::describe)),
    LEAT_API(row, OffsetCommit, offset_commit, on(group, Op::read)),
    LEAT_API(row, OffsetFetch, offset_fetch, on(group, Op::describe)),
    LEAT_API(row, FindCoordinator, find_coordinator, on(group, Op::describe)),
    LEAT_API(row, JoinGroup, join_group, on(group, Op::read)),
    LEAT_API(row, Heartbeat, heartbeat, on(group, Op::read)),
    LEAT_API(row, LeaveGroup, leave_group, on(group, Op::read)),
    LEAT_API(row, SyncGroup, sync_group, on(group, Op::read)),
    LEAT_API(row, DescribeGroups, describe_groups, on(group, Op::describe)),
    LEAT_API(row, ListGroups, list_groups, on(cluster, Op::describe)),
    LEAT_API(row, ApiVersions, api_versions, everybody),
    LEAT_API(row, CreateTopics, create_topics, on(cluster, Op::create)),
    LEAT_API(row, DeleteTopics, delete_topics, on(topic, Op::remove)),
    LEAT_API(row, DeleteRecords, delete_records, on(topic, Op::remove)),
    LEAT_API(row, InitProducerId, init_producer_id, on(cluster, Op::idempotent_write)),
    LEAT_API(row, OffsetForLeaderEpoch, offset_for_leader_epoch, on(topic, Op::describe)),
    LEAT_API(row, AddPartitionsToTxn, add_partitions_to_txn, on(transaction, Op::write)),
    LEAT_API(row, AddOffsetsToTxn, add_offsets_to_txn, on(transaction, Op::write)),
    LEAT_API(row, EndTxn, end_txn, on(transaction, Op::write)),
    LEAT_API(row, WriteTxnMarkers, write_txn_markers, on(cluster, Op::alter)),
    LEAT_API(row, TxnOffsetCommit, txn_offset_commit, on(transaction, Op::write)),
    LEAT_API(row, DescribeConfigs, describe_configs, on(topic, Op::describe_configs)),
    LEAT_API(row, AlterConfigs, alter_configs, on(topic, Op::alter_configs)),
    LEAT_API(row, DescribeLogDirs, describe_log_dirs, on(cluster, Op::describe)),
    LEAT_API(row, CreatePartitions, create_partitions, on(topic, Op::alter)),
    LEAT_API(row, DeleteGroups, delete_groups, on(group, Op::remove)),
    LEAT_API(row, IncrementalAlterConfigs, incremental_alter_configs, on(topic, Op::alter_configs)),
    LEAT_API(row, OffsetDelete, offset_delete, on(group, Op::remove)),
    LEAT_API(row, DescribeCluster, describe_cluster, on(cluster, Op::describe)),
    LEAT_API(row, DescribeProducers, describe_producers, on(topic, Op::read)),
    LEAT_API(row, DescribeTransactions, describe_transactions, on(transaction, Op::describe)),
    LEAT_API(row, ListTransactions, list_transactions, on(transaction, Op::describe)),
    LEAT_API(row, ConsumerGroupHeartbeat, consumer_group_heartbeat, on(group, Op::read)),
    LEAT_API(row, DescribeTopicPartitions, describe_topic_partitions, on(topic, Op::describe)),
};

#undef LEAT_API

}  // namespace

std::span<const ApiRow> api_table() { return table; }

const ApiRow* find_api(std::int16_t key) {
    const auto at = std::ranges::find(table, static_cast<ApiKey>(key), &ApiRow::key);
    return at == table.end() ? nullptr : &*at;
}

}  // namespace leat::broker
