#include "kafka/record_batch.hpp"

#include <algorithm>
#include <limits>

#include "base/crc32c.hpp"
#include "kafka/varint.hpp"

namespace leat::kafka {
namespace {

// Where the fields lie, in bytes from the start of the batch.
enum At : std::size_t {
    at_base_offset = 0,
    at_length = 8,
    at_leader_epoch = 12,
    at_magic = 16,
    at_crc = 17,
    at_attributes = 21,
    at_last_offset_delta = 23,
    at_base_timestamp = 27,
    at_max_timestamp = 35,
    at_producer_id = 43,
    at_producer_epoch = 51,
    at_base_sequence = 53,
    at_record_count = 57,
};

constexpr std::int16_t codec_bits_mask = 0x07;
constexpr std::int16_t log_append_time_bit = 0x08;
constexpr std::int16_t transactional_bit = 0x10;
constexpr std::int16_t control_bit = 0x20;
constexpr std::int16_t delete_horizon_bit = 0x40;

// The least that a record takes: length, attributes, two deltas, key, value, header count.
constexpr std::size_t min_record_size = 7;

bool counts_agree(const BatchHeader& h) {
    if (h.record_count < 0 || h.last_offset_delta < 0) return false;
    if (h.last_offset_delta == std::numeric_limits<std::int32_t>::max()) return false;
    return h.record_count <= h.last_offset_delta + 1;
}

Error corrupt(std::string what) { return {Errc::corrupt, std::move(what)}; }

// As Java adds longs: a hostile delta must not be undefined behaviour.
std::int64_t wrapping_add(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

std::int64_t wrapping_subtract(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}

// Whether `count` headers fill `bytes`: each has a name, and nothing follows the last.
bool headers_fill(ByteView bytes, std::int32_t count) {
    VarintReader in{bytes};
    for (std::int32_t i = 0; i < count && in.ok(); ++i) {
        (void)in.sized_bytes();
        (void)in.nullable_bytes();
    }
    return in.ok() && in.rest().empty();
}

// Reads one record's fields from a body of exactly its length.
inline bool read_record(ByteView body, const BatchHeader& batch, RecordView& record) {
    VarintReader in{body};
    in.skip(1);  // attributes: none are defined
    record.timestamp = wrapping_add(batch.base_timestamp, in.varlong());
    record.offset = wrapping_add(batch.base_offset, in.varint());
    record.key = in.nullable_bytes();
    record.value = in.nullable_bytes();
    record.header_count = in.varint();
    record.headers = in.rest();
    if (batch.is_log_append_time()) record.timestamp = batch.max_timestamp;
    if (record.header_count == 0) return in.ok() && record.headers.empty();
    return in.ok() && record.header_count > 0 && headers_fill(record.headers, record.header_count);
}

template <class Visit>
Result<void> visit_records(ByteView records, const BatchHeader& batch, Visit&& visit) {
    if (batch.record_count < 0
        || static_cast<std::size_t>(batch.record_count) * min_record_size > records.size())
        return corrupt("the batch counts more records than its bytes can hold");
    VarintReader in{records};
    RecordView record;
    for (std::int32_t i = 0; i < batch.record_count; ++i) {
        const auto body = in.sized_bytes();
        if (!in.ok()) return corrupt("a record's length runs past the end of its batch");
        if (!read_record(body, batch, record))
            return corrupt("a record's fields and headers do not fill its length");
        if (!visit(record)) return {};
    }
    if (!in.rest().empty()) return corrupt("bytes follow the last record of a batch");
    return {};
}

// Appends one record whose headers are encoded already.
void append_record(Bytes& out, Bytes& body, const RecordView& record, TimestampMs base_timestamp,
                   std::int32_t offset_delta) {
    body.clear();
    body.push_back(std::byte{0});
    append_varlong(body, wrapping_subtract(record.timestamp, base_timestamp));
    append_varint(body, offset_delta);
    append_nullable_bytes(body, record.key);
    append_nullable_bytes(body, record.value);
    append_varint(body, record.header_count);
    body.insert(body.end(), record.headers.begin(), record.headers.end());
    append_varint(out, static_cast<std::int32_t>(body.size()));
    out.insert(out.end(), body.begin(), body.end());
}

Bytes encode_headers(std::span<const Header> headers) {
    Bytes bytes;
    for (const auto& [key, value] : headers) {
        append_nullable_bytes(bytes, as_bytes(key));
        append_nullable_bytes(bytes,
                              value ? std::optional<ByteView>{ByteView{*value}} : std::nullopt);
    }
    return bytes;
}

// What the records of a new batch are together.
struct EncodedRecords {
    Bytes bytes;
    std::int32_t count = 0;
    TimestampMs base_timestamp = -1;
    TimestampMs max_timestamp = -1;
    Bytes body;  // kept for its memory

    void add(const RecordView& record) {
        if (count == 0) base_timestamp = max_timestamp = record.timestamp;
        append_record(bytes, body, record, base_timestamp, count++);
        max_timestamp = std::max(max_timestamp, record.timestamp);
    }
};

std::int16_t attribute_bits(const BatchOptions& options) {
    auto bits = static_cast<std::int16_t>(options.codec);
    if (options.transactional) bits |= transactional_bit;
    if (options.control) bits |= control_bit;
    return bits;
}

void renew_crc(std::span<std::byte> batch) {
    store_be(batch.data() + at_crc, crc32c(ByteView{batch}.subspan(at_attributes)));
}

/// The batch with the fields of `header`, but for length, magic and checksum, which follow.
Bytes whole_batch(const BatchHeader& header, ByteView stored) {
    Bytes batch(batch_header_size + stored.size());
    std::byte* at = batch.data();
    store_be(at + at_base_offset, header.base_offset);
    store_be(at + at_length, static_cast<std::int32_t>(batch.size() - batch_prefix_size));
    store_be(at + at_leader_epoch, header.leader_epoch);
    store_be(at + at_magic, std::int8_t{2});
    store_be(at + at_attributes, header.attributes);
    store_be(at + at_last_offset_delta, header.last_offset_delta);
    store_be(at + at_base_timestamp, header.base_timestamp);
    store_be(at + at_max_timestamp, header.max_timestamp);
    store_be(at + at_producer_id, header.producer_id);
    store_be(at + at_producer_epoch, header.producer_epoch);
    store_be(at + at_base_sequence, header.base_sequence);
    store_be(at + at_record_count, header.record_count);
    std::ranges::copy(stored, batch.begin() + batch_header_size);
    renew_crc(batch);
    return batch;
}

Bytes assemble(const EncodedRecords& records, const BatchOptions& options) {
    BatchHeader header;
    header.base_offset = options.base_offset;
    header.leader_epoch = options.leader_epoch;
    header.attributes = attribute_bits(options);
    header.last_offset_delta = records.count - 1;
    header.base_timestamp = records.base_timestamp;
    header.max_timestamp = records.max_timestamp;
    header.producer_id = options.producer_id;
    header.producer_epoch = options.producer_epoch;
    header.base_sequence = options.base_sequence;
    header.record_count = records.count;
    if (options.codec == Codec::none) return whole_batch(header, records.bytes);
    return whole_batch(header, compress({options.codec, options.compression_level}, records.bytes));
}

}  // namespace

std::int32_t BatchHeader::last_sequence() const {
    if (base_sequence == no_sequence) return no_sequence;
    const std::int64_t last = std::int64_t{base_sequence} + last_offset_delta;
    constexpr std::int64_t span = std::int64_t{std::numeric_limits<std::int32_t>::max()} + 1;
    return static_cast<std::int32_t>(last % span);
}

std::optional<BatchHeader> BatchHeader::read(ByteView bytes) {
    if (bytes.size() < batch_header_size) return std::nullopt;
    const std::byte* at = bytes.data();
    BatchHeader h;
    h.base_offset = load_be<std::int64_t>(at + at_base_offset);
    h.batch_length = load_be<std::int32_t>(at + at_length);
    h.leader_epoch = load_be<std::int32_t>(at + at_leader_epoch);
    h.magic = load_be<std::int8_t>(at + at_magic);
    h.crc = load_be<std::uint32_t>(at + at_crc);
    h.attributes = load_be<std::int16_t>(at + at_attributes);
    h.last_offset_delta = load_be<std::int32_t>(at + at_last_offset_delta);
    h.base_timestamp = load_be<std::int64_t>(at + at_base_timestamp);
    h.max_timestamp = load_be<std::int64_t>(at + at_max_timestamp);
    h.producer_id = load_be<std::int64_t>(at + at_producer_id);
    h.producer_epoch = load_be<std::int16_t>(at + at_producer_epoch);
    h.base_sequence = load_be<std::int32_t>(at + at_base_sequence);
    h.record_count = load_be<std::int32_t>(at + at_record_count);
    return h;
}

const char* name_of(BatchFault fault) {
    switch (fault) {
        case BatchFault::truncated:
            return "truncated";
        case BatchFault::bad_length:
            return "bad length";
        case BatchFault::bad_magic:
            return "bad magic";
        case BatchFault::bad_crc:
            return "bad checksum";
        case BatchFault::bad_counts:
            return "contradicting counts";
    }
    return "unknown";
}

BatchCheck check_batch(ByteView bytes, std::size_t max_size) {
    const auto fault = [](BatchFault f) { return BatchCheck{std::nullopt, f}; };
    const auto header = BatchHeader::read(bytes);
    if (!header) return fault(BatchFault::truncated);
    if (header->batch_length < static_cast<std::int32_t>(batch_header_size - batch_prefix_size)
        || header->size() > max_size)
        return fault(BatchFault::bad_length);
    if (header->magic != 2) return fault(BatchFault::bad_magic);
    if (header->size() > bytes.size()) return fault(BatchFault::truncated);
    if (!checksum_holds(bytes.first(header->size()), *header)) return fault(BatchFault::bad_crc);
    if (!counts_agree(*header)) return fault(BatchFault::bad_counts);
    return {header, {}};
}

bool checksum_holds(ByteView bytes, const BatchHeader& header) {
    return crc32c(bytes.subspan(at_attributes)) == header.crc;
}

void set_base_offset(std::span<std::byte> batch, std::int64_t base_offset) {
    store_be(batch.data() + at_base_offset, base_offset);
}

void set_leader_epoch(std::span<std::byte> batch, std::int32_t leader_epoch) {
    store_be(batch.data() + at_leader_epoch, leader_epoch);
}

void set_append_time(std::span<std::byte> batch, TimestampMs now) {
    const auto attributes = load_be<std::int16_t>(batch.data() + at_attributes);
    store_be(batch.data() + at_attributes,
             static_cast<std::int16_t>(attributes | log_append_time_bit));
    store_be(batch.data() + at_max_timestamp, now);
    renew_crc(batch);
}

void set_attributes_and_max_timestamp(std::span<std::byte> batch, const BatchHeader& truth) {
    store_be(batch.data() + at_attributes, truth.attributes);
    store_be(batch.data() + at_max_timestamp, truth.max_timestamp);
    renew_crc(batch);
}

Result<BatchRecords> records_of(ByteView batch, const BatchHeader& header,
                                std::size_t max_inflated) {
    if (header.size() < batch_header_size || header.size() > batch.size())
        return corrupt("the batch is not whole");
    const auto stored = batch.first(header.size()).subspan(batch_header_size);
    const auto codec = codec_of(header.codec_bits());
    if (!codec) return Error{Errc::unsupported, "the batch names a codec that does not exist"};
    if (*codec == Codec::none) return BatchRecords{{}, stored};
    auto inflated = decompress(*codec, stored, max_inflated);
    if (!inflated) return inflated.error();
    BatchRecords records{std::move(*inflated), {}};
    records.bytes = records.inflated;
    return records;
}

Result<void> for_each_record(const BatchHeader& header, const BatchRecords& records,
                             const RecordVisitor& visit) {
    return visit_records(records.bytes, header, visit);
}

Result<void> for_each_record(ByteView batch, std::size_t max_inflated, const RecordVisitor& visit) {
    const auto header = BatchHeader::read(batch);
    if (!header) return corrupt("the batch is not whole");
    const auto records = records_of(batch, *header, max_inflated);
    if (!records) return records.error();
    return for_each_record(*header, *records, visit);
}

Result<RecordsSummary> summarize_records(const BatchHeader& header, const BatchRecords& records) {
    RecordsSummary summary;
    std::int32_t index = 0;
    const auto read = visit_records(records.bytes, header, [&](const RecordView& record) {
        summary.offsets_dense &= record.offset == wrapping_add(header.base_offset, index++);
        summary.null_keys |= !record.key;
        summary.oldest = std::min(summary.oldest, record.timestamp);
        summary.newest = std::max(summary.newest, record.timestamp);
        return true;
    });
    if (!read) return read.error();
    return summary;
}

Result<std::vector<Header>> decode_headers(const RecordView& record) {
    VarintReader in{record.headers};
    std::vector<Header> headers;
    if (static_cast<std::size_t>(record.header_count) > record.headers.size())
        return corrupt("a record counts more headers than its bytes can hold");
    for (std::int32_t i = 0; i < record.header_count && in.ok(); ++i) {
        const auto key = in.sized_bytes();
        const auto value = in.nullable_bytes();
        headers.push_back({std::string{as_text(key)}, std::nullopt});
        if (value) headers.back().value.emplace(value->begin(), value->end());
    }
    if (!in.ok() || !in.rest().empty()) return corrupt("a record's headers do not fit its length");
    return headers;
}

Bytes build_batch(std::span<const NewRecord> records, const BatchOptions& options) {
    check(!records.empty(), "a batch holds at least one record");
    EncodedRecords encoded;
    for (const auto& record : records) {
        const auto headers = encode_headers(record.headers);
        encoded.add({.timestamp = record.timestamp,
                     .key = record.key,
                     .value = record.value,
                     .headers = headers,
                     .header_count = static_cast<std::int32_t>(record.headers.size())});
    }
    return assemble(encoded, options);
}

Result<Bytes> rebuild_batch(const BatchHeader& header, const BatchRecords& records,
                            const Compression& how) {
    EncodedRecords encoded;
    encoded.bytes.reserve(records.bytes.size());
    const auto read = visit_records(records.bytes, header, [&](const RecordView& record) {
        encoded.add(record);
        return true;
    });
    if (!read) return read.error();
    return assemble(encoded, {.codec = how.codec,
                              .compression_level = how.level,
                              .producer_id = header.producer_id,
                              .producer_epoch = header.producer_epoch,
                              .base_sequence = header.base_sequence,
                              .transactional = header.is_transactional()});
}

Result<Bytes> retain_records(const BatchHeader& header, const BatchRecords& records,
                             const RecordVisitor& keep, std::optional<TimestampMs> delete_horizon) {
    auto kept = header;
    if (delete_horizon) {
        kept.attributes |= delete_horizon_bit;
        kept.base_timestamp = *delete_horizon;
    }
    kept.record_count = 0;
    auto newest = std::numeric_limits<TimestampMs>::min();
    Bytes encoded;
    Bytes body;
    encoded.reserve(records.bytes.size());
    const auto read = visit_records(records.bytes, header, [&](const RecordView& record) {
        if (!keep(record)) return true;
        const auto delta = static_cast<std::int32_t>(record.offset - header.base_offset);
        append_record(encoded, body, record, kept.base_timestamp, delta);
        newest = std::max(newest, record.timestamp);
        ++kept.record_count;
        return true;
    });
    if (!read) return read.error();
    check(kept.record_count > 0, "a batch of no records has no need to be encoded");
    if (!header.is_log_append_time()) kept.max_timestamp = newest;
    if (header.codec() == Codec::none) return whole_batch(kept, encoded);
    return whole_batch(kept, compress(header.codec(), encoded));
}

Bytes without_records(BatchHeader header) {
    // Neither a codec nor a horizon says anything of no records.
    header.attributes &= static_cast<std::int16_t>(~(codec_bits_mask | delete_horizon_bit));
    header.base_timestamp = header.max_timestamp;
    header.record_count = 0;
    return whole_batch(header, {});
}

}  // namespace leat::kafka
