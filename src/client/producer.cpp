// Produce, InitProducerId, and the batching of a tool's records.
#include "client/producer.hpp"

#include <algorithm>
#include <random>

#include "client/murmur2.hpp"
#include "kafka/messages/produce.hpp"

namespace leat::client {
namespace {

using kafka::ErrorCode;
using TopicData = kafka::ProduceRequest::TopicProduceData;

constexpr std::int16_t last_produce_with_names = 12;
constexpr std::size_t record_overhead = 32;

struct ProduceQuestion {
    kafka::ProduceRequest request;
    std::int16_t max_version = Connection::any_version;
};

Result<ProduceQuestion> question_for(Cluster& cluster, const std::vector<OutgoingBatch>& batches,
                                     const std::vector<std::size_t>& indices,
                                     const ProduceOptions& options) {
    ProduceQuestion question;
    question.request.acks = options.acks;
    question.request.timeout_ms =
        static_cast<std::int32_t>(options.timeout.value_or(cluster.options().timeout).count());
    for (const auto index : indices) {
        const auto& [partition, batch] = batches[index];
        auto known = cluster.topic(partition.topic);
        if (!known) return known.error();
        auto& topic = topic_entry(question.request.topic_data, partition.topic, &TopicData::name);
        topic.topic_id = known->topic_id;
        if (topic.topic_id.is_zero()) question.max_version = last_produce_with_names;
        topic.partition_data.push_back({.index = partition.partition, .records = {{batch}}});
    }
    return question;
}

const kafka::ProduceResponse::TopicProduceResponse::PartitionProduceResponse* find(
    const kafka::ProduceResponse& response, const kafka::ProduceRequest& request,
    const TopicPartition& wanted) {
    const auto asked = std::ranges::find(request.topic_data, wanted.topic, &TopicData::name);
    for (const auto& topic : response.responses) {
        const bool same = topic.topic_id.is_zero() ? topic.name == wanted.topic
                                                   : topic.topic_id == asked->topic_id;
        if (!same) continue;
        for (const auto& partition : topic.partition_responses)
            if (partition.index == wanted.partition) return &partition;
    }
    return nullptr;
}

std::optional<ByteView> view(const std::optional<Bytes>& bytes) {
    if (!bytes) return std::nullopt;
    return ByteView{*bytes};
}

}  // namespace

Result<std::vector<ProducedBatch>> produce(Cluster& cluster,
                                           const std::vector<OutgoingBatch>& batches,
                                           const ProduceOptions& options) {
    if (options.acks != -1 && options.acks != 1)
        return Error{Errc::invalid_argument, "acks must be -1 (all) or 1: 0 is never answered"};
    std::vector<TopicPartition> partitions;
    partitions.reserve(batches.size());
    for (const auto& batch : batches) partitions.push_back(batch.partition);
    std::vector<ProducedBatch> produced(batches.size());
    const auto ask =
        [&](std::int32_t node,
            const std::vector<std::size_t>& indices) -> Result<std::vector<std::size_t>> {
        auto question = question_for(cluster, batches, indices, options);
        if (!question) return question.error();
        auto response = cluster.call<kafka::ProduceResponse>(Target::node(node), question->request,
                                                             {.timeout = options.timeout,
                                                              .max_version = question->max_version,
                                                              .retry_codes = false,
                                                              .retry_transport = false});
        if (!response) return response.error();
        std::vector<std::size_t> again;
        for (const auto index : indices) {
            const auto* answer = find(*response, question->request, partitions[index]);
            if (answer == nullptr)
                return Error{Errc::corrupt,
                             "Produce did not answer for " + partitions[index].to_string()};
            produced[index] = {answer->error_code, answer->error_message, answer->base_offset,
                               answer->log_append_time_ms, answer->log_start_offset};
            if (is_worth_asking_again(answer->error_code)) again.push_back(index);
        }
        return again;
    };
    const auto timeout = options.timeout.value_or(cluster.options().timeout);
    const auto deadline = options.retry ? now() + timeout : now();
    if (auto asked = ask_leaders(cluster, partitions, deadline, ask); !asked) return asked.error();
    return produced;
}

Result<ProducerIdentity> new_producer_id(Cluster& cluster) {
    kafka::InitProducerIdRequest request;
    request.transaction_timeout_ms = 60'000;
    auto response = cluster.call<kafka::InitProducerIdResponse>(Target::any(), request);
    if (!response) return response.error();
    if (response->error_code != ErrorCode::none)
        return broker_error("get a producer id", response->error_code);
    return ProducerIdentity{response->producer_id, response->producer_epoch};
}

std::size_t OutgoingRecord::size() const {
    auto total = record_overhead + (key ? key->size() : 0) + (value ? value->size() : 0);
    for (const auto& header : headers)
        total += header.key.size() + (header.value ? header.value->size() : 0);
    return total;
}

Producer::Producer(Cluster& cluster, std::string topic, ProducerOptions options)
    : cluster_(cluster), topic_(std::move(topic)), options_(options) {}

Result<void> Producer::prepare() {
    if (partition_count_ != 0) return {};
    auto topic = cluster_.topic(topic_, true);
    if (!topic) return topic.error();
    partition_count_ = static_cast<std::int32_t>(topic->partitions.size());
    if (partition_count_ == 0)
        return Error{Errc::unavailable, "topic '" + topic_ + "' has no partitions"};
    keyless_partition_ =
        static_cast<std::int32_t>(std::random_device{}() % static_cast<unsigned>(partition_count_));
    if (!options_.idempotent) return {};
    auto identity = new_producer_id(cluster_);
    if (!identity) return identity.error();
    identity_ = *identity;
    return {};
}

std::int32_t Producer::place(const OutgoingRecord& record) const {
    return record.key ? partition_of_key(*record.key, partition_count_) : keyless_partition_;
}

Result<std::int32_t> Producer::partition_count() {
    if (auto ready = prepare(); !ready) return ready.error();
    return partition_count_;
}

bool Producer::has_room(std::int32_t partition, std::size_t size) const {
    if (pending_.empty()) return true;
    const auto at = pending_.find(partition);
    return pending_bytes_ + size <= options_.pending_bytes
           && (at == pending_.end() || at->second.bytes + size <= options_.batch_bytes);
}

Result<void> Producer::send(std::optional<std::int32_t> partition, OutgoingRecord record) {
    if (auto ready = prepare(); !ready) return ready;
    if (partition && *partition >= partition_count_)
        return Error{Errc::not_found, "partition " + std::to_string(*partition) + " of topic '"
                                          + topic_ + "' does not exist; the topic has "
                                          + std::to_string(partition_count_) + " partitions"};
    if (!record.timestamp) record.timestamp = SystemClock{}.wall_ms();
    const auto size = record.size();
    auto chosen = partition ? *partition : place(record);
    if (!has_room(chosen, size)) {
        if (auto flushed = flush(); !flushed) return flushed;
        if (!partition) chosen = place(record);
    }
    auto& pending = pending_[chosen];
    pending.bytes += size;
    pending_bytes_ += size;
    pending.records.push_back(std::move(record));
    return {};
}

SharedSlice Producer::batch_of(std::int32_t partition, std::span<const OutgoingRecord> outgoing) {
    std::vector<kafka::NewRecord> records;
    records.reserve(outgoing.size());
    for (const auto& record : outgoing)
        records.push_back(
            {*record.timestamp, view(record.key), view(record.value), record.headers});
    kafka::BatchOptions options{.codec = options_.codec};
    if (identity_) {
        options.producer_id = identity_->id;
        options.producer_epoch = identity_->epoch;
        options.base_sequence = next_sequence_[partition];
    }
    return SharedSlice::of(kafka::build_batch(records, options));
}

void Producer::note(std::int32_t partition, std::size_t count, const ProducedBatch& answer) {
    const auto records = static_cast<std::int64_t>(count);
    // Sequence numbers wrap from 2^31-1 to 0.
    next_sequence_[partition] =
        static_cast<std::int32_t>((next_sequence_[partition] + records) & 0x7fffffff);
    auto& range = written_[partition];
    range.records += records;
    if (answer.base_offset < 0) return;
    if (range.first_offset < 0) range.first_offset = answer.base_offset;
    range.last_offset = answer.base_offset + records - 1;
}

Result<void> Producer::take_answer(std::int32_t partition, Pending& pending,
                                   const ProducedBatch& answer) {
    const auto batch = pending.next();
    const auto code = answer.error_code;
    if (code == ErrorCode::none || code == ErrorCode::duplicate_sequence_number) {
        note(partition, batch.size(), answer);
        pending.sent += batch.size();
        return {};
    }
    const TopicPartition where{topic_, partition};
    const bool too_large =
        code == ErrorCode::message_too_large || code == ErrorCode::record_list_too_large;
    if (!too_large)
        return broker_error("write to " + where.to_string(), code, answer.error_message);
    if (batch.size() > 1) {
        // Nothing of it was written: the halves go on with its sequence number.
        pending.chunk = (batch.size() + 1) / 2;
        return {};
    }
    const auto& record = batch.front();
    const auto what = record.label.empty() ? "a record" : record.label;
    const auto error =
        broker_error("write " + what + " to " + where.to_string(), code, answer.error_message);
    return Error{Errc::too_large,
                 error.what + ": the record has " + std::to_string(record.size())
                     + " bytes, and max.message.bytes bounds what the topic takes. Nothing behind "
                       "it was written to this partition"};
}

// One batch for each partition that has records left.
Result<void> Producer::send_round(PendingByPartition& pending) {
    std::vector<OutgoingBatch> batches;
    for (const auto& [partition, each] : pending)
        batches.push_back({{topic_, partition}, batch_of(partition, each.next())});
    auto produced = produce(cluster_, batches, {.acks = options_.acks});
    if (!produced) return produced.error();
    std::optional<Error> failure;
    auto answer = produced->begin();
    for (auto& [partition, each] : pending)
        if (auto taken = take_answer(partition, each, *answer++); !taken && !failure)
            failure = taken.error();
    if (failure) return std::move(*failure);
    std::erase_if(pending,
                  [](const auto& each) { return each.second.sent == each.second.records.size(); });
    return {};
}

Result<void> Producer::flush() {
    if (pending_.empty()) return {};
    auto pending = std::exchange(pending_, {});
    pending_bytes_ = 0;
    for (auto& [partition, each] : pending) each.chunk = each.records.size();
    while (!pending.empty())
        if (auto sent = send_round(pending); !sent) return sent;
    keyless_partition_ = (keyless_partition_ + 1) % partition_count_;
    return {};
}

}  // namespace leat::client
