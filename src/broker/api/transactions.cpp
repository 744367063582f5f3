// What transactional producers ask (KIP-98, KIP-360, KIP-890): InitProducerId 0–5, also of
// idempotent ones, AddPartitionsToTxn 0–5 (4 and 5 as brokers ask: several at once, or only whether
// it is so), AddOffsetsToTxn 0–4, TxnOffsetCommit 0–5, EndTxn 0–5. They wait where Kafka answers
// CONCURRENT_TRANSACTIONS. From EndTxn, Produce and TxnOffsetCommit 5, 12 and 5 on, a producer adds
// partitions by using them, and has an epoch for each transaction.
#include <algorithm>
#include <set>

#include "broker/api/handlers.hpp"
#include "broker/api/txn_errors.hpp"
#include "broker/broker.hpp"
#include "broker/gather.hpp"

namespace leat::broker {
namespace {

using namespace kafka;
using AddedTransaction = AddPartitionsToTxnRequest::AddPartitionsToTxnTransaction;

constexpr std::int16_t by_brokers_since = 4;  // AddPartitionsToTxn

TransactionVersion version_of(std::int16_t version) {
    return version >= by_brokers_since ? TransactionVersion::v2 : TransactionVersion::v0;
}

// The topics of a request, each partition with what `judge` says of it.
template <class Judge>
std::vector<AddPartitionsToTxnTopicResult> results_of(
    const std::vector<AddPartitionsToTxnTopic>& topics, const Judge& judge) {
    std::vector<AddPartitionsToTxnTopicResult> results;
    for (const auto& topic : topics) {
        auto& result = results.emplace_back();
        result.name = topic.name;
        for (const auto partition : topic.partitions)
            result.results_by_partition.push_back({partition, judge({topic.name, partition})});
    }
    return results;
}

bool exists(Broker& broker, const TopicPartition& partition) {
    const auto topic = broker.topics().find(partition.topic);
    return topic && topic->partition(partition.partition);
}

std::set<TopicPartition> partitions_of(const AddedTransaction& transaction) {
    std::set<TopicPartition> partitions;
    for (const auto& topic : transaction.topics)
        for (const auto partition : topic.partitions) partitions.insert({topic.name, partition});
    return partitions;
}

using Results = std::function<void(std::vector<AddPartitionsToTxnTopicResult>)>;

void add_partitions(Broker& broker, const AddedTransaction& wanted, TransactionVersion version,
                    std::int16_t api_version, const Results& done) {
    const auto partitions = partitions_of(wanted);
    const auto judge = [&](const TopicPartition& partition) {
        const bool internal =
            partition.topic == offsets_topic || partition.topic == transaction_topic;
        // Groups' offsets go by AddOffsetsToTxn.
        if (internal && api_version < by_brokers_since)
            return ErrorCode::topic_authorization_failed;
        return exists(broker, partition) ? ErrorCode::none : ErrorCode::unknown_topic_or_partition;
    };
    // One that cannot be is told, and then none is added.
    if (std::ranges::any_of(partitions, [&](const TopicPartition& partition) {
            return judge(partition) != ErrorCode::none;
        }))
        return done(results_of(wanted.topics, [&](const TopicPartition& partition) {
            const auto error = judge(partition);
            return error == ErrorCode::none ? ErrorCode::operation_not_attempted : error;
        }));
    const ProducerIdentity producer{wanted.producer_id, wanted.producer_epoch};
    auto& coordinator = broker.transactions().coordinator();
    if (wanted.verify_only)
        return done(results_of(wanted.topics, [&](const TopicPartition& partition) {
            return coordinator.verify(wanted.transactional_id, producer, partition);
        }));
    coordinator.add_partitions(
        wanted.transactional_id, producer, partitions, version,
        [topics = wanted.topics, api_version, done](ErrorCode error) {
            const auto told = api_version < fenced_since::add_to_txn ? as_older(error) : error;
            done(results_of(topics, [told](const TopicPartition&) { return told; }));
        });
}

TxnOffsetCommitResponse answer_all(const TxnOffsetCommitRequest& request, ErrorCode error) {
    TxnOffsetCommitResponse response;
    for (const auto& topic : request.topics) {
        auto& answer = response.topics.emplace_back();
        answer.name = topic.name;
        for (const auto& partition : topic.partitions)
            answer.partitions.push_back({partition.partition_index, error});
    }
    return response;
}

// As above, where a partition that is missing is told of first.
TxnOffsetCommitResponse answer_existing(Broker& broker, const TxnOffsetCommitRequest& request,
                                        ErrorCode error) {
    auto response = answer_all(request, error);
    for (auto& topic : response.topics)
        for (auto& partition : topic.partitions)
            if (!exists(broker, {topic.name, partition.partition_index}))
                partition.error_code = ErrorCode::unknown_topic_or_partition;
    return response;
}

bool names_existing(Broker& broker, const TxnOffsetCommitRequest& request) {
    for (const auto& topic : request.topics)
        for (const auto& partition : topic.partitions)
            if (exists(broker, {topic.name, partition.partition_index})) return true;
    return false;
}

// The same in the form of OffsetCommit, and back.
OffsetCommitRequest as_commit(const TxnOffsetCommitRequest& request) {
    OffsetCommitRequest commit;
    commit.group_id = request.group_id;
    commit.generation_id_or_member_epoch = request.generation_id;
    commit.member_id = request.member_id;
    commit.group_instance_id = request.group_instance_id;
    for (const auto& topic : request.topics) {
        auto& added = commit.topics.emplace_back();
        added.name = topic.name;
        for (const auto& partition : topic.partitions)
            added.partitions.push_back({.partition_index = partition.partition_index,
                                        .committed_offset = partition.committed_offset,
                                        .committed_leader_epoch = partition.committed_leader_epoch,
                                        .committed_metadata = partition.committed_metadata});
    }
    return commit;
}

TxnOffsetCommitResponse as_txn_answer(const OffsetCommitResponse& commit) {
    TxnOffsetCommitResponse response;
    for (const auto& topic : commit.topics) {
        auto& answer = response.topics.emplace_back();
        answer.name = topic.name;
        for (const auto& partition : topic.partitions)
            answer.partitions.push_back({partition.partition_index, partition.error_code});
    }
    return response;
}

void commit_offsets(Broker& broker, const Request<TxnOffsetCommitRequest>& request,
                    const Reply<TxnOffsetCommitResponse>& reply) {
    constexpr std::int16_t commit_version = 8;  // topics by name
    const auto& body = request.body;
    const PartitionJudge judge = [&broker](const std::string& topic, std::int32_t partition) {
        return exists(broker, {topic, partition}) ? ErrorCode::none
                                                  : ErrorCode::unknown_topic_or_partition;
    };
    broker.groups().run(
        request.context,
        [&](GroupCoordinator& groups, const GroupContext& context) {
            return groups.offset_commit(as_commit(body), commit_version, context, judge,
                                        ProducerIdentity{body.producer_id, body.producer_epoch});
        },
        [reply](const GroupResponse& response) {
            reply(as_txn_answer(std::get<OffsetCommitResponse>(response)));
        });
}

bool names_half_a_producer(const InitProducerIdRequest& request) {
    return (request.producer_id == no_producer_id) != (request.producer_epoch == no_producer_epoch);
}

void init_transactional(Broker& broker, const Request<InitProducerIdRequest>& request,
                        const Reply<InitProducerIdResponse>& reply) {
    const auto& body = request.body;
    std::optional<ProducerIdentity> expected;
    if (body.producer_id != no_producer_id)
        expected = ProducerIdentity{body.producer_id, body.producer_epoch};
    broker.transactions().coordinator().init_producer_id(
        *body.transactional_id, body.transaction_timeout_ms, expected,
        [reply, version = request.version()](ErrorCode error, const ProducerIdentity& producer) {
            InitProducerIdResponse response;
            response.error_code =
                version < fenced_since::init_producer_id ? as_older(error) : error;
            response.producer_id = producer.id;
            response.producer_epoch = producer.epoch;
            reply(response);
        });
}

}  // namespace

void init_producer_id(Broker& broker, Request<InitProducerIdRequest> request,
                      const Reply<InitProducerIdResponse>& reply) {
    const auto refuse = [reply](ErrorCode error) {
        InitProducerIdResponse response;
        response.error_code = error;
        response.producer_epoch = no_producer_epoch;
        reply(response);
    };
    const auto& id = request.body.transactional_id;
    if (names_half_a_producer(request.body) || (id && id->empty()))
        return refuse(ErrorCode::invalid_request);
    if (id)
        return broker.transactions().when_ready(
            [&broker, request = std::move(request), reply, refuse](ErrorCode ready) {
                if (ready != ErrorCode::none) return refuse(ready);
                init_transactional(broker, request, reply);
            });
    broker.producer_ids().next([reply, refuse](const Result<std::int64_t>& given) {
        if (!given) return refuse(ErrorCode::coordinator_not_available);  // retriable
        InitProducerIdResponse answer;
        answer.producer_id = *given;
        answer.producer_epoch = 0;
        reply(answer);
    });
}

void add_partitions_to_txn(Broker& broker, Request<AddPartitionsToTxnRequest> request,
                           const Reply<AddPartitionsToTxnResponse>& reply) {
    const auto& body = request.body;
    const auto version = request.version();
    if (version < by_brokers_since) {
        const AddedTransaction wanted{
            body.v3_and_below_transactional_id, body.v3_and_below_producer_id,
            body.v3_and_below_producer_epoch, false, body.v3_and_below_topics};
        return add_partitions(broker, wanted, version_of(version), version,
                              [reply](std::vector<AddPartitionsToTxnTopicResult> results) {
                                  AddPartitionsToTxnResponse response;
                                  response.results_by_topic_v3_and_below = std::move(results);
                                  reply(response);
                              });
    }
    const auto gather = make_gather<AddPartitionsToTxnResponse>(reply);
    auto& results = gather->response.results_by_transaction;
    results.resize(body.transactions.size());
    for (std::size_t i = 0; i < results.size(); ++i) {
        results[i].transactional_id = body.transactions[i].transactional_id;
        add_partitions(broker, body.transactions[i], version_of(version), version,
                       gather->part([&result = results[i]](auto topics) {
                           result.topic_results = std::move(topics);
                       }));
    }
    gather->one_done();
}

void add_offsets_to_txn(Broker& broker, Request<AddOffsetsToTxnRequest> request,
                        const Reply<AddOffsetsToTxnResponse>& reply) {
    broker.groups().when_ready([&broker, request = std::move(request), reply](ErrorCode ready) {
        const auto answer = [reply, version = request.version()](ErrorCode error) {
            AddOffsetsToTxnResponse response;
            response.error_code = version < fenced_since::add_to_txn ? as_older(error) : error;
            reply(response);
        };
        if (ready != ErrorCode::none) return answer(ready);
        const auto& body = request.body;
        broker.transactions().coordinator().add_partitions(
            body.transactional_id, {body.producer_id, body.producer_epoch},
            {offsets_partition(broker, body.group_id)}, TransactionVersion::v0, answer);
    });
}

void txn_offset_commit(Broker& broker, Request<TxnOffsetCommitRequest> request,
                       const Reply<TxnOffsetCommitResponse>& reply) {
    if (request.body.group_id.empty())
        return reply(answer_all(request.body, ErrorCode::invalid_group_id));
    broker.groups().when_ready([&broker, request = std::move(request), reply](ErrorCode ready) {
        const auto& body = request.body;
        if (ready != ErrorCode::none) return reply(answer_all(body, ready));
        const auto refuse = [&broker, request, reply](ErrorCode error) {
            reply(answer_existing(broker, request.body, error));
        };
        // Without anything to commit the transaction is none of our business.
        if (!names_existing(broker, body)) return refuse(ErrorCode::none);
        const auto partition = offsets_partition(broker, body.group_id);
        const auto use = txn_use(request.version(), {.generic_error_since = 4, .adds_since = 5});
        use_partitions(broker, body.transactional_id, {body.producer_id, body.producer_epoch},
                       {partition}, use, [&broker, request, reply, refuse](const auto& errors) {
                           if (!errors.empty()) return refuse(errors.begin()->second);
                           commit_offsets(broker, request, reply);
                       });
    });
}

void end_txn(Broker& broker, Request<EndTxnRequest> request, const Reply<EndTxnResponse>& reply) {
    constexpr std::int16_t own_epochs_since = 5;
    const auto& body = request.body;
    const auto version = request.version();
    broker.transactions().coordinator().end(
        body.transactional_id, {body.producer_id, body.producer_epoch}, body.committed,
        version >= own_epochs_since ? TransactionVersion::v2 : TransactionVersion::v0,
        [reply, version](ErrorCode error, const ProducerIdentity& producer) {
            EndTxnResponse response;
            response.error_code = version < fenced_since::end_txn ? as_older(error) : error;
            response.producer_id = producer.id;
            response.producer_epoch = producer.epoch;
            reply(response);
        });
}

}  // namespace leat::broker
