// DeleteRecords 0–2 (KIP-107): moves the start of a log; answered once the move is durable. Refused
// for topics that are compacted only, as Kafka does.
#include "broker/api/handlers.hpp"
#include "broker/broker.hpp"
#include "broker/faults.hpp"
#include "broker/gather.hpp"

namespace leat::broker {
namespace {

using namespace kafka;
using Result_ = DeleteRecordsResponse::DeleteRecordsTopicResult::DeleteRecordsPartitionResult;

using PendingDeletion = Gather<DeleteRecordsResponse>;

constexpr std::int64_t to_high_watermark = -1;

ErrorCode delete_before(storage::Log& log, std::int64_t offset) {
    if (offset == to_high_watermark) offset = log.high_watermark();
    if (offset < 0) return ErrorCode::offset_out_of_range;
    return error_of(log.delete_records(offset));
}

// What was promised to producers is safe by now, unless the log went offline.
void delete_records_of(Broker& broker, Partition& partition, std::int64_t offset,
                       const std::shared_ptr<PendingDeletion>& pending, Result_& result) {
    result.error_code = partition.is_closed() ? ErrorCode::unknown_topic_or_partition
                                              : delete_before(partition.log(), offset);
    if (result.error_code != ErrorCode::none) return;
    result.low_watermark = partition.log().log_start();
    broker.flusher().save_checkpoints(pending->part([&result](const Result<void>& saved) {
        if (saved) return;
        result.error_code = ErrorCode::kafka_storage_error;
        result.low_watermark = -1;
    }));
}

}  // namespace

void delete_records(Broker& broker, Request<DeleteRecordsRequest> request,
                    const Reply<DeleteRecordsResponse>& reply) {
    const auto pending = make_gather<DeleteRecordsResponse>(reply);
    auto& topics = pending->response.topics;
    topics.resize(request.body.topics.size());
    for (std::size_t t = 0; t < topics.size(); ++t) {
        const auto& wanted = request.body.topics[t];
        topics[t].name = wanted.name;
        topics[t].partitions.resize(wanted.partitions.size());
        const auto topic = broker.topics().find(wanted.name);
        for (std::size_t p = 0; p < wanted.partitions.size(); ++p) {
            const auto& [index, offset] = wanted.partitions[p];
            auto& result = topics[t].partitions[p];
            result.partition_index = index;
            result.low_watermark = -1;
            const auto partition = topic ? topic->partition(index) : nullptr;
            if (!partition)
                result.error_code = ErrorCode::unknown_topic_or_partition;
            else if (!partition->log().config().cleanup_delete && topic->keys_required)
                result.error_code = ErrorCode::policy_violation;
            if (result.error_code != ErrorCode::none) continue;
            partition->queue().when_promised_safe(pending->part(
                [&broker, partition, offset = offset, pending, &result](const Result<void>&) {
                    delete_records_of(broker, *partition, offset, pending, result);
                }));
        }
    }
    pending->one_done();
}

}  // namespace leat::broker
