// `leat txn`: which transactions there are, what each has written to, and the end of one that its
// producer will not end.
#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <set>

#include "cli/commands.hpp"
#include "cli/glob.hpp"
#include "cli/output.hpp"
#include "cli/verb.hpp"
#include "kafka/messages/produce.hpp"
#include "kafka/messages/transaction_admin.hpp"
#include "kafka/messages/transactions.hpp"

namespace leat::cli {
namespace {

using kafka::ErrorCode;
using ListedTransaction = kafka::ListTransactionsResponse::TransactionState;
using DescribedTransaction = kafka::DescribeTransactionsResponse::TransactionState;
using DescribedProducers = kafka::DescribeProducersResponse::TopicResponse::PartitionResponse;
using MarkedTopic = kafka::WriteTxnMarkersRequest::WritableTxnMarker::WritableTxnMarkerTopic;

struct TxnFlags {
    std::vector<std::string> ids;
    std::string pattern;
    std::vector<std::string> states;
    std::chrono::milliseconds longer_than{-1};
    std::string hanging;  // TOPIC:PARTITION
};

// Each broker knows those whose coordinator it is.
Result<std::vector<ListedTransaction>> list_transactions(client::Cluster& cluster,
                                                         const TxnFlags& options) {
    kafka::ListTransactionsRequest request;
    request.state_filters = options.states;
    request.duration_filter = options.longer_than.count();
    std::vector<ListedTransaction> all;
    for (const auto& broker : cluster.brokers()) {
        auto answer = cluster.call<kafka::ListTransactionsResponse>(
            client::Target::node(broker.node_id), request);
        if (!answer) return answer.error();
        if (answer->error_code != ErrorCode::none)
            return client::broker_error("list transactions", answer->error_code);
        for (auto& found : answer->transaction_states)
            if (holds_or_fits(options.pattern, found.transactional_id))
                all.push_back(std::move(found));
    }
    std::ranges::sort(all, {}, &ListedTransaction::transactional_id);
    return all;
}

int list(client::Cluster& cluster, const Session& session, const TxnFlags& options) {
    const auto found = list_transactions(cluster, options);
    if (!found) return report(found.error());
    Table table{.columns = {{"transactional_id", "TRANSACTIONAL ID"},
                            {"state", "STATE"},
                            {"producer_id", "PRODUCER ID"}},
                .rows = {}};
    for (const auto& each : *found)
        table.rows.push_back({each.transactional_id, each.transaction_state, each.producer_id});
    print(table, session.json);
    return exit_ok;
}

Result<DescribedTransaction> describe_transaction(client::Cluster& cluster, const std::string& id) {
    kafka::DescribeTransactionsRequest request;
    request.transactional_ids = {id};
    auto answer = cluster.call<kafka::DescribeTransactionsResponse>(
        client::Target::coordinator_of_transactions(id), request);
    if (!answer) return answer.error();
    auto& described = answer->transaction_states.at(0);
    if (described.error_code != ErrorCode::none)
        return client::broker_error("describe transactional id '" + id + "'", described.error_code);
    return std::move(described);
}

Table partitions_table(const DescribedTransaction& described) {
    Table table{.columns = {{"topic", "TOPIC"}, {"partition", "PARTITION"}}, .rows = {}};
    for (const auto& topic : described.topics)
        for (const auto partition : topic.partitions)
            table.rows.push_back({topic.topic, std::int64_t{partition}});
    return table;
}

// Nothing is known of when a transaction began that has not.
std::int64_t age_of(const DescribedTransaction& described) {
    if (described.transaction_start_time_ms < 0) return -1;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count()
           - described.transaction_start_time_ms;
}

void print_described(const DescribedTransaction& described) {
    std::printf("%s  %s  producer %lld epoch %d  timeout %d ms",
                heading("Transactional id " + described.transactional_id).c_str(),
                shown(described.transaction_state).c_str(),
                static_cast<long long>(described.producer_id), described.producer_epoch,
                described.transaction_timeout_ms);
    if (const auto age = age_of(described); age >= 0)
        std::printf("  begun %lld ms ago", static_cast<long long>(age));
    std::printf("\n");
    if (!described.topics.empty()) print(partitions_table(described), false);
}

boost::json::object json_of(const DescribedTransaction& described) {
    boost::json::object object{{"transactional_id", described.transactional_id},
                               {"state", described.transaction_state},
                               {"producer_id", described.producer_id},
                               {"producer_epoch", described.producer_epoch},
                               {"timeout_ms", described.transaction_timeout_ms}};
    object["started_at"] = described.transaction_start_time_ms < 0
                               ? boost::json::value{}
                               : boost::json::value{described.transaction_start_time_ms};
    object["partitions"] = to_json(partitions_table(described));
    return object;
}

int describe(client::Cluster& cluster, const Session& session, const TxnFlags& options) {
    int code = exit_ok;
    boost::json::array all;
    for (const auto& id : options.ids) {
        const auto described = describe_transaction(cluster, id);
        if (!described)
            code = report(described.error());
        else if (session.json)
            all.emplace_back(json_of(*described));
        else
            print_described(*described);
    }
    if (session.json) print(boost::json::value(std::move(all)));
    return code;
}

// As a new producer of the id would: what was begun is aborted, and who began it is fenced.
Result<void> fence(client::Cluster& cluster, const std::string& id) {
    if (auto known = describe_transaction(cluster, id); !known) return known.error();
    kafka::InitProducerIdRequest request;
    request.transactional_id = id;
    request.transaction_timeout_ms = 60'000;
    const auto answer = cluster.call<kafka::InitProducerIdResponse>(
        client::Target::coordinator_of_transactions(id), request);
    if (!answer) return answer.error();
    if (answer->error_code != ErrorCode::none)
        return client::broker_error("abort the transaction of '" + id + "'", answer->error_code);
    return {};
}

Result<DescribedProducers> producers_of(client::Cluster& cluster,
                                        const client::TopicPartition& partition) {
    kafka::DescribeProducersRequest request;
    request.topics.push_back({partition.topic, {partition.partition}});
    auto answer = cluster.call<kafka::DescribeProducersResponse>(client::Target::any(), request);
    if (!answer) return answer.error();
    auto& described = answer->topics.at(0).partitions.at(0);
    if (described.error_code != ErrorCode::none)
        return client::broker_error("describe the producers of " + partition.to_string(),
                                    described.error_code, described.error_message);
    return std::move(described);
}

// The open transactions of a partition of which no coordinator knows: nobody else will end them.
Result<std::vector<std::int64_t>> abort_hanging(client::Cluster& cluster,
                                                const client::TopicPartition& partition) {
    const auto listed =
        list_transactions(cluster, {.states = {"Ongoing", "PrepareCommit", "PrepareAbort"}});
    if (!listed) return listed.error();
    std::set<std::int64_t> coordinated;
    for (const auto& each : *listed) coordinated.insert(each.producer_id);
    const auto described = producers_of(cluster, partition);
    if (!described) return described.error();
    kafka::WriteTxnMarkersRequest request;
    std::vector<std::int64_t> aborted;
    for (const auto& producer : described->active_producers) {
        if (producer.current_txn_start_offset < 0 || coordinated.contains(producer.producer_id))
            continue;
        aborted.push_back(producer.producer_id);
        request.markers.push_back(
            {.producer_id = producer.producer_id,
             .producer_epoch = static_cast<std::int16_t>(producer.producer_epoch),
             .transaction_result = false,
             .topics = {MarkedTopic{partition.topic, {partition.partition}}},
             .coordinator_epoch = std::max(producer.coordinator_epoch, 0)});
    }
    if (aborted.empty()) return aborted;
    const auto answer =
        cluster.call<kafka::WriteTxnMarkersResponse>(client::Target::any(), request);
    if (!answer) return answer.error();
    for (const auto& marker : answer->markers)
        for (const auto& topic : marker.topics)
            for (const auto& marked : topic.partitions)
                if (marked.error_code != ErrorCode::none)
                    return client::broker_error("end a transaction in " + partition.to_string(),
                                                marked.error_code);
    return aborted;
}

int abort_in_partition(client::Cluster& cluster, const Session& session, const TxnFlags& options) {
    const auto colon = options.hanging.rfind(':');
    const client::TopicPartition partition{options.hanging.substr(0, colon),
                                           std::stoi(options.hanging.substr(colon + 1))};
    const auto aborted = abort_hanging(cluster, partition);
    if (!aborted) return report(aborted.error());
    Table table{.columns = {{"topic", "TOPIC"},
                            {"partition", "PARTITION"},
                            {"producer_id", "PRODUCER ID"},
                            {"aborted", "ABORTED"}},
                .rows = {}};
    for (const auto id : *aborted)
        table.rows.push_back({partition.topic, std::int64_t{partition.partition}, id, true});
    if (table.rows.empty() && !session.json)
        std::printf("no transaction hangs in %s\n", shown(partition.to_string()).c_str());
    else
        print(table, session.json);
    return exit_ok;
}

int abort(client::Cluster& cluster, const Session& session, const TxnFlags& options) {
    int code = exit_ok;
    boost::json::array all;
    for (const auto& id : options.ids) {
        const auto done = fence(cluster, id);
        all.emplace_back(boost::json::object{
            {"transactional_id", id},
            {"aborted", done.ok()},
            {"message", done ? boost::json::value{} : boost::json::value{done.error().what}}});
        if (!done)
            code = report(done.error());
        else if (!session.json)
            std::printf("aborted what %s had begun, and fenced its producer\n", shown(id).c_str());
    }
    if (session.json) print(boost::json::value(std::move(all)));
    return code;
}

std::string judge_partition(const std::string& text) {
    const auto colon = text.rfind(':');
    const bool sound = colon != std::string::npos && colon > 0 && colon + 1 < text.size()
                       && text.size() - colon < 10
                       && text.find_first_not_of("0123456789", colon + 1) == std::string::npos;
    return sound ? "" : "is TOPIC:PARTITION, as orders:0";
}

}  // namespace

void add_txn(Command& root, Session& session) {
    auto& noun = root.add("txn", "List, describe and abort transactions");
    auto list_options = std::make_shared<TxnFlags>();
    auto& lists = noun.add("list", "List transactional ids and their states");
    lists.text("PATTERN", list_options->pattern,
               "Only ids that hold this; with * ? or [...], which fit as a whole");
    lists.texts("-s,--state", list_options->states, "Only in this state (repeatable)")
        .called("STATE")
        .one_of({"Empty", "Ongoing", "PrepareCommit", "PrepareAbort", "CompleteCommit",
                 "CompleteAbort"});
    lists.duration("--longer-than", list_options->longer_than, {},
                   "Only transactions that began longer ago");
    run_with(lists, session, list_options, list);
    auto describe_options = std::make_shared<TxnFlags>();
    auto& describes = noun.add("describe", "Show producer, age and partitions");
    describes.texts("ID", describe_options->ids, "Transactional ids").required();
    run_with(describes, session, describe_options, describe);
    auto abort_options = std::make_shared<TxnFlags>();
    auto& aborts = noun.add("abort", "Abort what was begun, and fence who began it");
    aborts.texts("ID", abort_options->ids, "Transactional ids").required();
    run_with(aborts, session, abort_options, abort);
    auto hanging_options = std::make_shared<TxnFlags>();
    auto& hanging = noun.add("abort-hanging", "Abort what is open and no coordinator knows of");
    hanging.text("TOPIC:PARTITION", hanging_options->hanging, "Where it hangs")
        .required()
        .check(judge_partition);
    run_with(hanging, session, hanging_options, abort_in_partition);
}

}  // namespace leat::cli
