#include "broker/batch_rules.hpp"

#include <algorithm>
#include <limits>

#include "broker/request.hpp"
#include "broker/topics.hpp"
#include "kafka/messages/produce.hpp"
#include "kafka/record_batch.hpp"

namespace leat::broker {
namespace {

using kafka::BatchFault;
using kafka::BatchHeader;
using kafka::Codec;
using kafka::ErrorCode;

BatchVerdict refuse(ErrorCode code, std::string message) {
    return {code, std::move(message), {}, {}};
}

TimestampMs minus(TimestampMs now, std::int64_t span) {
    return span > now ? std::numeric_limits<TimestampMs>::min() : now - span;
}
TimestampMs plus(TimestampMs now, std::int64_t span) {
    return span > std::numeric_limits<TimestampMs>::max() - now
               ? std::numeric_limits<TimestampMs>::max()
               : now + span;
}

// The batch that fills `bytes`, or why there is none.
BatchVerdict judge_header(ByteView bytes, const BatchRules& rules, BatchHeader& header) {
    const auto found = BatchHeader::read(bytes);
    if (!found) return refuse(ErrorCode::invalid_record, "The records hold no whole batch.");
    if (found->magic != 2)
        return refuse(ErrorCode::invalid_record, "Only record batches of magic 2 are taken.");
    if (bytes.size() > rules.max_batch_bytes)
        return refuse(ErrorCode::message_too_large, "The batch of " + std::to_string(bytes.size())
                                                        + " bytes is larger than max.message.bytes="
                                                        + std::to_string(rules.max_batch_bytes)
                                                        + ".");
    const auto checked = kafka::check_batch(bytes, bytes.size());
    if (!checked.header && checked.fault == BatchFault::bad_counts)
        return refuse(ErrorCode::invalid_record, "The batch's counts contradict each other.");
    if (!checked.header)
        return refuse(ErrorCode::corrupt_message,
                      std::string{"The batch is damaged: "} + name_of(checked.fault) + ".");
    header = *checked.header;
    if (header.size() != bytes.size())
        return refuse(ErrorCode::invalid_record, "A partition's records must be one batch.");
    return {};
}

BatchVerdict judge_fields(const BatchHeader& header, const BatchRules& rules) {
    if (header.is_control())
        return refuse(ErrorCode::invalid_record, "Clients may not write control batches.");
    if (header.is_transactional())
        return refuse(ErrorCode::invalid_txn_state, "This broker does not serve transactions yet.");
    if (header.record_count <= 0 || header.last_offset_delta + 1 != header.record_count)
        return refuse(ErrorCode::invalid_record, "The batch's record count is wrong.");
    if (header.has_producer_id() && (header.base_sequence < 0 || header.producer_epoch < 0))
        return refuse(ErrorCode::invalid_record,
                      "A batch with a producer id needs a sequence and an epoch.");
    if (!kafka::codec_of(header.codec_bits()))
        return refuse(ErrorCode::unsupported_compression_type, "There is no such codec.");
    if (header.codec() == Codec::zstd && !rules.zstd_allowed)
        return refuse(ErrorCode::unsupported_compression_type,
                      "Zstandard needs Produce version 7 or later.");
    return {};
}

// Names each record that breaks a rule, as Kafka does for the client's sake.
BatchVerdict name_bad_records(ByteView bytes, const BatchRules& rules) {
    BatchVerdict verdict;
    std::int32_t index = 0;
    (void)kafka::for_each_record(bytes, rules.max_inflated_bytes, [&](const kafka::RecordView& r) {
        if (rules.keys_required && !r.key) {
            verdict.code = ErrorCode::invalid_record;
            verdict.message = "Compacted topic cannot accept message without key.";
            verdict.bad_records.push_back(index);
        } else if (rules.check_timestamps
                   && (r.timestamp < rules.oldest || r.timestamp > rules.newest)) {
            verdict.code = ErrorCode::invalid_timestamp;
            verdict.message =
                "Timestamp " + std::to_string(r.timestamp) + " is out of range; it must be between "
                + std::to_string(rules.oldest) + " and " + std::to_string(rules.newest) + ".";
            verdict.bad_records.push_back(index);
        }
        ++index;
        return true;
    });
    return verdict;
}

BatchVerdict judge_records(ByteView bytes, const BatchRules& rules) {
    const auto records = kafka::summarize_records(bytes, rules.max_inflated_bytes);
    if (!records)
        return refuse(records.error().code == Errc::too_large ? ErrorCode::message_too_large
                                                              : ErrorCode::invalid_record,
                      records.error().what + ".");
    if (!records->offsets_dense)
        return refuse(ErrorCode::invalid_record, "Offsets inside a batch must be 0, 1, 2, …");
    const bool in_time = !rules.check_timestamps
                         || (records->oldest >= rules.oldest && records->newest <= rules.newest);
    if (in_time && !(rules.keys_required && records->null_keys)) return {};
    return name_bad_records(bytes, rules);
}

}  // namespace

BatchRules batch_rules(const Topic& topic, const Request<kafka::ProduceRequest>& request,
                       TimestampMs now) {
    const auto& log = topic.partitions.front()->log().config();
    BatchRules rules;
    rules.max_batch_bytes = topic.max_message_bytes;
    rules.max_inflated_bytes = topic.max_inflated_bytes;
    rules.keys_required = topic.keys_required;
    rules.zstd_allowed = request.version() >= 7;
    rules.check_timestamps = log.timestamp_type == storage::TimestampType::create_time;
    rules.oldest = minus(now, topic.timestamp_before_max_ms);
    rules.newest = plus(now, topic.timestamp_after_max_ms);
    rules.compress_with = topic.compress_with;
    return rules;
}

BatchVerdict judge_batch(ByteView bytes, const BatchRules& rules) {
    BatchHeader header;
    if (auto verdict = judge_header(bytes, rules, header); verdict.code != ErrorCode::none)
        return verdict;
    if (auto verdict = judge_fields(header, rules); verdict.code != ErrorCode::none) return verdict;
    auto verdict = judge_records(bytes, rules);
    if (verdict.code == ErrorCode::none && rules.compress_with
        && *rules.compress_with != header.codec()) {
        auto recoded = kafka::recompress(bytes, *rules.compress_with, rules.max_inflated_bytes);
        if (!recoded) return refuse(ErrorCode::invalid_record, recoded.error().what);
        verdict.replacement = std::move(*recoded);
    }
    return verdict;
}

}  // namespace leat::broker
