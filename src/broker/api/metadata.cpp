// Metadata 0–13 (topics by id: KIP-516), DescribeCluster 0–2 (KIP-700) and DescribeTopicPartitions
// 0 (KIP-966): what there is and where. All is here, under the address of the client's listener. A
// topic that is asked for by name is created first where client and broker allow it.
#include <algorithm>

#include "broker/api/handlers.hpp"
#include "broker/api/refused.hpp"
#include "broker/broker.hpp"
#include "broker/gather.hpp"
#include "kafka/acl.hpp"

namespace leat::broker {
namespace {

using namespace kafka;
using MetadataTopic = MetadataResponse::MetadataResponseTopic;

// Nobody is authorised for more or less than another: every operation of the resource's type.
using Op = AclOperation;
constexpr auto topic_operations = bits_of({Op::read, Op::write, Op::create, Op::remove, Op::alter,
                                           Op::describe, Op::describe_configs, Op::alter_configs});
constexpr auto cluster_operations =
    bits_of({Op::create, Op::alter, Op::describe, Op::cluster_action, Op::describe_configs,
             Op::alter_configs, Op::idempotent_write});

using PendingMetadata = Gather<MetadataResponse>;

void describe(const Broker& broker, const Topic& topic, MetadataTopic& answer,
              bool with_operations) {
    answer.error_code = ErrorCode::none;
    answer.name = topic.name;
    answer.topic_id = topic.id;
    answer.is_internal = topic.is_internal();
    if (with_operations) answer.topic_authorized_operations = topic_operations;
    for (const auto& partition : topic.partitions) {
        auto& p = answer.partitions.emplace_back();
        if (partition->log().is_offline()) p.error_code = ErrorCode::kafka_storage_error;
        p.partition_index = partition->id().partition;
        p.leader_id = broker.node_id();
        p.leader_epoch = partition->log().leader_epoch();
        p.replica_nodes = {broker.node_id()};
        p.isr_nodes = {broker.node_id()};
    }
}

// Fills in a topic asked for by name, creating it first where client and broker allow that.
void by_name(Broker& broker, const Request<MetadataRequest>& asked, const std::string& name,
             const std::shared_ptr<PendingMetadata>& pending, std::size_t index) {
    const auto& request = asked.body;
    auto& answer = pending->response.topics[index];
    answer.name = name;
    if (const auto topic = broker.topics().find(name))
        return describe(broker, *topic, answer, request.include_topic_authorized_operations);
    answer.error_code = ErrorCode::unknown_topic_or_partition;
    if (auto named = check_topic_name(name); !named)
        answer.error_code = ErrorCode::invalid_topic_exception;
    else if (request.allow_auto_topic_creation
             && broker.config().flag("auto.create.topics.enable")) {
        broker.topics().create(
            {.name = name, .overrides = {}},
            pending->part(
                [&broker, &late = answer, name, context = asked.context,
                 operations = request.include_topic_authorized_operations](const Refusal& refusal) {
                    tell_of_refused_creation(broker, context, name, refusal);
                    late.error_code = refusal.code;
                    const auto topic = broker.topics().find(name);
                    if (topic) describe(broker, *topic, late, operations);
                    // Another client is making it this very moment: the client asks again.
                    if (!topic && refusal.code == ErrorCode::topic_already_exists)
                        late.error_code = ErrorCode::leader_not_available;
                }));
    }
}

void by_id(const Broker& broker, Topics& topics, const MetadataRequest& request, const Uuid& id,
           MetadataTopic& answer) {
    answer.topic_id = id;
    if (const auto topic = topics.find(id))
        return describe(broker, *topic, answer, request.include_topic_authorized_operations);
    answer.error_code = ErrorCode::unknown_topic_id;
}

}  // namespace

void metadata(Broker& broker, Request<MetadataRequest> request,
              const Reply<MetadataResponse>& reply) {
    const auto pending = make_gather<MetadataResponse>(reply);
    auto& response = pending->response;
    const auto& told = request.context.client->told;
    response.brokers.push_back({broker.node_id(), told.host, told.port, std::nullopt});
    response.cluster_id = broker.cluster_id();
    response.controller_id = broker.node_id();
    if (request.body.include_cluster_authorized_operations)
        response.cluster_authorized_operations = cluster_operations;
    const auto& wanted = request.body.topics;
    // Version 0 knows no null: there an empty list means all topics.
    if (!wanted || (request.version() == 0 && wanted->empty())) {
        for (const auto& [name, topic] : broker.topics().all())
            describe(broker, *topic, response.topics.emplace_back(),
                     request.body.include_topic_authorized_operations);
    } else {
        response.topics.resize(wanted->size());
        for (std::size_t i = 0; i < wanted->size(); ++i) {
            const auto& topic = (*wanted)[i];
            if (topic.name)
                by_name(broker, request, *topic.name, pending, i);
            else
                by_id(broker, broker.topics(), request.body, topic.topic_id, response.topics[i]);
        }
    }
    pending->one_done();
}

void describe_cluster(Broker& broker, Request<DescribeClusterRequest> request,
                      const Reply<DescribeClusterResponse>& reply) {
    DescribeClusterResponse response;
    constexpr std::int8_t brokers = 1;
    response.endpoint_type = brokers;
    if (request.body.endpoint_type != brokers) {
        response.error_code = ErrorCode::unsupported_endpoint_type;
        response.error_message = "This listener serves brokers, not controllers.";
        return reply(response);
    }
    response.cluster_id = broker.cluster_id();
    response.controller_id = broker.node_id();
    auto& node = response.brokers.emplace_back();
    node.broker_id = broker.node_id();
    node.host = request.context.client->told.host;
    node.port = request.context.client->told.port;
    if (request.body.include_cluster_authorized_operations)
        response.cluster_authorized_operations = cluster_operations;
    reply(response);
}

void describe_topic_partitions(Broker& broker, Request<DescribeTopicPartitionsRequest> request,
                               const Reply<DescribeTopicPartitionsResponse>& reply) {
    DescribeTopicPartitionsResponse response;
    const auto& cursor = request.body.cursor;
    if (cursor && cursor->partition_index < 0) {
        response.topics.emplace_back().error_code = ErrorCode::invalid_request;
        return reply(response);
    }
    std::vector<std::string> names;
    for (const auto& topic : request.body.topics) names.push_back(topic.name);
    if (names.empty())
        for (const auto& [name, topic] : broker.topics().all()) names.push_back(name);
    std::ranges::sort(names);
    auto left = std::min<std::int64_t>(request.body.response_partition_limit,
                                       broker.config().number("max.request.partition.size.limit"));
    for (const auto& name : names) {
        if (cursor && name < cursor->topic_name) continue;
        const auto topic = broker.topics().find(name);
        if (!topic) {
            auto& missing = response.topics.emplace_back();
            missing.error_code = check_topic_name(name) ? ErrorCode::unknown_topic_or_partition
                                                        : ErrorCode::invalid_topic_exception;
            missing.name = name;
            continue;
        }
        const std::size_t from = cursor && name == cursor->topic_name
                                     ? static_cast<std::size_t>(cursor->partition_index)
                                     : 0;
        if (left <= 0) {
            response.next_cursor = DescribeTopicPartitionsResponse::Cursor{name, 0};
            break;
        }
        auto& answer = response.topics.emplace_back();
        answer.name = topic->name;
        answer.topic_id = topic->id;
        answer.is_internal = topic->is_internal();
        answer.topic_authorized_operations = topic_operations;
        for (auto i = from; i < topic->partitions.size(); ++i) {
            if (left-- <= 0) {
                response.next_cursor =
                    DescribeTopicPartitionsResponse::Cursor{name, static_cast<std::int32_t>(i)};
                return reply(response);
            }
            auto& p = answer.partitions.emplace_back();
            p.partition_index = static_cast<std::int32_t>(i);
            p.leader_id = broker.node_id();
            p.leader_epoch = topic->partitions[i]->log().leader_epoch();
            p.replica_nodes = {broker.node_id()};
            p.isr_nodes = {broker.node_id()};
            p.eligible_leader_replicas.emplace();
            p.last_known_elr.emplace();
        }
    }
    reply(response);
}

}  // namespace leat::broker
