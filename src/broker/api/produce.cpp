// Produce 3–13: each batch is checked, appended, and acknowledged when it is as safe as was asked.
// Topics go by their ids in version 13 (KIP-516). A transactional batch adds its partition to the
// transaction from version 12 on (KIP-890); before, it must have been added. What has to wait for
// its transaction's coordinator, or for a thread that compresses it anew, keeps its place before
// what the connection sends to that partition later (AppendOrder).
#include <map>
#include <set>
#include <vector>

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

// With acks=0 the producer hears nothing: that the connection closes is its only sign of an error.
struct ProduceAnswer {
    Reply<ProduceResponse> reply;
    bool hears_nothing = false;

    void operator()(const ProduceResponse& response) const;
};
using PendingProduce = Gather<ProduceResponse, ProduceAnswer>;

// One request under way.
struct Production {
    Broker& broker;
    Request<ProduceRequest> request;
    std::shared_ptr<PendingProduce> pending;
    // Whether its partitions may be used in its transaction, if it has one.
    bool is_verified = true;
    TxnUse use = TxnUse::verifies;
    TxnErrors refused;
    std::vector<AppendOrder::Turn> waiting;  // for that
};
using ProductionPtr = std::shared_ptr<Production>;

// One partition of it. `data` and `response` stay where they are: the vectors of both are complete.
struct Part {
    ProductionPtr of;
    std::shared_ptr<Topic> topic;
    std::shared_ptr<Partition> partition;
    const PartitionData& data;
    PartitionResponse& response;

    Broker& broker() const { return of->broker; }
    AppendOrder::Lane lane() const {
        return {of->request.context.client->connection_id, partition.get()};
    }
    ReceivedRecords records() const;
};

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

ReceivedRecords Part::records() const {
    return {writable(data.records.bytes()), of->request.context.frame};
}

