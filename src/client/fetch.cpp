// Sessionless Fetch requests and the walk over what they bring.
#include "client/fetch.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include "kafka/messages/fetch.hpp"

namespace leat::client {
namespace {

using kafka::ErrorCode;
using PartitionData = kafka::FetchResponse::FetchableTopicResponse::PartitionData;

constexpr std::int16_t last_fetch_with_names = 12;
constexpr std::size_t max_batch = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t max_inflated = std::size_t{1} << 30;

struct FetchQuestion {
    kafka::FetchRequest request;
    std::int16_t max_version = Connection::any_version;
};

Result<FetchQuestion> question_for(Cluster& cluster, const std::vector<FetchPosition>& positions,
                                   const std::vector<std::size_t>& indices,
                                   const FetchOptions& options) {
    FetchQuestion question;
    auto& request = question.request;
    request.max_wait_ms = static_cast<std::int32_t>(options.max_wait.count());
    request.min_bytes = options.min_bytes;
    request.max_bytes = options.max_bytes;
    request.isolation_level = options.read_committed ? 1 : 0;
    for (const auto index : indices) {
        const auto& [partition, offset] = positions[index];
        auto known = cluster.topic(partition.topic);
        if (!known) return known.error();
        auto& topic =
            topic_entry(request.topics, partition.topic, &kafka::FetchRequest::FetchTopic::topic);
        topic.topic_id = known->topic_id;
        if (topic.topic_id.is_zero()) question.max_version = last_fetch_with_names;
        topic.partitions.push_back({.partition = partition.partition,
                                    .fetch_offset = offset,
                                    .partition_max_bytes = options.partition_max_bytes,
                                    .replica_directory_id = {}});
    }
    return question;
}

// Answers name topics as the request's version did: by name or by id.
const PartitionData* find(const kafka::FetchResponse& response, const kafka::FetchRequest& request,
                          const TopicPartition& wanted) {
    const auto asked =
        std::ranges::find(request.topics, wanted.topic, &kafka::FetchRequest::FetchTopic::topic);
    for (const auto& topic : response.responses) {
        const bool same = topic.topic_id.is_zero() ? topic.topic == wanted.topic
                                                   : topic.topic_id == asked->topic_id;
        if (!same) continue;
        for (const auto& partition : topic.partitions)
            if (partition.partition_index == wanted.partition) return &partition;
    }
    return nullptr;
}

Uuid id_of(const kafka::FetchRequest& request, const std::string& topic) {
    const auto asked =
        std::ranges::find(request.topics, topic, &kafka::FetchRequest::FetchTopic::topic);
    return asked == request.topics.end() ? Uuid{} : asked->topic_id;
}

void fill(FetchedPartition& target, const PartitionData& answer) {
    target.error_code = answer.error_code;
    target.high_watermark = answer.high_watermark;
    target.last_stable_offset = answer.last_stable_offset;
    target.log_start_offset = answer.log_start_offset;
    target.aborted.clear();
    if (answer.aborted_transactions)
        for (const auto& each : *answer.aborted_transactions)
            target.aborted.push_back({each.producer_id, each.first_offset});
    target.records = answer.records.slices.empty() ? SharedSlice{} : answer.records.slices.front();
}

// Which transactional batches were aborted: Kafka's consumer's rule. A producer is in an aborted
// transaction from the listed first offset until its next marker.
class AbortedFilter {
public:
    explicit AbortedFilter(std::vector<AbortedTransaction> listed) : listed_(std::move(listed)) {
        std::ranges::sort(listed_, {}, &AbortedTransaction::first_offset);
    }

    bool hides(const kafka::BatchHeader& batch) {
        for (; next_ < listed_.size() && listed_[next_].first_offset <= batch.last_offset();
             ++next_)
            inside_.insert(listed_[next_].producer_id);
        if (batch.is_control()) {
            inside_.erase(batch.producer_id);
            return true;
        }
        return batch.is_transactional() && inside_.contains(batch.producer_id);
    }

private:
    std::vector<AbortedTransaction> listed_;
    std::size_t next_ = 0;
    std::set<std::int64_t> inside_;
};

}  // namespace

Result<std::vector<FetchedPartition>> fetch(Cluster& cluster,
                                            const std::vector<FetchPosition>& positions,
                                            const FetchOptions& options) {
    std::vector<TopicPartition> partitions;
    std::vector<FetchedPartition> fetched;
    for (const auto& position : positions) {
        partitions.push_back(position.partition);
        fetched.push_back({.partition = position.partition});
    }
    const auto timeout = options.timeout.value_or(cluster.options().timeout);
    const auto ask =
        [&](std::int32_t node,
            const std::vector<std::size_t>& indices) -> Result<std::vector<std::size_t>> {
        auto question = question_for(cluster, positions, indices, options);
        if (!question) return question.error();
        auto response = cluster.call<kafka::FetchResponse>(Target::node(node), question->request,
                                                           {.timeout = timeout + options.max_wait,
                                                            .max_version = question->max_version,
                                                            .retry_codes = false,
                                                            .retry_transport = false});
        if (!response) return response.error();
        if (response->error_code != ErrorCode::none)
            return broker_error("fetch from broker " + std::to_string(node), response->error_code);
        std::vector<std::size_t> again;
        for (const auto index : indices) {
            const auto* answer = find(*response, question->request, partitions[index]);
            if (answer == nullptr) continue;  // a full response leaves later partitions out
            fill(fetched[index], *answer);
            fetched[index].node_id = node;
            fetched[index].topic_id = id_of(question->request, partitions[index].topic);
            if (is_worth_asking_again(answer->error_code)) again.push_back(index);
        }
        return again;
    };
    if (auto asked = ask_leaders(cluster, partitions, now() + timeout, ask); !asked)
        return asked.error();
    return fetched;
}

Result<void> for_each_batch(
    ByteView records,
    const std::function<Result<bool>(const kafka::BatchHeader&, ByteView batch)>& visit) {
    while (!records.empty()) {
        const auto checked = kafka::check_batch(records, max_batch);
        if (!checked.header && checked.fault == kafka::BatchFault::truncated) return {};
        if (!checked.header)
            return Error{Errc::corrupt, std::string{"the broker sent a damaged batch: "}
                                            + kafka::name_of(checked.fault)};
        const auto size = checked.header->size();
        auto go_on = visit(*checked.header, records.first(size));
        if (!go_on) return go_on.error();
        if (!*go_on) return {};
        records = records.subspan(size);
    }
    return {};
}

Result<std::int64_t> for_each_record(
    const FetchedPartition& fetched, std::int64_t from,
    const std::function<bool(const kafka::BatchHeader&, const kafka::RecordView&)>& visit) {
    AbortedFilter aborted{fetched.aborted};
    auto next = from;
    const auto walked = for_each_batch(
        fetched.records.bytes,
        [&](const kafka::BatchHeader& header, ByteView batch) -> Result<bool> {
            if (aborted.hides(header)) {
                next = std::max(next, header.next_offset());
                return true;
            }
            bool stopped = false;
            auto read = kafka::for_each_record(batch, max_inflated, [&](const auto& record) {
                if (record.offset < from) return true;
                stopped = !visit(header, record);
                if (stopped) next = record.offset;
                return !stopped;
            });
            if (!read) return read.error();
            if (!stopped) next = std::max(next, header.next_offset());
            return !stopped;
        });
    if (!walked) return walked.error();
    return next;
}

}  // namespace leat::client
