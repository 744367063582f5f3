// DeleteRecords: moves the start of a log; answered once the move is durable.
#include "broker/api/handlers.hpp"
#include "broker/broker.hpp"
#include "broker/faults.hpp"
#include "broker/gather.hpp"

namespace leat::broker {
namespace {

using namespace kafka;
using Result_ = DeleteRecordsResponse::DeleteRecordsTopicResult::DeleteRecordsPartitionResult;

constexpr std::int64_t to_high_watermark = -1;

ErrorCode delete_before(const Topic& topic, Partition& partition, std::int64_t offset) {
    auto& log = partition.log();
    if (!log.config().cleanup_delete && topic.keys_required) return ErrorCode::policy_violation;
    if (offset == to_high_watermark) offset = log.high_watermark();
    if (offset < 0) return ErrorCode::offset_out_of_range;
    return error_of(log.delete_records(offset));
}

}  // namespace

void delete_records(Broker& broker, Request<DeleteRecordsRequest> request,
                    const Reply<DeleteRecordsResponse>& reply) {
    const auto gather = make_gather<DeleteRecordsResponse>(reply);
    auto& topics = gather->response.topics;
    topics.resize(request.body.topics.size());
    bool moved = false;
    for (std::size_t t = 0; t < topics.size(); ++t) {
        const auto& wanted = request.body.topics[t];
        topics[t].name = wanted.name;
        const auto topic = broker.topics().find(wanted.name);
        for (const auto& [index, offset] : wanted.partitions) {
            auto& result = topics[t].partitions.emplace_back();
            result.partition_index = index;
            result.low_watermark = -1;
            const auto partition = topic ? topic->partition(index) : nullptr;
            result.error_code = partition ? delete_before(*topic, *partition, offset)
                                          : ErrorCode::unknown_topic_or_partition;
            if (result.error_code != ErrorCode::none) continue;
            result.low_watermark = partition->log().log_start();
            moved = true;
        }
    }
    if (moved)
        broker.flusher().save_checkpoints(gather->part([&topics](const Result<void>& saved) {
            if (saved) return;
            for (auto& topic : topics)
                for (Result_& result : topic.partitions)
                    if (result.error_code == ErrorCode::none)
                        result.error_code = ErrorCode::kafka_storage_error;
        }));
    gather->one_done();
}

}  // namespace leat::broker
