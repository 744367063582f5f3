// What operators ask of transactions: DescribeProducers 0, DescribeTransactions 0 (KIP-664),
// ListTransactions 0–2 (by age: KIP-994, by pattern: KIP-1152), and WriteTxnMarkers 1, which aborts
// one that nobody else can.
#include <re2/re2.h>

#include <algorithm>

#include "broker/api/handlers.hpp"
#include "broker/broker.hpp"
#include "broker/gather.hpp"

namespace leat::broker {
namespace {

using namespace kafka;
using DescribedTransaction = DescribeTransactionsResponse::TransactionState;
using DescribedPartition = DescribeProducersResponse::TopicResponse::PartitionResponse;

DescribedTransaction describe(const std::string& id, const Transaction* transaction) {
    DescribedTransaction described;
    described.transactional_id = id;
    if (id.empty()) {
        described.error_code = ErrorCode::invalid_request;
        return described;
    }
    if (!transaction) {
        described.error_code = ErrorCode::transactional_id_not_found;
        return described;
    }
    described.transaction_state = std::string{name_of(transaction->state)};
    described.transaction_timeout_ms = transaction->timeout_ms;
    described.transaction_start_time_ms = transaction->started;
    described.producer_id = transaction->producer.id;
    described.producer_epoch = transaction->producer.epoch;
    for (const auto& [topic, partition] : transaction->partitions) {
        if (described.topics.empty() || described.topics.back().topic != topic)
            described.topics.push_back({topic, {}});
        described.topics.back().partitions.push_back(partition);
    }
    return described;
}

// Kafka knows them, but shows no transaction in them.
bool is_never_shown(std::string_view state) {
    return state == "Dead" || state == "PrepareEpochFence";
}

// Which transactions a request wants to see.
struct TxnFilter {
    const ListTransactionsRequest& request;
    std::vector<TransactionState> states;
    std::unique_ptr<RE2> pattern;
    TimestampMs now;

    bool passes(const std::string& id, const Transaction& transaction) const {
        const auto holds = [](const auto& wanted, const auto& value) {
            return std::ranges::find(wanted, value) != wanted.end();
        };
        const auto& ids = request.producer_id_filters;
        if (!ids.empty() && !holds(ids, transaction.producer.id)) return false;
        if (!request.state_filters.empty() && !holds(states, transaction.state)) return false;
        if (request.duration_filter >= 0 && now - transaction.started <= request.duration_filter)
            return false;
        return !pattern || RE2::FullMatch(id, *pattern);
    }
};

void describe_partition(const Topic& topic, DescribedPartition& described) {
    const auto partition = topic.partition(described.partition_index);
    if (!partition) {
        described.error_code = ErrorCode::unknown_topic_or_partition;
        return;
    }
    partition->log().producers().each([&](const auto& producer) {
        described.active_producers.push_back(
            {.producer_id = producer.producer_id,
             .producer_epoch = producer.epoch,
             .last_sequence = producer.last_sequence,
             .last_timestamp = producer.last_timestamp,
             .coordinator_epoch = producer.coordinator_epoch,
             .current_txn_start_offset = producer.transaction_first_offset});
    });
}

}  // namespace

void describe_producers(Broker& broker, Request<DescribeProducersRequest> request,
                        const Reply<DescribeProducersResponse>& reply) {
    DescribeProducersResponse response;
    for (const auto& wanted : request.body.topics) {
        auto& result = response.topics.emplace_back();
        result.name = wanted.name;
        const auto topic = broker.topics().find(wanted.name);
        for (const auto index : wanted.partition_indexes) {
            auto& described = result.partitions.emplace_back();
            described.partition_index = index;
            if (topic)
                describe_partition(*topic, described);
            else if (const auto named = check_topic_name(wanted.name); !named) {
                described.error_code = ErrorCode::invalid_topic_exception;
                described.error_message = named.error().what;
            } else
                described.error_code = ErrorCode::unknown_topic_or_partition;
        }
    }
    reply(response);
}

void describe_transactions(Broker& broker, Request<DescribeTransactionsRequest> request,
                           const Reply<DescribeTransactionsResponse>& reply) {
    DescribeTransactionsResponse response;
    const auto& coordinator = broker.transactions().coordinator();
    for (const auto& id : request.body.transactional_ids)
        response.transaction_states.push_back(describe(id, coordinator.find(id)));
    reply(response);
}

void list_transactions(Broker& broker, Request<ListTransactionsRequest> request,
                       const Reply<ListTransactionsResponse>& reply) {
    ListTransactionsResponse response;
    TxnFilter filter{request.body, {}, nullptr, broker.runtime().clock.wall_ms()};
    for (const auto& name : request.body.state_filters) {
        if (const auto state = transaction_state_named(name))
            filter.states.push_back(*state);
        else if (auto& unknown = response.unknown_state_filters;
                 !is_never_shown(name) && std::ranges::find(unknown, name) == unknown.end())
            response.unknown_state_filters.push_back(name);
    }
    if (const auto& pattern = request.body.transactional_id_pattern; pattern && !pattern->empty()) {
        filter.pattern = std::make_unique<RE2>(*pattern, RE2::Quiet);
        if (!filter.pattern->ok()) {
            response.error_code = ErrorCode::invalid_regular_expression;
            return reply(response);
        }
    }
    broker.transactions().coordinator().each([&](const std::string& id, const Transaction& found) {
        if (filter.passes(id, found))
            response.transaction_states.push_back(
                {id, found.producer.id, std::string{name_of(found.state)}});
    });
    reply(response);
}

void write_txn_markers(Broker& broker, Request<WriteTxnMarkersRequest> request,
                       const Reply<WriteTxnMarkersResponse>& reply) {
    const auto gather = make_gather<WriteTxnMarkersResponse>(reply);
    auto& results = gather->response.markers;
    const auto& markers = request.body.markers;
    results.resize(markers.size());
    // First the whole answer, into which the parts refer.
    for (std::size_t m = 0; m < markers.size(); ++m) {
        results[m].producer_id = markers[m].producer_id;
        for (const auto& topic : markers[m].topics) {
            auto& result = results[m].topics.emplace_back();
            result.name = topic.name;
            for (const auto index : topic.partition_indexes)
                result.partitions.push_back({index, ErrorCode::none});
        }
    }
    for (std::size_t m = 0; m < markers.size(); ++m) {
        const auto& wanted = markers[m];
        const Transactions::Marker marker{{wanted.producer_id, wanted.producer_epoch},
                                          {wanted.transaction_result, wanted.coordinator_epoch}};
        for (auto& topic : results[m].topics)
            for (auto& partition : topic.partitions) {
                // No log has a transaction of such a producer.
                if (wanted.producer_id < 0 || wanted.producer_epoch < 0) {
                    partition.error_code = ErrorCode::unknown_server_error;
                    continue;
                }
                broker.transactions().mark(
                    {topic.name, partition.partition_index}, marker,
                    gather->part([&partition](ErrorCode error) { partition.error_code = error; }));
            }
    }
    gather->one_done();
}

}  // namespace leat::broker
