// Produce 3–13: each batch is checked, appended, and acknowledged when it is as safe as was asked.
// Idempotent producers (KIP-98) are served, transactional ones refused; topics go by their ids in
// version 13 (KIP-516). InitProducerId 0–5 gives out producer ids.
#include "base/log.hpp"
#include "broker/api/handlers.hpp"
#include "broker/batch_rules.hpp"
#include "broker/broker.hpp"
#include "broker/faults.hpp"
#include "broker/gather.hpp"

namespace leat::broker {
namespace {

using namespace kafka;
using TopicData = ProduceRequest::TopicProduceData;
using PartitionData = TopicData::PartitionProduceData;
using PartitionResponse = ProduceResponse::TopicProduceResponse::PartitionProduceResponse;

using PendingProduce = Gather<ProduceResponse>;

void fail(PartitionResponse& response, ErrorCode code, std::string message) {
    response.error_code = code;
    response.base_offset = -1;
    response.log_append_time_ms = -1;
    response.log_start_offset = -1;
    response.error_message = std::move(message);
}

// The frame belongs to this request alone, so its batches may be patched where they lie.
std::span<std::byte> writable(ByteView bytes) {
    return {const_cast<std::byte*>(bytes.data()), bytes.size()};
}

// Hears whether a batch became safe. `response` stays where it is: the vectors of the answer are
// complete before this.
auto when_safe(const std::shared_ptr<Partition>& partition,
               const std::shared_ptr<PendingProduce>& pending, PartitionResponse& response) {
    return pending->part([&response, partition](const Result<void>& safe) {
        if (!safe && response.error_code == ErrorCode::none)
            fail(response,
                 partition->is_closed() ? ErrorCode::unknown_topic_or_partition
                                        : ErrorCode::kafka_storage_error,
                 "The batch could not be made durable: " + safe.error().what);
    });
}

// By kind, a literal each: a flood of one kind leaves the others their lines.
std::string_view refusal_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::message_too_large:
        case ErrorCode::record_list_too_large:
            return "a batch is refused: too large";
        case ErrorCode::out_of_order_sequence_number:
        case ErrorCode::invalid_producer_epoch:
            return "a batch is refused: not the next of its producer";
        case ErrorCode::kafka_storage_error:
            return "a batch is refused: its log takes none";
        default:
            return "a batch is refused: not valid";
    }
}

void tell_of_refused(Broker& broker, const Partition& partition, const ClientInfo& client,
                     const PartitionResponse& response, bool no_room = false) {
    const auto id = partition.id().to_string();
    const auto why = response.error_message.value_or("");
    const log::Fields fields{{"partition", id},
                             {"error", name_of(response.error_code)},
                             {"why", why},
                             {"client", client.host}};
    if (no_room)
        broker.events().warn("a batch is refused: no room", fields);
    else
        broker.events().info(refusal_of(response.error_code), fields);
}

// Appends one partition's batch.
void append(Broker& broker, const Topic& topic, const std::shared_ptr<Partition>& partition,
            const Request<ProduceRequest>& request, const PartitionData& data,
            const std::shared_ptr<PendingProduce>& pending, PartitionResponse& response) {
    const auto now = broker.runtime().clock.wall_ms();
    const auto verdict = judge_batch({writable(data.records.bytes()), request.context.frame},
                                     batch_rules(topic, request, now));
    if (verdict.code != ErrorCode::none) {
        fail(response, verdict.code, verdict.message);
        for (const auto index : verdict.bad_records)
            response.record_errors.push_back({index, verdict.message});
        return tell_of_refused(broker, *partition, *request.context.client, response);
    }
    storage::CommitQueue::Done safe;
    if (request.body.acks == -1) safe = when_safe(partition, pending, response);
    auto outcome = partition->queue().append(verdict.batch, now, storage::AppendOrigin::client,
                                             std::move(safe));
    if (outcome.fault != storage::LogFault::none) {
        fail(response, error_of(outcome.fault), std::move(outcome.what));
        return tell_of_refused(broker, *partition, *request.context.client, response,
                               outcome.fault == storage::LogFault::no_space);
    }
    response.base_offset = outcome.base_offset;
    response.log_append_time_ms = outcome.append_time;
    response.log_start_offset = outcome.log_start;
}