// Hears whether a batch became safe.
auto when_safe(const Part& part) {
    return part.of->pending->part(
        [&response = part.response, partition = part.partition](const Result<void>& safe) {
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

void tell_of_refused(const Part& part, bool no_room = false) {
    const auto id = part.partition->id().to_string();
    const auto why = part.response.error_message.value_or("");
    const log::Fields fields{{"partition", id},
                             {"error", name_of(part.response.error_code)},
                             {"why", why},
                             {"client", part.of->request.context.client->host}};
    if (no_room)
        part.broker().events().warn("a batch is refused: no room", fields);
    else
        part.broker().events().info(refusal_of(part.response.error_code), fields);
}

void refuse(const Part& part, const BatchVerdict& verdict) {
    fail(part.response, verdict.code, verdict.message);
    for (const auto& [index, message] : verdict.bad_records)
        part.response.record_errors.push_back({index, message});
    if (verdict.is_one_batch && tells_log_start(verdict.code))
        part.response.log_start_offset = part.partition->log().log_start();
    tell_of_refused(part);
}

// Appends one partition's batch, or says why it is refused.
void append(const Part& part, const BatchVerdict& verdict) {
    if (verdict.code != ErrorCode::none) return refuse(part, verdict);
    const auto& request = part.of->request;
    auto batch = verdict.batch;
    batch.transaction.has_own_epoch = batch.header.is_transactional() && request.version() >= 12;
    storage::CommitQueue::Done safe;
    if (request.body.acks == -1) safe = when_safe(part);
    auto& response = part.response;
    auto outcome = part.partition->queue().append(batch, part.broker().runtime().clock.wall_ms(),
                                                  storage::AppendOrigin::client, std::move(safe));
    if (outcome.fault != storage::LogFault::none) {
        fail(response, error_of(outcome.fault), std::move(outcome.what));
        if (tells_log_start(response.error_code))
            response.log_start_offset = part.partition->log().log_start();
        return tell_of_refused(part, outcome.fault == storage::LogFault::no_space);
    }
    response.base_offset = outcome.base_offset;
    response.log_append_time_ms = outcome.append_time;
    response.log_start_offset = outcome.log_start;
}

BatchRules rules_of(const Part& part) {
    return batch_rules(*part.topic, part.of->request, part.broker().runtime().clock.wall_ms());
}

void fail_unknown(const Part& part) {
    fail(part.response,
         part.of->request.version() >= 13 && !part.topic ? ErrorCode::unknown_topic_id
                                                         : ErrorCode::unknown_topic_or_partition,
         "This server does not host this topic-partition.");
}

bool is_refused_in_transaction(const Part& part) {
    const auto& refused = part.of->refused;
    if (refused.empty()) return false;
    const auto at = refused.find(part.partition->id());
    if (at == refused.end()) return false;
    fail(part.response, at->second, "The partition may not be used in the transaction.");
    return true;
}

// Clients that cannot wait for a coordinator here are told of replicas, for which they do.
ErrorCode in_words_of_produce(ErrorCode error, TxnUse use) {
    const bool waits = error == ErrorCode::concurrent_transactions && use != TxnUse::adds;
    if (waits || error == ErrorCode::coordinator_not_available
        || error == ErrorCode::not_coordinator)
        return ErrorCode::not_enough_replicas;
    return error;
}

// Appends what had to wait, while which anything may have happened.
void append_late(const Part& part, const BatchVerdict& verdict) {
    if (part.partition->is_closed()) return fail_unknown(part);
    const auto& header = verdict.batch.header;
    if (verdict.code == ErrorCode::none && header.is_transactional() && header.has_producer_id()) {
        const auto use = part.of->use;
        const auto error =
            may_still_use(part.broker(), *part.of->request.body.transactional_id,
                          {header.producer_id, header.producer_epoch}, part.partition->id(), use);
        if (error != ErrorCode::none)
            return fail(part.response, in_words_of_produce(error, use),
                        "The transaction has ended meanwhile.");
    }
    append(part, verdict);
}

// What is judged on another thread; it knows nothing of the core thread's.
struct Judging {
    ReceivedRecords records;
    BatchRules rules;
    BatchVerdict verdict;
};

// The part is the first in its lane: has it judged, appends it, leaves. `done` completes the
// answer.
void take_turn(const Part& part, const std::function<void()>& done) {
    if (!part.of->is_verified) return;  // it is woken when it is
    auto& order = part.broker().append_order();
    const auto leave = [part, done, &order] {
        done();
        order.leave(part.lane());
    };
    if (is_refused_in_transaction(part)) return leave();
    if (part.partition->is_closed()) {
        fail_unknown(part);
        return leave();
    }
    const auto judging = std::make_shared<Judging>(Judging{part.records(), rules_of(part), {}});
    if (const auto verdict = judge_at_once(judging->records, judging->rules)) {
        append_late(part, *verdict);
        return leave();
    }
    order.run([judging] { judging->verdict = judge_batch(judging->records, judging->rules); },
              [part, judging, leave] {
                  append_late(part, judging->verdict);
                  leave();
              });
}

// Appends the part now, if it has nothing to wait for; else it gets its turn.
void produce_part(const Part& part) {
    if (!part.partition) return fail_unknown(part);
    auto& production = *part.of;
    if (production.is_verified) {
        if (is_refused_in_transaction(part)) return;
        if (part.broker().append_order().is_free(part.lane()))
            if (const auto verdict = judge_at_once(part.records(), rules_of(part)))
                return append(part, *verdict);
    }
    const auto turn = part.broker().append_order().enter(
        part.lane(), [part, done = std::function<void()>{production.pending->part([] {})}] {
            take_turn(part, done);
        });
    if (!production.is_verified) production.waiting.push_back(turn);
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

void ProduceAnswer::operator()(const ProduceResponse& response) const {
    if (!hears_nothing) return reply(response);
    has_error(response) ? reply.close() : reply.nothing();
}

void produce_parts(const ProductionPtr& production) {
    const auto& body = production->request.body;
    for (std::size_t t = 0; t < body.topic_data.size(); ++t) {
        const auto& data = body.topic_data[t];
        const auto topic = topic_of(production->broker, production->request.version(), data);
        auto& answers = production->pending->response.responses[t].partition_responses;
        for (std::size_t p = 0; p < data.partition_data.size(); ++p) {
            const auto& wanted = data.partition_data[p];
            produce_part({production, topic, topic ? topic->partition(wanted.index) : nullptr,
                          wanted, answers[p]});
        }
    }
}

// Asks for the use of the partitions in the transaction. What comes meanwhile must not overtake
// them, so the parts take their places at once.
void verify(const ProductionPtr& production, const Written& written) {
    const auto& request = production->request;
    const auto use = txn_use(request.version(), {.generic_error_since = 11, .adds_since = 12});
    auto& broker = production->broker;
    production->use = use;
    production->is_verified = false;
    use_partitions(broker, *request.body.transactional_id, *written.producers.begin(),
                   expect(broker, written, use), use, [production](const TxnErrors& errors) {
                       for (const auto& [partition, error] : errors)
                           production->refused[partition] =
                               in_words_of_produce(error, production->use);
                       production->is_verified = true;
                       auto& order = production->broker.append_order();
                       for (const auto& turn : std::exchange(production->waiting, {}))
                           order.wake(turn);
                   });
}

// What a request is refused for as a whole.
struct Refused {
    ErrorCode code = ErrorCode::none;
    std::string message;
};
Refused refusal_of(const ProduceRequest& body, const Written& written) {
    if (body.acks < -1 || body.acks > 1)
        return {ErrorCode::invalid_required_acks, "acks must be -1 (all), 0 or 1."};
    if (written.any && !body.transactional_id)
        return {ErrorCode::transactional_id_authorization_failed,
                "A transactional batch needs the request's transactional id."};
    if (written.producers.size() > 1)
        return {ErrorCode::invalid_producer_id_mapping,
                "The transactional batches are of more than one producer."};
    return {};
}

}  // namespace

void produce(Broker& broker, Request<ProduceRequest> request, const Reply<ProduceResponse>& reply) {
    const auto pending =
        std::make_shared<PendingProduce>(ProduceAnswer{reply, request.body.acks == 0});
    lay_out(request.body, pending->response);
    const auto written = written_in_transaction(broker, request);
    const auto refused = refusal_of(request.body, written);
    if (refused.code != ErrorCode::none) {
        fail_all(pending->response, refused.code, refused.message);
        return pending->one_done();
    }
    const auto production = std::make_shared<Production>(
        Production{broker, std::move(request), pending, true, {}, {}, {}});
    if (!written.producers.empty()) verify(production, written);
    produce_parts(production);
    pending->one_done();
}

}  // namespace leat::broker
