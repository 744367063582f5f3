// What a broker chooses, and what a script calls it: producer ids, member ids, topic ids. Requests
// are turned to the broker's names, answers to the script's, and what else may differ is levelled:
//
// - the n-th producer id that a script has seen is `first_producer + n`, in records, too; likewise
//   member ids. Other numbers stay as they are, so that a script may send one that nobody has.
// - topic ids are those of CreateTopics; in answers stands the name.
// - nodes, hosts and ports are 0; throttle times 0; error messages are absent.
// - times of about now are `some_time`; scripts' own timestamps lie half an hour off, and stay.
// - topics, partitions, producers and transactions of an answer are sorted.
// - ListTransactions: ids of other scripts are left out.
// - aborted transactions that begin behind the records of an answer are left out: Kafka looks for
//   them up to the next entry of its sparse offset index, which says nothing to a reader.
// - what Fetch returns is told in words: fetched.hpp.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/uuid.hpp"
#include "kafka/messages/all.hpp"

namespace leat::requests {

constexpr std::int64_t first_producer = 1'000'000'000;
constexpr TimestampMs some_time = 7;

struct Names {
    std::string scope;  // what the names of this script begin with
    TimestampMs started = 0;
    std::vector<std::int64_t> producers{};
    std::vector<std::string> members{};
    std::map<std::string, Uuid> topics{};

    std::int64_t real(std::int64_t producer) const;
    std::int64_t scripted(std::int64_t producer);
    std::string real_member(const std::string& member) const;
    std::string scripted_member(const std::string& member);
    Uuid real_topic(const std::string& name) const;
    std::string scripted_topic(const Uuid& id) const;
    TimestampMs scripted_time(TimestampMs time) const;
};

// To the broker's names.
template <class Request>
void to_real(Request&, const Names&) {}
void to_real(kafka::InitProducerIdRequest& request, const Names& names);
void to_real(kafka::AddPartitionsToTxnRequest& request, const Names& names);
void to_real(kafka::AddOffsetsToTxnRequest& request, const Names& names);
void to_real(kafka::TxnOffsetCommitRequest& request, const Names& names);
void to_real(kafka::EndTxnRequest& request, const Names& names);
void to_real(kafka::WriteTxnMarkersRequest& request, const Names& names);
void to_real(kafka::ListTransactionsRequest& request, const Names& names);
void to_real(kafka::ProduceRequest& request, const Names& names);
void to_real(kafka::FetchRequest& request, const Names& names);
void to_real(kafka::OffsetFetchRequest& request, const Names& names);
void to_real(kafka::OffsetCommitRequest& request, const Names& names);
void to_real(kafka::SyncGroupRequest& request, const Names& names);
void to_real(kafka::LeaveGroupRequest& request, const Names& names);

// To the script's.
template <class Response>
void level(Response&, Names&) {}
void level(kafka::InitProducerIdResponse& response, Names& names);
void level(kafka::AddPartitionsToTxnResponse& response, Names& names);
void level(kafka::TxnOffsetCommitResponse& response, Names& names);
void level(kafka::OffsetDeleteResponse& response, Names& names);
void level(kafka::EndTxnResponse& response, Names& names);
void level(kafka::WriteTxnMarkersResponse& response, Names& names);
void level(kafka::DescribeProducersResponse& response, Names& names);
void level(kafka::DescribeTransactionsResponse& response, Names& names);
void level(kafka::ListTransactionsResponse& response, Names& names);
void level(kafka::ProduceResponse& response, Names& names);
void level(kafka::FetchResponse& response, Names& names);
void level(kafka::ListOffsetsResponse& response, Names& names);
void level(kafka::OffsetFetchResponse& response, Names& names);
void level(kafka::FindCoordinatorResponse& response, Names& names);
void level(kafka::CreateTopicsResponse& response, Names& names);
void level(kafka::DeleteTopicsResponse& response, Names& names);
void level(kafka::JoinGroupResponse& response, Names& names);

}  // namespace leat::requests