void produce_partition(Broker& broker, const std::shared_ptr<Topic>& topic,
                       const Request<ProduceRequest>& request, const PartitionData& data,
                       const std::shared_ptr<PendingProduce>& pending,
                       PartitionResponse& response) {
    const auto partition = topic ? topic->partition(data.index) : nullptr;
    if (!partition)
        return fail(response,
                    request.version() >= 13 && !topic ? ErrorCode::unknown_topic_id
                                                      : ErrorCode::unknown_topic_or_partition,
                    "This server does not host this topic-partition.");
    append(broker, *topic, partition, request, data, pending, response);
}

void lay_out(const ProduceRequest& request, ProduceResponse& response) {
    response.responses.resize(request.topic_data.size());
    for (std::size_t t = 0; t < request.topic_data.size(); ++t) {
        const auto& topic = request.topic_data[t];
        auto& answer = response.responses[t];
        answer.name = topic.name;
        answer.topic_id = topic.topic_id;
        answer.partition_responses.resize(topic.partition_data.size());
        for (std::size_t p = 0; p < topic.partition_data.size(); ++p)
            answer.partition_responses[p].index = topic.partition_data[p].index;
    }
}

void fail_all(ProduceResponse& response, ErrorCode code, const std::string& message) {
    for (auto& topic : response.responses)
        for (auto& partition : topic.partition_responses) fail(partition, code, message);
}

bool has_error(const ProduceResponse& response) {
    for (const auto& topic : response.responses)
        for (const auto& partition : topic.partition_responses)
            if (partition.error_code != ErrorCode::none) return true;
    return false;
}

}  // namespace

void produce(Broker& broker, Request<ProduceRequest> request, const Reply<ProduceResponse>& reply) {
    const auto& body = request.body;
    const auto pending = make_gather<ProduceResponse>(reply);
    lay_out(body, pending->response);
    if (body.acks < -1 || body.acks > 1) {
        fail_all(pending->response, ErrorCode::invalid_required_acks,
                 "acks must be -1 (all), 0 or 1.");
    } else if (body.transactional_id) {
        fail_all(pending->response, ErrorCode::transactional_id_authorization_failed,
                 "This broker does not serve transactions yet.");
    } else {
        for (std::size_t t = 0; t < body.topic_data.size(); ++t) {
            const auto& data = body.topic_data[t];
            const auto topic = request.version() >= 13 ? broker.topics().find(data.topic_id)
                                                       : broker.topics().find(data.name);
            auto& answers = pending->response.responses[t].partition_responses;
            for (std::size_t p = 0; p < data.partition_data.size(); ++p)
                produce_partition(broker, topic, request, data.partition_data[p], pending,
                                  answers[p]);
        }
    }
    if (body.acks == 0) {
        // The producer hears nothing: that the connection closes is its only sign of an error.
        return has_error(pending->response) ? reply.close() : reply.nothing();
    }
    pending->one_done();
}

void init_producer_id(Broker& broker, Request<InitProducerIdRequest> request,
                      const Reply<InitProducerIdResponse>& reply) {
    InitProducerIdResponse response;
    if (request.body.transactional_id) {
        response.error_code = request.body.transactional_id->empty()
                                  ? ErrorCode::invalid_request
                                  : ErrorCode::transactional_id_authorization_failed;
        return reply(response);
    }
    broker.producer_ids().next([reply, response](const Result<std::int64_t>& id) mutable {
        if (id)
            response.producer_id = *id;
        else
            response.error_code = ErrorCode::coordinator_not_available;  // retriable
        reply(response);
    });
}

}  // namespace leat::broker
