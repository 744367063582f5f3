// Groups of the classic protocol: FindCoordinator 0–6 (several at once: KIP-699), JoinGroup 0–9
// (member ids first: KIP-394, static members: KIP-345), SyncGroup 0–5, Heartbeat 0–4, LeaveGroup
// 0–5, OffsetCommit 2–10, OffsetFetch 1–10 (several groups: KIP-709), OffsetDelete 0 (KIP-496),
// ListGroups 0–5 (states: KIP-518), DescribeGroups 0–6, DeleteGroups 0–3 (KIP-229). Each goes to
// the coordinator, which answers now or when its write is durable.
#include "broker/api/handlers.hpp"
#include "broker/api/refused.hpp"
#include "broker/broker.hpp"
#include "kafka/acl.hpp"

namespace leat::broker {
namespace {

using namespace kafka;

constexpr std::int8_t group_key = 0;  // FindCoordinatorRequest's key types
constexpr std::int8_t transaction_key = 1;

constexpr auto group_operations =
    bits_of({AclOperation::read, AclOperation::remove, AclOperation::describe,
             AclOperation::describe_configs, AclOperation::alter_configs});

// Hands the request to the coordinator's member function `method`.
template <class Response, class Body, class... More>
void forward(Broker& broker, Request<Body> request, std::function<void(const Response&)> reply,
             Effects (GroupCoordinator::*method)(const Body&, std::int16_t, const GroupContext&,
                                                 More...),
             std::type_identity_t<More>... more) {
    broker.groups().run(
        request.context,
        [&](GroupCoordinator& groups, const GroupContext& context) {
            return (groups.*method)(request.body, request.version(), context, more...);
        },
        [reply = std::move(reply)](GroupResponse response) {
            reply(std::get<Response>(response));
        });
}

// Asks the coordinator without changing it.
template <class Response, class Body>
void ask(Broker& broker, Request<Body> request, std::function<void(Response)> answered,
         Effects (GroupCoordinator::*method)(const Body&, std::int16_t, const GroupContext&)
             const) {
    broker.groups().run(
        request.context,
        [&](GroupCoordinator& groups, const GroupContext& context) {
            return (groups.*method)(request.body, request.version(), context);
        },
        [answered = std::move(answered)](GroupResponse response) {
            answered(std::get<Response>(std::move(response)));
        });
}

PartitionJudge existing_partitions(Broker& broker) {
    return [&topics = broker.topics()](const std::string& name, std::int32_t partition) {
        const auto topic = topics.find(name);
        return topic && topic->partition(partition) ? ErrorCode::none
                                                    : ErrorCode::unknown_topic_or_partition;
    };
}

std::string name_of_topic(Broker& broker, const Uuid& id) {
    const auto topic = broker.topics().find(id);
    return topic ? topic->name : std::string{};
}

}  // namespace

void find_coordinator(Broker& broker, Request<FindCoordinatorRequest> request,
                      const Reply<FindCoordinatorResponse>& reply) {
    const auto type = request.body.key_type;
    if (type == group_key || type == transaction_key) {
        const auto tell = [&broker, request, reply](ErrorCode ready) {
            FindCoordinatorResponse response;
            const bool ok = ready == ErrorCode::none;
            const auto fill = [&](auto& to) {
                to.error_code = ready;
                to.node_id = ok ? broker.node_id() : -1;
                to.host = ok ? request.context.client->told.host : "";
                to.port = ok ? request.context.client->told.port : -1;
            };
            if (request.version() < 4) {
                fill(response);
            } else {
                for (const auto& key : request.body.coordinator_keys) {
                    auto& coordinator = response.coordinators.emplace_back();
                    coordinator.key = key;
                    fill(coordinator);
                }
            }
            reply(response);
        };
        return type == group_key ? broker.groups().when_ready(tell)
                                 : broker.transactions().when_ready(tell);
    }
    FindCoordinatorResponse response;
    const auto refuse = [&](auto& to) {
        to.error_code = ErrorCode::invalid_request;
        to.error_message = "There is no coordinator of this type.";
        to.node_id = -1;
        to.port = -1;
    };
    if (request.version() < 4) refuse(response);
    for (const auto& key : request.body.coordinator_keys) {
        auto& coordinator = response.coordinators.emplace_back();
        coordinator.key = key;
        refuse(coordinator);
    }
    reply(response);
}

void join_group(Broker& broker, Request<JoinGroupRequest> request,
                const Reply<JoinGroupResponse>& reply) {
    // A client may go on with a coordinator that it found before the topic of offsets existed.
    broker.groups().when_ready([&broker, request = std::move(request), reply](ErrorCode ready) {
        if (ready == ErrorCode::none) {
            return forward<JoinGroupResponse>(
                broker, request,
                [&broker, context = request.context, group = request.body.group_id,
                 reply](const JoinGroupResponse& response) {
                    tell_of_refused_join(broker, context, group, response.error_code);
                    reply(response);
                },
                &GroupCoordinator::join_group);
        }
        JoinGroupResponse refusal;
        refusal.error_code = ready;
        reply(refusal);
    });
}

void sync_group(Broker& broker, Request<SyncGroupRequest> request,
                const Reply<SyncGroupResponse>& reply) {
    forward<SyncGroupResponse>(broker, std::move(request), reply, &GroupCoordinator::sync_group);
}

void heartbeat(Broker& broker, Request<HeartbeatRequest> request,
               const Reply<HeartbeatResponse>& reply) {
    forward<HeartbeatResponse>(broker, std::move(request), reply, &GroupCoordinator::heartbeat);
}

void leave_group(Broker& broker, Request<LeaveGroupRequest> request,
                 const Reply<LeaveGroupResponse>& reply) {
    forward<LeaveGroupResponse>(broker, std::move(request), reply, &GroupCoordinator::leave_group);
}

void offset_commit(Broker& broker, Request<OffsetCommitRequest> request,
                   const Reply<OffsetCommitResponse>& reply) {
    if (request.version() >= 10)
        for (auto& topic : request.body.topics) topic.name = name_of_topic(broker, topic.topic_id);
    broker.groups().when_ready([&broker, request = std::move(request), reply](ErrorCode) {
        forward<OffsetCommitResponse>(broker, request, reply, &GroupCoordinator::offset_commit,
                                      existing_partitions(broker), std::nullopt);
    });
}

void offset_fetch(Broker& broker, Request<OffsetFetchRequest> request,
                  const Reply<OffsetFetchResponse>& reply) {
    const auto version = request.version();
    if (version >= 10)
        for (auto& group : request.body.groups)
            if (group.topics)
                for (auto& topic : *group.topics)
                    topic.name = name_of_topic(broker, topic.topic_id);
    broker.groups().run(
        request.context,
        [&](GroupCoordinator& groups, const GroupContext& context) {
            return groups.offset_fetch(request.body, version, context);
        },
        [&broker, version, reply](GroupResponse answer) {
            auto& response = std::get<OffsetFetchResponse>(answer);
            if (version >= 10)
                for (auto& group : response.groups)
                    for (auto& topic : group.topics)
                        if (topic.topic_id.is_zero())
                            if (const auto found = broker.topics().find(topic.name))
                                topic.topic_id = found->id;
            reply(response);
        });
}

void offset_delete(Broker& broker, Request<OffsetDeleteRequest> request,
                   const Reply<OffsetDeleteResponse>& reply) {
    forward<OffsetDeleteResponse>(broker, std::move(request), reply,
                                  &GroupCoordinator::offset_delete, existing_partitions(broker));
}

void list_groups(Broker& broker, Request<ListGroupsRequest> request,
                 const Reply<ListGroupsResponse>& reply) {
    ask<ListGroupsResponse>(
        broker, std::move(request),
        [reply](const ListGroupsResponse& response) { reply(response); },
        &GroupCoordinator::list_groups);
}

void describe_groups(Broker& broker, Request<DescribeGroupsRequest> request,
                     const Reply<DescribeGroupsResponse>& reply) {
    const bool operations = request.body.include_authorized_operations;
    ask<DescribeGroupsResponse>(
        broker, std::move(request),
        [reply, operations](DescribeGroupsResponse response) {
            if (operations)
                for (auto& group : response.groups) group.authorized_operations = group_operations;
            reply(response);
        },
        &GroupCoordinator::describe_groups);
}

void delete_groups(Broker& broker, Request<DeleteGroupsRequest> request,
                   const Reply<DeleteGroupsResponse>& reply) {
    forward<DeleteGroupsResponse>(broker, std::move(request), reply,
                                  &GroupCoordinator::delete_groups);
}

}  // namespace leat::broker
