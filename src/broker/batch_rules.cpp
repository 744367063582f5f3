#include "broker/batch_rules.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "broker/request.hpp"
#include "broker/topics.hpp"
#include "kafka/messages/produce.hpp"
#include "kafka/record_batch.hpp"

namespace leat::broker {
namespace {

using kafka::BatchHeader;
using kafka::BatchRecords;
using kafka::Codec;
using kafka::ErrorCode;

constexpr TimestampMs no_timestamp = -1;

// The shortest batch of any magic, and the bytes in front of the fields that all of them share.
constexpr std::int32_t least_length = 14;
constexpr std::size_t shared_fields = 17;

// Of a compressed batch, what is inflated and read while everybody else waits: well below a
// millisecond of any codec. That of most producers is smaller; a thread of its own would cost it
// more.
constexpr std::size_t inflated_at_once = std::size_t{256} << 10;
constexpr std::size_t stored_at_once = std::size_t{32} << 10;

BatchVerdict refuse(ErrorCode code, std::string message) {
    return {code, std::move(message), {}, {}};
}
bool refused(const BatchVerdict& verdict) { return verdict.code != ErrorCode::none; }

// The next batch of a partition's records as Kafka cuts them up: bytes that are no whole batch are
// as good as none, unless their length or magic cannot be.
struct Cut {
    ErrorCode code = ErrorCode::none;
    ByteView batch;  // empty if there is none
};
Cut cut_batch(ByteView bytes) {
    constexpr std::size_t at_length = 8;
    constexpr std::size_t at_magic = 16;
    if (bytes.size() < kafka::batch_prefix_size) return {};
    const auto length = load_be<std::int32_t>(bytes.data() + at_length);
    if (length < least_length) return {ErrorCode::corrupt_message, {}};
    if (bytes.size() < shared_fields) return {};
    const auto magic = load_be<std::int8_t>(bytes.data() + at_magic);
    if (magic < 0 || magic > 2) return {ErrorCode::corrupt_message, {}};
    const auto size = kafka::batch_prefix_size + static_cast<std::size_t>(length);
    if (size > bytes.size()) return {};
    return {ErrorCode::none, bytes.first(size)};
}

// What is there of the header: a batch may be shorter than it, and is judged by what it has.
BatchHeader header_of(ByteView batch) {
    if (const auto whole = BatchHeader::read(batch)) return *whole;
    std::array<std::byte, kafka::batch_header_size> padded{};
    std::ranges::copy(batch, padded.begin());
    return *BatchHeader::read(padded);
}

struct Found {
    ByteView batch;
    BatchHeader header;
};
// Finds the one batch of magic 2 in `bytes` that Produce 3 and later carry.
BatchVerdict find_batch(ByteView bytes, const BatchRules& rules, Found& found) {
    const auto first = cut_batch(bytes);
    if (first.code != ErrorCode::none)
        return refuse(first.code, "The batch's length or magic cannot be.");
    if (first.batch.empty())
        return refuse(ErrorCode::invalid_record, "The records hold no whole batch.");
    const auto header = header_of(first.batch);
    if (header.magic != 2)
        return refuse(ErrorCode::invalid_record, "Only record batches of magic 2 are taken.");
    if (!rules.zstd_allowed && header.codec() == Codec::zstd)
        return refuse(ErrorCode::unsupported_compression_type,
                      "Zstandard needs Produce version 7 or later.");
    const auto second = cut_batch(bytes.subspan(first.batch.size()));
    if (second.code != ErrorCode::none)
        return refuse(second.code, "What follows the batch has a length or magic that cannot be.");
    if (!second.batch.empty())
        return refuse(ErrorCode::invalid_record, "A partition's records must be one batch.");
    found = {first.batch, header};
    return {};
}

BatchVerdict judge_header(ByteView batch, const BatchHeader& header, const BatchRules& rules) {
    if (header.base_offset != 0)
        return refuse(ErrorCode::invalid_record, "The base offset of a client's batch must be 0.");
    if (batch.size() > rules.max_batch_bytes)
        return refuse(ErrorCode::message_too_large, "The batch of " + std::to_string(batch.size())
                                                        + " bytes is larger than max.message.bytes="
                                                        + std::to_string(rules.max_batch_bytes)
                                                        + ".");
    if (batch.size() < kafka::batch_header_size || !kafka::checksum_holds(batch, header))
        return refuse(ErrorCode::corrupt_message,
                      "The batch is shorter than its header, or its checksum wrong.");
    if (!kafka::codec_of(header.codec_bits()))
        return refuse(ErrorCode::unsupported_compression_type, "There is no such codec.");
    if (header.record_count <= 0
        || std::int64_t{header.last_offset_delta} + 1 != header.record_count)
        return refuse(ErrorCode::invalid_record, "The batch's record count is wrong.");
    if (header.is_control())
        return refuse(ErrorCode::invalid_record, "Clients may not write control batches.");
    if (header.has_producer_id() && header.base_sequence < 0)
        return refuse(ErrorCode::invalid_record, "A batch with a producer id needs a sequence.");
    return {};
}

// What breaks a rule in one record; code none if nothing does. A producer that claims LogAppendTime
// is judged by the time that it claims, as Kafka does, and by those of its records.
struct Fault {
    ErrorCode code = ErrorCode::none;
    std::string message;
};
Fault fault_of(const kafka::RecordView& record, const BatchHeader& header,
               const BatchRules& rules) {
    if (rules.keys_required && !record.key)
        return {ErrorCode::invalid_record, "Compacted topic cannot accept message without key."};
    const auto in_time = [&](TimestampMs timestamp) {
        return rules.log_append_time || timestamp == no_timestamp
               || (timestamp >= rules.oldest && timestamp <= rules.newest);
    };
    const auto out_of_range = [&](TimestampMs timestamp) {
        return Fault{ErrorCode::invalid_timestamp,
                     "Timestamp " + std::to_string(timestamp) + " is out of range. It should be "
                         + "within [" + std::to_string(rules.oldest) + ", "
                         + std::to_string(rules.newest) + "]."};
    };
    const bool claims = header.is_log_append_time();
    if (claims && (rules.log_append_time || header.max_timestamp == no_timestamp))
        return {ErrorCode::invalid_timestamp,
                "Producer should not set timestamp type to LogAppendTime."};
    if (claims && !in_time(header.max_timestamp)) return out_of_range(header.max_timestamp);
    if (!in_time(record.timestamp)) return out_of_range(record.timestamp);
    return {};
}

// Names each record that breaks a rule, as Kafka does for the client's sake.
BatchVerdict name_bad_records(const BatchHeader& own, const BatchRecords& records,
                              const BatchHeader& header, const BatchRules& rules) {
    BatchVerdict verdict;
    std::int32_t index = 0;
    (void)kafka::for_each_record(own, records, [&](const kafka::RecordView& record) {
        auto fault = fault_of(record, header, rules);
        if (fault.code == ErrorCode::invalid_timestamp || verdict.code == ErrorCode::none)
            verdict.code = fault.code;
        if (fault.code != ErrorCode::none)
            verdict.bad_records.push_back({index, std::move(fault.message)});
        ++index;
        return true;
    });
    if (refused(verdict))
        verdict.message = std::to_string(verdict.bad_records.size())
                          + " of the batch's records are refused; the " + "first is "
                          + std::to_string(verdict.bad_records.front().index) + ": "
                          + verdict.bad_records.front().message;
    return verdict;
}

bool to_be_rebuilt(const BatchHeader& header, const BatchRules& rules) {
    return rules.compress_with && rules.compress_with->codec != header.codec();
}

// The batch under the topic's codec, in place of the one that came.
BatchVerdict rebuild(const BatchHeader& header, const BatchRecords& records, TimestampMs oldest,
                     const BatchRules& rules) {
    if ((header.is_log_append_time() ? header.max_timestamp : oldest) < no_timestamp)
        return refuse(ErrorCode::invalid_record,
                      "A negative timestamp cannot be compressed anew, as the topic wants it.");
    if (header.producer_id != kafka::no_producer_id
        && (header.producer_epoch == kafka::no_producer_epoch || header.base_sequence < 0))
        return refuse(ErrorCode::invalid_record,
                      "A producer without epoch or sequence cannot be compressed anew.");
    auto rebuilt = kafka::rebuild_batch(header, records, *rules.compress_with);
    if (!rebuilt) return refuse(ErrorCode::invalid_record, rebuilt.error().what + ".");
    if (rebuilt->size() > rules.max_batch_bytes)
        return refuse(ErrorCode::message_too_large,
                      "The batch has " + std::to_string(rebuilt->size())
                          + " bytes under the topic's codec, more than max.message.bytes="
                          + std::to_string(rules.max_batch_bytes) + ".");
    BatchVerdict verdict;
    verdict.batch = storage::IncomingBatch::of(std::move(*rebuilt));
    return verdict;
}

// Takes the batch as it came but for what its header may not say.
BatchVerdict take(const ReceivedRecords& received, const BatchHeader& said,
                  const BatchHeader& truth) {
    if (said.attributes != truth.attributes || said.max_timestamp != truth.max_timestamp)
        kafka::set_attributes_and_max_timestamp(received.bytes, truth);
    return {ErrorCode::none, {}, {}, {received.bytes, received.owner, truth}};
}

BatchVerdict judge_records(const ReceivedRecords& received, const BatchHeader& header,
                           const BatchRules& rules) {
    const auto records = kafka::records_of(received.bytes, header, rules.max_inflated_bytes);
    auto truth = header;
    truth.attributes = header.client_attributes();
    const auto summary = records ? kafka::summarize_records(truth, *records) : records.error();
    if (!summary) {
        const bool too_large = summary.error().code == Errc::too_large;
        auto verdict = refuse(too_large ? ErrorCode::message_too_large : ErrorCode::invalid_record,
                              summary.error().what + ".");
        verdict.inflates_too_far = too_large;
        return verdict;
    }
    const bool in_time = rules.log_append_time
                         || (summary->oldest >= rules.oldest && summary->newest <= rules.newest);
    if (!in_time || header.is_log_append_time() || (rules.keys_required && summary->null_keys))
        if (auto verdict = name_bad_records(truth, *records, header, rules); refused(verdict))
            return verdict;
    if (header.has_producer_id() && header.producer_epoch < kafka::no_producer_epoch)
        return refuse(ErrorCode::invalid_producer_epoch, "A producer's epoch is -1 or more.");
    if (to_be_rebuilt(header, rules)) return rebuild(header, *records, summary->oldest, rules);
    if (!summary->offsets_dense)
        return refuse(ErrorCode::invalid_record, "Offsets inside a batch must be 0, 1, 2, …");
    truth.max_timestamp = std::max(summary->newest, no_timestamp);
    return take(received, header, truth);
}

BatchVerdict judge_found(const ReceivedRecords& received, const Found& found,
                         const BatchRules& rules) {
    auto verdict = judge_header(found.batch, found.header, rules);
    if (!refused(verdict))
        verdict = judge_records({received.bytes.first(found.batch.size()), received.owner},
                                found.header, rules);
    verdict.is_one_batch = true;
    return verdict;
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
    rules.log_append_time = log.timestamp_type == storage::TimestampType::log_append_time;
    rules.oldest = now - topic.timestamp_before_max_ms;
    constexpr auto latest = std::numeric_limits<TimestampMs>::max();
    rules.newest = now + std::min(topic.timestamp_after_max_ms, latest - now);
    rules.compress_with = topic.compress_with;
    return rules;
}

std::optional<BatchHeader> transactional_batch(ByteView bytes) {
    const auto first = cut_batch(bytes);
    if (first.code != ErrorCode::none || first.batch.empty()) return std::nullopt;
    // One byte of every batch is looked at, before its header is read.
    constexpr std::size_t at_flags = 22;
    constexpr std::byte transactional{0x10};
    if (first.batch.size() <= at_flags || (first.batch[at_flags] & transactional) == std::byte{0})
        return std::nullopt;
    const auto header = header_of(first.batch);
    if (header.magic != 2 || !header.is_transactional()) return std::nullopt;
    return header;
}

BatchVerdict judge_batch(const ReceivedRecords& received, const BatchRules& rules) {
    Found found;
    if (auto verdict = find_batch(received.bytes, rules, found); refused(verdict)) return verdict;
    return judge_found(received, found, rules);
}

std::optional<BatchVerdict> judge_at_once(const ReceivedRecords& received,
                                          const BatchRules& rules) {
    Found found;
    if (auto verdict = find_batch(received.bytes, rules, found); refused(verdict)) return verdict;
    const bool compressed = found.header.codec_bits() != 0;
    if (to_be_rebuilt(found.header, rules) || (compressed && found.batch.size() > stored_at_once))
        return std::nullopt;
    auto bounded = rules;
    bounded.max_inflated_bytes = std::min(rules.max_inflated_bytes, inflated_at_once);
    auto verdict = judge_found(received, found, bounded);
    if (verdict.inflates_too_far && bounded.max_inflated_bytes < rules.max_inflated_bytes)
        return std::nullopt;
    return verdict;
}

}  // namespace leat::broker
