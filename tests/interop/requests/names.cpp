#include "names.hpp"

#include <algorithm>

#include "fetched.hpp"
#include "kafka/record_batch.hpp"

namespace leat::requests {
namespace {

using namespace kafka;

const std::string member_prefix = "member-";
// Of a topic that is not there.
const Uuid nowhere = [] {
    Uuid id;
    id.bytes.fill(std::byte{0x5A});
    return id;
}();

template <class T>
std::size_t place_of(std::vector<T>& seen, const T& value) {
    const auto at = std::ranges::find(seen, value);
    if (at != seen.end()) return static_cast<std::size_t>(at - seen.begin());
    seen.push_back(value);
    return seen.size() - 1;
}

// Sorts by the member that names an element.
template <class T, class Key>
void sort_by(std::vector<T>& list, Key key) {
    std::ranges::stable_sort(list, {}, key);
}

// The batch as its producer is called at the broker. The checksum covers that.
Bytes with_real_producer(ByteView batch, const Names& names) {
    constexpr std::size_t at_producer_id = 43;
    Bytes bytes{batch.begin(), batch.end()};
    for (std::size_t at = 0; at + batch_header_size <= bytes.size();) {
        const auto one = std::span{bytes}.subspan(at);
        const auto header = BatchHeader::read(one);
        const auto producer = names.real(header->producer_id);
        if (producer != header->producer_id) {
            store_be(one.data() + at_producer_id, producer);
            set_attributes_and_max_timestamp(one.first(header->size()), *header);
        }
        at += header->size();
    }
    return bytes;
}

// Behind the last whole batch; 0 if there is none.
std::int64_t end_of(ByteView records) {
    std::int64_t end = 0;
    while (const auto header = BatchHeader::read(records)) {
        if (header->size() > records.size()) break;
        end = header->next_offset();
        records = records.subspan(header->size());
    }
    return end;
}

}  // namespace

std::int64_t Names::real(std::int64_t producer) const {
    const auto place = producer - first_producer;
    return place >= 0 && place < std::ssize(producers) ? producers[static_cast<std::size_t>(place)]
                                                       : producer;
}
std::int64_t Names::scripted(std::int64_t producer) {
    return producer < 0 ? producer
                        : first_producer + static_cast<std::int64_t>(place_of(producers, producer));
}
std::string Names::real_member(const std::string& member) const {
    if (!member.starts_with(member_prefix)) return member;
    const auto place = std::stoul(member.substr(member_prefix.size()));
    return place < members.size() ? members[place] : member;
}
std::string Names::scripted_member(const std::string& member) {
    return member.empty() ? member : member_prefix + std::to_string(place_of(members, member));
}
Uuid Names::real_topic(const std::string& name) const {
    const auto at = topics.find(name);
    return at == topics.end() ? nowhere : at->second;
}
std::string Names::scripted_topic(const Uuid& id) const {
    for (const auto& [name, known] : topics)
        if (known == id) return name;
    return id == nowhere ? "nowhere" : "another topic";
}
TimestampMs Names::scripted_time(TimestampMs time) const {
    constexpr TimestampMs about = 600'000;
    return time > started - about && time < started + about ? some_time : time;
}

void to_real(InitProducerIdRequest& request, const Names& names) {
    request.producer_id = names.real(request.producer_id);
}
void to_real(AddPartitionsToTxnRequest& request, const Names& names) {
    request.v3_and_below_producer_id = names.real(request.v3_and_below_producer_id);
    for (auto& transaction : request.transactions)
        transaction.producer_id = names.real(transaction.producer_id);
}
void to_real(AddOffsetsToTxnRequest& request, const Names& names) {
    request.producer_id = names.real(request.producer_id);
}
void to_real(TxnOffsetCommitRequest& request, const Names& names) {
    request.producer_id = names.real(request.producer_id);
    request.member_id = names.real_member(request.member_id);
}
void to_real(EndTxnRequest& request, const Names& names) {
    request.producer_id = names.real(request.producer_id);
}
void to_real(WriteTxnMarkersRequest& request, const Names& names) {
    for (auto& marker : request.markers) marker.producer_id = names.real(marker.producer_id);
}
void to_real(ListTransactionsRequest& request, const Names& names) {
    for (auto& producer : request.producer_id_filters) producer = names.real(producer);
}
void to_real(ProduceRequest& request, const Names& names) {
    for (auto& topic : request.topic_data) {
        topic.topic_id = names.real_topic(topic.name);
        for (auto& partition : topic.partition_data)
            partition.records = {
                {SharedSlice::of(with_real_producer(partition.records.bytes(), names))}, false};
    }
}
void to_real(FetchRequest& request, const Names& names) {
    for (auto& topic : request.topics) topic.topic_id = names.real_topic(topic.topic);
}
void to_real(OffsetFetchRequest& request, const Names& names) {
    for (auto& group : request.groups)
        if (group.topics)
            for (auto& topic : *group.topics) topic.topic_id = names.real_topic(topic.name);
}
void to_real(OffsetCommitRequest& request, const Names& names) {
    request.member_id = names.real_member(request.member_id);
    for (auto& topic : request.topics) topic.topic_id = names.real_topic(topic.name);
}
void to_real(SyncGroupRequest& request, const Names& names) {
    request.member_id = names.real_member(request.member_id);
    for (auto& assignment : request.assignments)
        assignment.member_id = names.real_member(assignment.member_id);
}
void to_real(LeaveGroupRequest& request, const Names& names) {
    request.member_id = names.real_member(request.member_id);
}

void level(InitProducerIdResponse& response, Names& names) {
    response.producer_id = names.scripted(response.producer_id);
}
void level(AddPartitionsToTxnResponse& response, Names&) {
    const auto sort = [](auto& topics) {
        sort_by(topics, &AddPartitionsToTxnTopicResult::name);
        for (auto& topic : topics)
            sort_by(topic.results_by_partition,
                    [](const auto& partition) { return partition.partition_index; });
    };
    sort(response.results_by_topic_v3_and_below);
    for (auto& transaction : response.results_by_transaction) sort(transaction.topic_results);
    sort_by(response.results_by_transaction,
            [](const auto& transaction) { return transaction.transactional_id; });
}
void level(TxnOffsetCommitResponse& response, Names&) {
    sort_by(response.topics, [](const auto& topic) { return topic.name; });
    for (auto& topic : response.topics)
        sort_by(topic.partitions, [](const auto& partition) { return partition.partition_index; });
}
void level(OffsetDeleteResponse& response, Names&) {
    sort_by(response.topics, [](const auto& topic) { return topic.name; });
    for (auto& topic : response.topics)
        sort_by(topic.partitions, [](const auto& partition) { return partition.partition_index; });
}
void level(EndTxnResponse& response, Names& names) {
    response.producer_id = names.scripted(response.producer_id);
}
void level(WriteTxnMarkersResponse& response, Names& names) {
    for (auto& marker : response.markers) {
        marker.producer_id = names.scripted(marker.producer_id);
        sort_by(marker.topics, [](const auto& topic) { return topic.name; });
        for (auto& topic : marker.topics)
            sort_by(topic.partitions,
                    [](const auto& partition) { return partition.partition_index; });
    }
    sort_by(response.markers, [](const auto& marker) { return marker.producer_id; });
}
void level(DescribeProducersResponse& response, Names& names) {
    for (auto& topic : response.topics)
        for (auto& partition : topic.partitions) {
            partition.error_message.reset();
            for (auto& producer : partition.active_producers) {
                producer.producer_id = names.scripted(producer.producer_id);
                producer.last_timestamp = names.scripted_time(producer.last_timestamp);
            }
            sort_by(partition.active_producers,
                    [](const auto& producer) { return producer.producer_id; });
        }
}
void level(DescribeTransactionsResponse& response, Names& names) {
    for (auto& state : response.transaction_states) {
        if (state.error_code == ErrorCode::none)
            state.producer_id = names.scripted(state.producer_id);
        state.transaction_start_time_ms = names.scripted_time(state.transaction_start_time_ms);
        sort_by(state.topics, [](const auto& topic) { return topic.topic; });
        for (auto& topic : state.topics) std::ranges::sort(topic.partitions);
    }
}
void level(ListTransactionsResponse& response, Names& names) {
    auto& states = response.transaction_states;
    std::erase_if(states, [&](const auto& state) {
        return !state.transactional_id.starts_with(names.scope);
    });
    sort_by(states, [](const auto& state) { return state.transactional_id; });
    for (auto& state : states) state.producer_id = names.scripted(state.producer_id);
    std::ranges::sort(response.unknown_state_filters);
}
void level(ProduceResponse& response, Names& names) {
    response.node_endpoints.clear();
    for (auto& topic : response.responses) {
        if (topic.topic_id != Uuid{}) topic.name = names.scripted_topic(topic.topic_id);
        topic.topic_id = {};
        for (auto& partition : topic.partition_responses) {
            partition.error_message.reset();
            partition.current_leader = {};
            for (auto& bad : partition.record_errors) bad.batch_index_error_message.reset();
        }
        sort_by(topic.partition_responses, [](const auto& partition) { return partition.index; });
    }
    sort_by(response.responses, [](const auto& topic) { return topic.name; });
}
void level(FetchResponse& response, Names& names) {
    response.session_id = 0;
    response.node_endpoints.clear();
    for (auto& topic : response.responses) {
        if (topic.topic_id != Uuid{}) topic.topic = names.scripted_topic(topic.topic_id);
        topic.topic_id = {};
        for (auto& partition : topic.partitions) {
            partition.current_leader = {};
            if (auto& all = partition.aborted_transactions) {
                const auto end = end_of(partition.records.bytes());
                std::erase_if(*all, [end](const auto& one) { return one.first_offset >= end; });
                for (auto& aborted : *all)
                    aborted.producer_id = names.scripted(aborted.producer_id);
            }
            partition.records = {
                {SharedSlice::of(to_bytes(told(partition.records.bytes(), names)))}, false};
        }
        sort_by(topic.partitions, [](const auto& partition) { return partition.partition_index; });
    }
    sort_by(response.responses, [](const auto& topic) { return topic.topic; });
}
void level(ListOffsetsResponse& response, Names& names) {
    for (auto& topic : response.topics) {
        for (auto& partition : topic.partitions)
            partition.timestamp = names.scripted_time(partition.timestamp);
        sort_by(topic.partitions, [](const auto& partition) { return partition.partition_index; });
    }
    sort_by(response.topics, [](const auto& topic) { return topic.name; });
}
void level(OffsetFetchResponse& response, Names& names) {
    sort_by(response.topics, [](const auto& topic) { return topic.name; });
    for (auto& topic : response.topics)
        sort_by(topic.partitions, [](const auto& partition) { return partition.partition_index; });
    for (auto& group : response.groups) {
        for (auto& topic : group.topics) {
            if (topic.topic_id != Uuid{}) topic.name = names.scripted_topic(topic.topic_id);
            topic.topic_id = {};
            sort_by(topic.partitions,
                    [](const auto& partition) { return partition.partition_index; });
        }
        sort_by(group.topics, [](const auto& topic) { return topic.name; });
    }
}
void level(FindCoordinatorResponse& response, Names&) {
    response.error_message.reset();
    const auto level_node = [](auto& answer) {
        if (answer.node_id >= 0) answer.node_id = 0;
        if (!answer.host.empty()) answer.host = "host";
        if (answer.port > 0) answer.port = 1;
    };
    level_node(response);
    for (auto& coordinator : response.coordinators) {
        coordinator.error_message.reset();
        level_node(coordinator);
    }
}
void level(CreateTopicsResponse& response, Names& names) {
    for (auto& topic : response.topics) {
        if (topic.error_code == ErrorCode::none) names.topics[topic.name] = topic.topic_id;
        topic.topic_id = {};
        topic.error_message.reset();
        topic.configs.reset();
    }
}
void level(DeleteTopicsResponse& response, Names&) {
    for (auto& topic : response.responses) {
        topic.topic_id = {};
        topic.error_message.reset();
    }
}
void level(JoinGroupResponse& response, Names& names) {
    response.member_id = names.scripted_member(response.member_id);
    response.leader = names.scripted_member(response.leader);
    for (auto& member : response.members)
        member.member_id = names.scripted_member(member.member_id);
}

}  // namespace leat::requests
