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

constexpr std::int16_t last_version_with_names = 12;
constexpr std::size_t record_overhead = 32;

struct Question {
    kafka::ProduceRequest request;
    std::int16_t max_version = Connection::any_version;
};

Result<Question> question_for(Cluster& cluster, const std::vector<OutgoingBatch>& batches,
                              const std::vector<std::size_t>& indices,
                              const ProduceOptions& options) {
    Question question;
    question.request.acks = options.acks;
    question.request.timeout_ms =
        static_cast<std::int32_t>(options.timeout.value_or(cluster.options().timeout).count());
    for (const auto index : indices) {
        const auto& [partition, batch] = batches[index];
        auto known = cluster.topic(partition.topic);
        if (!known) return known.error();
        auto& topic = topic_entry(question.request.topic_data, partition.topic, &TopicData::name);
        topic.topic_id = known->topic_id;
        if (topic.topic_id.is_zero()) question.max_version = last_version_with_names;
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

Result<void> Producer::send(std::optional<std::int32_t> partition, OutgoingRecord record) {
    if (auto ready = prepare(); !ready) return ready;
    if (record.timestamp < 0) record.timestamp = SystemClock{}.wall_ms();
    const auto size = record.size();
    auto chosen = partition ? *partition : place(record);
    if (const auto at = pending_.find(chosen);
        at != pending_.end() && at->second.bytes + size > options_.batch_bytes) {
        if (auto flushed = flush(); !flushed) return flushed;
        if (!partition) chosen = place(record);
    }
    auto& pending = pending_[chosen];
    pending.bytes += size;
    pending.records.push_back(std::move(record));
    return {};
}

SharedSlice Producer::batch_of(std::int32_t partition, const Pending& pending) {
    std::vector<kafka::NewRecord> records;
    records.reserve(pending.records.size());
    for (const auto& record : pending.records)
        records.push_back({record.timestamp, view(record.key), view(record.value), record.headers});
    kafka::BatchOptions options{.codec = options_.codec};
    if (identity_) {
        options.producer_id = identity_->id;
        options.producer_epoch = identity_->epoch;
        options.base_sequence = next_sequence_[partition];
    }
    return SharedSlice::of(kafka::build_batch(records, options));
}

Result<void> Producer::note(std::int32_t partition, std::size_t count,
                            const ProducedBatch& answer) {
    if (answer.error_code != ErrorCode::none
        && answer.error_code != ErrorCode::duplicate_sequence_number)
        return broker_error("write to " + topic_ + "-" + std::to_string(partition),
                            answer.error_code, answer.error_message);
    const auto records = static_cast<std::int64_t>(count);
    // Sequence numbers wrap from 2^31-1 to 0.
    next_sequence_[partition] =
        static_cast<std::int32_t>((next_sequence_[partition] + records) & 0x7fffffff);
    auto& range = written_[partition];
    range.records += records;
    if (answer.base_offset < 0) return {};
    if (range.first_offset < 0) range.first_offset = answer.base_offset;
    range.last_offset = answer.base_offset + records - 1;
    return {};
}

Result<void> Producer::flush() {
    if (pending_.empty()) return {};
    const auto pending = std::exchange(pending_, {});
    std::vector<OutgoingBatch> batches;
    batches.reserve(pending.size());
    for (const auto& [partition, each] : pending)
        batches.push_back({{topic_, partition}, batch_of(partition, each)});
    auto produced = produce(cluster_, batches, {.acks = options_.acks});
    if (!produced) return produced.error();
    auto at = produced->begin();
    for (const auto& [partition, each] : pending)
        if (auto noted = note(partition, each.records.size(), *at++); !noted) return noted;
    keyless_partition_ = (keyless_partition_ + 1) % partition_count_;
    return {};
}

}  // namespace leat::client
