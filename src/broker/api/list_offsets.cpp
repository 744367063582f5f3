// ListOffsets 1–11 (by time: KIP-79, by the largest timestamp: KIP-734) and OffsetForLeaderEpoch
// 2–4 (KIP-320): where in a log something begins or ends.
#include <algorithm>

#include "broker/api/handlers.hpp"
#include "broker/broker.hpp"
#include "broker/gather.hpp"
#include "storage/log_jobs.hpp"

namespace leat::broker {
namespace {

using namespace kafka;
using WantedOffset = ListOffsetsRequest::ListOffsetsTopic::ListOffsetsPartition;
using FoundOffset = ListOffsetsResponse::ListOffsetsTopicResponse::ListOffsetsPartitionResponse;

// Timestamps with a meaning of their own (KIP-734, KIP-405, KIP-1005, KIP-1023).
constexpr std::int64_t latest = -1;
constexpr std::int64_t earliest = -2;
constexpr std::int64_t max_timestamp = -3;
constexpr std::int64_t earliest_local = -4;
constexpr std::int64_t latest_tiered = -5;
constexpr std::int64_t earliest_pending_upload = -6;

using PendingOffsets = Gather<ListOffsetsResponse>;

ErrorCode judge_epoch(const storage::Log& log, std::int32_t current_leader_epoch) {
    if (current_leader_epoch < 0) return ErrorCode::none;
    if (current_leader_epoch < log.leader_epoch()) return ErrorCode::fenced_leader_epoch;
    if (current_leader_epoch > log.leader_epoch()) return ErrorCode::unknown_leader_epoch;
    return ErrorCode::none;
}

// What is asked of one partition, and where the answer goes: it stays where it is.
struct Question {
    Broker& broker;
    std::shared_ptr<Partition> partition;
    WantedOffset wanted;
    bool committed_only;
    std::shared_ptr<PendingOffsets> pending;
    FoundOffset& found;

    // The end of what this reader may see.
    std::int64_t end() const {
        const auto& log = partition->log();
        return committed_only ? log.last_stable_offset() : log.high_watermark();
    }
    void answer() const;
    void search(const std::shared_ptr<storage::TimestampSearch>& job) const;
};

void Question::search(const std::shared_ptr<storage::TimestampSearch>& job) const {
    using Outcome = Result<std::optional<storage::TimestampAndOffset>>;
    const auto outcome = std::make_shared<std::optional<Outcome>>();
    broker.runtime().reads.run(
        [job, outcome, &disk = broker.runtime().disk] { outcome->emplace(job->run(disk)); },
        pending->part([outcome, &found = found, partition = partition, end = end()] {
            // It went by names, which may be those of a new topic by then.
            if (partition->is_closed()) {
                found.error_code = ErrorCode::unknown_topic_or_partition;
            } else if (!(*outcome)->ok()) {
                found.error_code = ErrorCode::kafka_storage_error;
            } else if (const auto& hit = (*outcome)->value(); hit && hit->offset < end) {
                found.timestamp = hit->timestamp;
                found.offset = hit->offset;
                found.leader_epoch = partition->log().epoch_at(hit->offset);
            }
        }));
}

void Question::answer() const {
    auto& log = partition->log();
    const auto at = [&](std::int64_t offset) {
        found.offset = offset;
        found.leader_epoch = log.leader_epoch();
    };
    switch (wanted.timestamp) {
        case latest:
            return at(end());
        case earliest:
        case earliest_local:
            found.offset = log.log_start();
            found.leader_epoch = log.epoch_at(log.log_start());
            return;
        case latest_tiered:
            return;  // nothing is tiered: offset -1
        case earliest_pending_upload:
            return at(log.log_start());
        case max_timestamp:
            return search(log.search_max_timestamp());
        default:
            if (wanted.timestamp >= 0) return search(log.search_timestamp(wanted.timestamp, end()));
            found.error_code = ErrorCode::unsupported_version;
    }
}

bool asks_for_the_end(std::int64_t timestamp) {
    return timestamp == latest || timestamp == max_timestamp || timestamp >= 0;
}

void list_partition(Question question) {
    auto& found = question.found;
    const auto partition = question.partition;
    found.partition_index = question.wanted.partition_index;
    found.error_code = partition
                           ? judge_epoch(partition->log(), question.wanted.current_leader_epoch)
                           : ErrorCode::unknown_topic_or_partition;
    if (found.error_code != ErrorCode::none) return;
    if (!asks_for_the_end(question.wanted.timestamp)) return question.answer();
    const auto pending = question.pending;
    partition->queue().when_promised_safe(
        pending->part([question = std::move(question)](const Result<void>&) {
            // Of a log that went offline: what can be read still.
            if (question.partition->is_closed())
                question.found.error_code = ErrorCode::unknown_topic_or_partition;
            else
                question.answer();
        }));
}

}  // namespace

void list_offsets(Broker& broker, Request<ListOffsetsRequest> request,
                  const Reply<ListOffsetsResponse>& reply) {
    const auto pending = make_gather<ListOffsetsResponse>(reply);
    auto& topics = pending->response.topics;
    topics.resize(request.body.topics.size());
    for (std::size_t t = 0; t < topics.size(); ++t) {
        const auto& wanted = request.body.topics[t];
        topics[t].name = wanted.name;
        topics[t].partitions.resize(wanted.partitions.size());
        const auto topic = broker.topics().find(wanted.name);
        for (std::size_t p = 0; p < wanted.partitions.size(); ++p) {
            const auto index = wanted.partitions[p].partition_index;
            list_partition({broker, topic ? topic->partition(index) : nullptr, wanted.partitions[p],
                            request.body.isolation_level == 1, pending, topics[t].partitions[p]});
        }
    }
    pending->one_done();
}

void offset_for_leader_epoch(Broker& broker, Request<OffsetForLeaderEpochRequest> request,
                             const Reply<OffsetForLeaderEpochResponse>& reply) {
    const auto pending = make_gather<OffsetForLeaderEpochResponse>(reply);
    auto& topics = pending->response.topics;
    topics.resize(request.body.topics.size());
    for (std::size_t t = 0; t < topics.size(); ++t) {
        const auto& asked = request.body.topics[t];
        topics[t].topic = asked.topic;
        topics[t].partitions.resize(asked.partitions.size());
        const auto topic = broker.topics().find(asked.topic);
        for (std::size_t p = 0; p < asked.partitions.size(); ++p) {
            const auto& wanted = asked.partitions[p];
            auto& found = topics[t].partitions[p];
            found.partition = wanted.partition;
            const auto partition = topic ? topic->partition(wanted.partition) : nullptr;
            found.error_code = partition
                                   ? judge_epoch(partition->log(), wanted.current_leader_epoch)
                                   : ErrorCode::unknown_topic_or_partition;
            if (found.error_code != ErrorCode::none) continue;
            partition->queue().when_promised_safe(pending->part(
                [partition, epoch = wanted.leader_epoch, &found](const Result<void>&) {
                    const auto& log = partition->log();
                    const auto end = log.epoch_end(epoch);
                    found.leader_epoch = end.leader_epoch;
                    found.end_offset = std::min(end.end_offset, log.high_watermark());
                }));
        }
    }
    pending->one_done();
}

}  // namespace leat::broker
