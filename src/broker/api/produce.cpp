// Produce 3–13: each batch is checked, appended, and acknowledged when it is as safe as was asked.
// Topics go by their ids in version 13 (KIP-516). A transactional batch adds its partition to the
// transaction from version 12 on (KIP-890); before, it must have been added.
#include <map>
#include <set>

#include "base/log.hpp"
#include "broker/api/handlers.hpp"
#include "broker/api/txn_errors.hpp"
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

// Whether a refusal tells where the log starts: those do that come from looking at the batch beside
// the log, not those of the batch's size, of its bytes, or of the disk.
bool tells_log_start(ErrorCode code) {
    switch (code) {
        case ErrorCode::message_too_large:
        case ErrorCode::record_list_too_large:
        case ErrorCode::corrupt_message:
        case ErrorCode::kafka_storage_error:
            return false;
        default:
            return true;
    }
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
        if (verdict.is_one_batch && tells_log_start(verdict.code))
            response.log_start_offset = partition->log().log_start();
        return tell_of_refused(broker, *partition, *request.context.client, response);
    }
    auto batch = verdict.batch;
    batch.transaction.has_own_epoch = batch.header.is_transactional() && request.version() >= 12;
    storage::CommitQueue::Done safe;
    if (request.body.acks == -1) safe = when_safe(partition, pending, response);
    auto outcome =
        partition->queue().append(batch, now, storage::AppendOrigin::client, std::move(safe));
    if (outcome.fault != storage::LogFault::none) {
        fail(response, error_of(outcome.fault), std::move(outcome.what));
        if (tells_log_start(response.error_code))
            response.log_start_offset = partition->log().log_start();
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

// What a request writes in a transaction.
struct Written {
    bool any = false;
    std::set<ProducerIdentity> producers;
    std::map<TopicPartition, BatchHeader> partitions;  // that exist
};

std::shared_ptr<Topic> topic_of(Broker& broker, std::int16_t version, const TopicData& data) {
    return version >= 13 ? broker.topics().find(data.topic_id) : broker.topics().find(data.name);
}

Written written_in_transaction(Broker& broker, const Request<ProduceRequest>& request) {
    Written written;
    for (const auto& data : request.body.topic_data)
        for (const auto& partition : data.partition_data) {
            const auto batch = transactional_batch(partition.records.bytes());
            if (!batch) continue;
            written.any = true;
            if (batch->producer_id == no_producer_id) continue;
            written.producers.insert({batch->producer_id, batch->producer_epoch});
            const auto topic = topic_of(broker, request.version(), data);
            if (topic && topic->partition(partition.index))
                written.partitions.emplace(TopicPartition{topic->name, partition.index}, *batch);
        }
    return written;
}

// Tells the logs of batches that may begin a transaction in them. All partitions of those.
std::set<TopicPartition> expect(Broker& broker, const Written& written, TxnUse use) {
    const auto now = broker.runtime().clock.wall_ms();
    std::set<TopicPartition> partitions;
    for (const auto& [at, batch] : written.partitions) {
        broker.topics()
            .find(at.topic)
            ->partition(at.partition)
            ->log()
            .expect(batch, use == TxnUse::adds, now);
        partitions.insert(at);
    }
    return partitions;
}

// Clients that cannot wait for a coordinator here are told of replicas, for which they do.
TxnErrors in_words_of_produce(TxnErrors errors, TxnUse use) {
    for (auto& [partition, error] : errors) {
        const bool waits = error == ErrorCode::concurrent_transactions && use != TxnUse::adds;
        if (waits || error == ErrorCode::coordinator_not_available
            || error == ErrorCode::not_coordinator)
            error = ErrorCode::not_enough_replicas;
    }
    return errors;
}

void append_all(Broker& broker, const Request<ProduceRequest>& request,
                const std::shared_ptr<PendingProduce>& pending, const TxnErrors& refused) {
    const auto& body = request.body;
    for (std::size_t t = 0; t < body.topic_data.size(); ++t) {
        const auto& data = body.topic_data[t];
        const auto topic = topic_of(broker, request.version(), data);
        auto& answers = pending->response.responses[t].partition_responses;
        for (std::size_t p = 0; p < data.partition_data.size(); ++p) {
            const auto& partition = data.partition_data[p];
            const auto at = topic ? refused.find({topic->name, partition.index}) : refused.end();
            if (at == refused.end())
                produce_partition(broker, topic, request, partition, pending, answers[p]);
            else
                fail(answers[p], at->second, "The partition may not be used in the transaction.");
        }
    }
}

void finish(const Request<ProduceRequest>& request, const Reply<ProduceResponse>& reply,
            const std::shared_ptr<PendingProduce>& pending) {
    // With acks=0 the producer hears nothing: that the connection closes is its only sign of an
    // error.
    if (request.body.acks == 0)
        return has_error(pending->response) ? reply.close() : reply.nothing();
    pending->one_done();
}

}  // namespace

void produce(Broker& broker, Request<ProduceRequest> request, const Reply<ProduceResponse>& reply) {
    const auto& body = request.body;
    const auto pending = make_gather<ProduceResponse>(reply);
    lay_out(body, pending->response);
    if (body.acks < -1 || body.acks > 1) {
        fail_all(pending->response, ErrorCode::invalid_required_acks,
                 "acks must be -1 (all), 0 or 1.");
        return finish(request, reply, pending);
    }
    auto written = written_in_transaction(broker, request);
    const bool unnamed = written.any && !body.transactional_id;
    if (unnamed || written.producers.size() > 1) {
        fail_all(pending->response,
                 unnamed ? ErrorCode::transactional_id_authorization_failed
                         : ErrorCode::invalid_producer_id_mapping,
                 unnamed ? "A transactional batch needs the request's transactional id."
                         : "The transactional batches are of more than one producer.");
        return finish(request, reply, pending);
    }
    if (written.producers.empty()) {
        append_all(broker, request, pending, {});
        return finish(request, reply, pending);
    }
    const auto use = txn_use(request.version(), {.generic_error_since = 11, .adds_since = 12});
    const auto id = *body.transactional_id;
    const auto kept = std::make_shared<Request<ProduceRequest>>(std::move(request));
    use_partitions(broker, id, *written.producers.begin(), expect(broker, written, use), use,
                   [&broker, kept, pending, reply, use](const TxnErrors& errors) {
                       append_all(broker, *kept, pending, in_words_of_produce(errors, use));
                       finish(*kept, reply, pending);
                   });
}

}  // namespace leat::broker
