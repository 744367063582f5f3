#include "script.hpp"

#include <algorithm>

#include "kafka/record_batch.hpp"

namespace leat::requests {

using namespace kafka;

namespace {

constexpr std::int32_t timeout_ms = 30'000;
constexpr TimestampMs half_an_hour = 1'800'000;

std::vector<AddPartitionsToTxnTopic> as_topics(const std::vector<Partitions>& partitions) {
    std::vector<AddPartitionsToTxnTopic> topics;
    for (const auto& [topic, indexes] : partitions) topics.push_back({topic, indexes});
    return topics;
}

}  // namespace

bool come_again(const std::vector<ErrorCode>& codes) {
    return std::ranges::any_of(codes, [](ErrorCode code) {
        switch (code) {
            case ErrorCode::coordinator_load_in_progress:
            case ErrorCode::not_coordinator:
            case ErrorCode::coordinator_not_available:
            case ErrorCode::concurrent_transactions:
            case ErrorCode::not_enough_replicas:
            case ErrorCode::not_leader_or_follower:
            case ErrorCode::unknown_topic_id:
                return true;
            default:
                return false;
        }
    });
}

bool may_be_mixed_up(const std::vector<ErrorCode>& codes) {
    return std::ranges::any_of(codes, [](ErrorCode code) {
        return code == ErrorCode::invalid_txn_state || code == ErrorCode::transaction_abortable
               || code == ErrorCode::invalid_producer_epoch || code == ErrorCode::network_exception;
    });
}

Bytes batch_of(const Draft& draft, TimestampMs started) {
    std::vector<Bytes> values;
    std::vector<NewRecord> records;
    for (int i = 0; i < draft.records; ++i)
        values.push_back(to_bytes("p" + std::to_string(draft.producer_id) + " e"
                                  + std::to_string(draft.epoch) + " s"
                                  + std::to_string(draft.sequence) + " #" + std::to_string(i)));
    const auto first = draft.timestamp != 0 ? draft.timestamp : started - half_an_hour;
    for (int i = 0; i < draft.records; ++i) {
        auto& record = records.emplace_back();
        record.timestamp = first + i;
        record.value = values[static_cast<std::size_t>(i)];
    }
    BatchOptions options;
    options.producer_id = draft.producer_id;
    options.producer_epoch = draft.epoch;
    options.base_sequence = draft.sequence;
    options.transactional = draft.transactional;
    return build_batch(records, options);
}

Script::Script(const Brokers& brokers, const std::string& name, std::size_t number, Report& report)
    // Not those of an earlier run, so that a broker may be asked again.
    : scope_("r" + std::to_string(brokers.started / 1000) + "-" + std::to_string(number) + "-"),
      started_(brokers.started),
      both_(brokers, name, scope_, report) {}

std::string Script::topic(const std::string& name, int partitions) {
    const auto full = named(name);
    CreateTopicsRequest request;
    request.timeout_ms = timeout_ms;
    auto& made = request.topics.emplace_back();
    made.name = full;
    made.num_partitions = partitions;
    made.replication_factor = 1;
    both_.ask<CreateTopicsResponse>(request);
    ListOffsetsRequest probe;
    probe.replica_id = -1;
    auto& asked = probe.topics.emplace_back();
    asked.name = full;
    for (int i = 0; i < partitions; ++i)
        asked.partitions.push_back({.partition_index = i, .timestamp = -1});
    both_.wait_for<ListOffsetsResponse>(probe, 5, [](const auto& answer) {
        return std::ranges::all_of(answer.topics.at(0).partitions, [](const auto& partition) {
            return partition.error_code == ErrorCode::none;
        });
    });
    topics_.emplace_back(full, partitions);
    return full;
}

std::string Script::group(const std::string& name) {
    groups_.push_back(named(name));
    return groups_.back();
}

Producer Script::init(const std::string& id, std::int16_t version, std::int32_t timeout,
                      const std::optional<Producer>& expected) {
    if (std::ranges::find(ids_, id) == ids_.end()) ids_.push_back(id);
    InitProducerIdRequest request;
    request.transactional_id = id;
    request.transaction_timeout_ms = timeout;
    if (expected) {
        request.producer_id = expected->producer_id;
        request.producer_epoch = expected->epoch;
    }
    const auto answer = both_.ask<InitProducerIdResponse>(request, version);
    return {id, answer ? answer->producer_id : nobody,
            answer ? answer->producer_epoch : std::int16_t{-1}};
}

Producer Script::init_idempotent(std::int16_t version) {
    InitProducerIdRequest request;
    request.transaction_timeout_ms = std::numeric_limits<std::int32_t>::max();
    const auto answer = both_.ask<InitProducerIdResponse>(request, version);
    return {"", answer ? answer->producer_id : nobody, std::int16_t{0}};
}

void Script::add(const Producer& producer, const std::vector<Partitions>& partitions,
                 std::int16_t version) {
    AddPartitionsToTxnRequest request;
    if (version < 4) {
        request.v3_and_below_transactional_id = producer.id;
        request.v3_and_below_producer_id = producer.producer_id;
        request.v3_and_below_producer_epoch = producer.epoch;
        request.v3_and_below_topics = as_topics(partitions);
    } else {
        request.transactions.push_back(
            {producer.id, producer.producer_id, producer.epoch, false, as_topics(partitions)});
    }
    both_.ask<AddPartitionsToTxnResponse>(request, version);
}

void Script::verify(const Producer& producer, const std::vector<Partitions>& partitions,
                    std::int16_t version) {
    AddPartitionsToTxnRequest request;
    request.transactions.push_back(
        {producer.id, producer.producer_id, producer.epoch, true, as_topics(partitions)});
    both_.ask<AddPartitionsToTxnResponse>(request, version);
}

void Script::add_offsets(const Producer& producer, const std::string& group, std::int16_t version) {
    both_.ask<AddOffsetsToTxnResponse>(
        AddOffsetsToTxnRequest{producer.id, producer.producer_id, producer.epoch, group}, version);
}

void Script::commit(const Producer& producer, const Committed& committed, std::int16_t version) {
    TxnOffsetCommitRequest request;
    request.transactional_id = producer.id;
    request.group_id = committed.group;
    request.producer_id = producer.producer_id;
    request.producer_epoch = producer.epoch;
    request.generation_id = committed.generation;
    request.member_id = committed.member;
    auto& topic = request.topics.emplace_back();
    topic.name = committed.topic;
    topic.partitions.push_back({.partition_index = committed.partition,
                                .committed_offset = committed.offset,
                                .committed_metadata = committed.metadata});
    both_.ask<TxnOffsetCommitResponse>(request, version);
}

Producer Script::end(const Producer& producer, bool commit, std::int16_t version) {
    const auto answer = both_.ask<EndTxnResponse>(
        EndTxnRequest{producer.id, producer.producer_id, producer.epoch, commit}, version);
    settle(producer.id);
    if (!answer || answer->producer_id < 0) return producer;
    return {producer.id, answer->producer_id, answer->producer_epoch};
}

void Script::produce(const std::optional<std::string>& id, const std::vector<Draft>& drafts,
                     std::int16_t version, std::int16_t acks) {
    ProduceRequest request;
    request.transactional_id = id;
    request.acks = acks;
    request.timeout_ms = timeout_ms;
    for (const auto& draft : drafts) {
        auto at = std::ranges::find(request.topic_data, draft.topic,
                                    &ProduceRequest::TopicProduceData::name);
        if (at == request.topic_data.end()) {
            request.topic_data.emplace_back().name = draft.topic;
            at = request.topic_data.end() - 1;
        }
        at->partition_data.push_back(
            {draft.partition, {{SharedSlice::of(batch_of(draft, started_))}, false}});
    }
    both_.ask<ProduceResponse>(request, version);
}

void Script::write(const Producer& producer, const std::string& topic, std::int32_t sequence,
                   std::int16_t version, std::int32_t partition) {
    produce(producer.id, {{topic, partition, producer.producer_id, producer.epoch, sequence}},
            version);
}

void Script::fetch(const std::string& topic, std::int32_t partition, Isolation isolation,
                   std::int64_t offset, std::int16_t version) {
    FetchRequest request;
    request.isolation_level = static_cast<std::int8_t>(isolation);
    request.max_bytes = 10'000'000;
    auto& asked = request.topics.emplace_back();
    asked.topic = topic;
    auto& at = asked.partitions.emplace_back();
    at.partition = partition;
    at.fetch_offset = offset;
    at.partition_max_bytes = 1'000'000;
    both_.ask<FetchResponse>(request, version);
}

void Script::list_offsets(const std::string& topic, std::int32_t partition, Isolation isolation,
                          std::int16_t version) {
    constexpr TimestampMs newest = -3;
    std::vector<TimestampMs> asked_of{-1,
                                      -2,
                                      0,
                                      started_ - half_an_hour,
                                      started_ - half_an_hour + 1,
                                      started_,
                                      started_ + 2 * half_an_hour};
    if (version >= 7) asked_of.push_back(newest);
    for (const auto timestamp : asked_of) {
        ListOffsetsRequest request;
        request.replica_id = -1;
        request.timeout_ms = timeout_ms;
        request.isolation_level = static_cast<std::int8_t>(isolation);
        auto& asked = request.topics.emplace_back();
        asked.name = topic;
        asked.partitions.push_back({.partition_index = partition, .timestamp = timestamp});
        both_.ask<ListOffsetsResponse>(request, version);
    }
}

void Script::offsets(const std::string& group, bool require_stable, std::int16_t version) {
    OffsetFetchRequest request;
    request.group_id = group;
    request.require_stable = require_stable;
    auto& asked = request.groups.emplace_back();
    asked.group_id = group;
    both_.ask<OffsetFetchResponse>(request, version);
}

void Script::describe(const std::string& id) {
    both_.ask<DescribeTransactionsResponse>(DescribeTransactionsRequest{{id}});
}

void Script::describe_producers(const std::string& topic, std::int32_t partition) {
    both_.ask<DescribeProducersResponse>(DescribeProducersRequest{{{topic, {partition}}}});
}

void Script::list(ListTransactionsRequest request, std::int16_t version) {
    both_.ask<ListTransactionsResponse>(request, version);
}

void Script::compare_all() {
    for (const auto& id : ids_) describe(id);
    for (const auto& [name, partitions] : topics_)
        for (int i = 0; i < partitions; ++i) {
            describe_producers(name, i);
            fetch(name, i, Isolation::read_committed);
            fetch(name, i, Isolation::read_uncommitted);
        }
    for (const auto& group : groups_) {
        offsets(group, false);
        offsets(group, true);
    }
}

void Script::wait_for_abort(const std::string& id) {
    both_.wait_for<DescribeTransactionsResponse>(
        DescribeTransactionsRequest{{id}}, 0, [](const auto& answer) {
            return answer.transaction_states.at(0).transaction_state == "CompleteAbort";
        });
    describe(id);
}

// Kafka answers EndTxn when the outcome is decided, ours when it is to be seen; and in both it
// takes a moment longer until the coordinator has noted that.
void Script::settle(const std::string& id) {
    both_.wait_for<DescribeTransactionsResponse>(
        DescribeTransactionsRequest{{id}}, 0, [](const auto& answer) {
            return !answer.transaction_states.at(0).transaction_state.starts_with("Prepare");
        });
}

}  // namespace leat::requests
