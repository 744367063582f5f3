// ListOffsets and OffsetForLeaderEpoch: where in a log something begins or ends.
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

using Pending = Gather<ListOffsetsResponse>;

ErrorCode judge_epoch(const storage::Log& log, std::int32_t current_leader_epoch) {
    if (current_leader_epoch < 0) return ErrorCode::none;
    if (current_leader_epoch < log.leader_epoch()) return ErrorCode::fenced_leader_epoch;
    if (current_leader_epoch > log.leader_epoch()) return ErrorCode::unknown_leader_epoch;
    return ErrorCode::none;
}

void search(Broker& broker, const std::shared_ptr<Partition>& partition,
            const std::shared_ptr<storage::TimestampSearch>& job,
            const std::shared_ptr<Pending>& pending, FoundOffset& found) {
    using Outcome = Result<std::optional<storage::TimestampAndOffset>>;
    const auto outcome = std::make_shared<std::optional<Outcome>>();
    broker.runtime().reads.run(
        [job, outcome, &disk = broker.runtime().disk] { outcome->emplace(job->run(disk)); },
        pending->part([outcome, &found, partition] {
            // It went by names, which may be those of a new topic by then.
            if (partition->is_closed()) {
                found.error_code = ErrorCode::unknown_topic_or_partition;
            } else if (!(*outcome)->ok()) {
                found.error_code = ErrorCode::kafka_storage_error;
            } else if (const auto& hit = (*outcome)->value()) {
                found.timestamp = hit->timestamp;
                found.offset = hit->offset;
                found.leader_epoch = partition->log().epoch_at(hit->offset);
            }
        }));
}

void list_partition(Broker& broker, const std::shared_ptr<Partition>& partition,
                    const WantedOffset& wanted, const std::shared_ptr<Pending>& pending,
                    FoundOffset& found) {
    found.partition_index = wanted.partition_index;
    if (!partition) {
        found.error_code = ErrorCode::unknown_topic_or_partition;
        return;
    }
    auto& log = partition->log();
    found.error_code = judge_epoch(log, wanted.current_leader_epoch);
    if (found.error_code != ErrorCode::none) return;
    const auto at = [&](std::int64_t offset) {
        found.offset = offset;
        found.leader_epoch = log.leader_epoch();
    };
    switch (wanted.timestamp) {
        case latest:
            return at(log.high_watermark());
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
            return search(broker, partition, log.search_max_timestamp(), pending, found);
        default:
            if (wanted.timestamp < 0) {
                found.error_code = ErrorCode::unsupported_version;
                return;
            }
            return search(broker, partition,
                          log.search_timestamp(wanted.timestamp, log.high_watermark()), pending,
                          found);
    }
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
            list_partition(broker, topic ? topic->partition(index) : nullptr, wanted.partitions[p],
                           pending, topics[t].partitions[p]);
        }
    }
    pending->one_done();
}

void offset_for_leader_epoch(Broker& broker, Request<OffsetForLeaderEpochRequest> request,
                             const Reply<OffsetForLeaderEpochResponse>& reply) {
    OffsetForLeaderEpochResponse response;
    for (const auto& wanted_topic : request.body.topics) {
        auto& answer = response.topics.emplace_back();
        answer.topic = wanted_topic.topic;
        const auto topic = broker.topics().find(wanted_topic.topic);
        for (const auto& wanted : wanted_topic.partitions) {
            auto& found = answer.partitions.emplace_back();
            found.partition = wanted.partition;
            const auto partition = topic ? topic->partition(wanted.partition) : nullptr;
            found.error_code = partition
                                   ? judge_epoch(partition->log(), wanted.current_leader_epoch)
                                   : ErrorCode::unknown_topic_or_partition;
            if (found.error_code != ErrorCode::none) continue;
            const auto end = partition->log().epoch_end(wanted.leader_epoch);
            found.leader_epoch = end.leader_epoch;
            found.end_offset = end.end_offset;
        }
    }
    reply(response);
}

}  // namespace leat::broker
