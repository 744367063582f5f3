#include "draft.hpp"

#include "kafka/varint.hpp"

namespace leat::batches {
namespace {

constexpr std::size_t at_length = 8;
constexpr std::size_t at_crc = 17;
constexpr std::size_t at_last_offset_delta = 23;
constexpr std::size_t at_count = 57;

void append_sized(Bytes& out, std::int32_t size, const Bytes& bytes) {
    kafka::append_varint(out, size);
    if (size >= 0) out.insert(out.end(), bytes.begin(), bytes.end());
}

Bytes encode(const RecordDraft& record) {
    Bytes body{static_cast<std::byte>(record.attributes)};
    append_styled(body, record.timestamp_delta, record.varlongs);
    append_styled(body, record.offset_delta, record.varints);
    append_sized(body, record.key_size, record.key);
    append_sized(body, record.value_size, record.value);
    kafka::append_varint(body, record.header_count);
    for (const auto& header : record.headers) {
        append_sized(body, header.key_size, header.key);
        append_sized(body, header.value_size, header.value);
    }
    body = body + record.tail;
    Bytes bytes;
    const auto size = static_cast<std::int32_t>(body.size()) + record.length_lie;
    kafka::append_varint(bytes, record.length.value_or(size));
    return bytes + body;
}

// With a sound batch around it, whose header is then overwritten.
Bytes header_of(const kafka::BatchHeader& header) {
    const kafka::NewRecord any{};
    auto bytes = kafka::build_batch({&any, 1});
    bytes.resize(kafka::batch_header_size);
    store_fields(bytes, header);
    return bytes;
}

}  // namespace

void append_styled(Bytes& out, std::int64_t value, const VarintStyle& style) {
    Bytes plain;
    kafka::append_varlong(plain, value);
    while (plain.size() < style.bytes) {
        plain.back() |= std::byte{0x80};
        plain.push_back(std::byte{0});
    }
    plain.back() |= static_cast<std::byte>(style.extra);
    out.insert(out.end(), plain.begin(), plain.end());
}

void store_fields(std::span<std::byte> batch, const kafka::BatchHeader& header) {
    store_be(batch.data(), header.base_offset);
    store_be(batch.data() + 12, header.leader_epoch);
    store_be(batch.data() + 16, header.magic);
    store_be(batch.data() + 21, header.attributes);
    store_be(batch.data() + 27, header.base_timestamp);
    store_be(batch.data() + 35, header.max_timestamp);
    store_be(batch.data() + 43, header.producer_id);
    store_be(batch.data() + 51, header.producer_epoch);
    store_be(batch.data() + 53, header.base_sequence);
}

Bytes BatchDraft::encode() const {
    Bytes content;
    for (const auto& record : records) content = content + batches::encode(record);
    content = content + content_tail;
    auto stored = framing ? framing(content) : kafka::compress(codec, content);
    if (damage) damage(stored);

    auto sent = header;
    sent.attributes = static_cast<std::int16_t>(sent.attributes | static_cast<int>(codec));
    auto batch = header_of(sent) + stored;
    const auto count = static_cast<std::int32_t>(records.size());
    const auto delta = count - 1 + (consistent ? count_lie : 0);
    store_be(batch.data() + at_count, count + count_lie);
    store_be(batch.data() + at_last_offset_delta, last_offset_delta.value_or(delta));
    const auto size = static_cast<std::int32_t>(batch.size() - kafka::batch_prefix_size);
    store_be(batch.data() + at_length, length.value_or(size + length_lie));
    kafka::set_attributes_and_max_timestamp(batch, sent);  // for its checksum
    if (wrong_checksum) batch[at_crc] ^= std::byte{1};

    auto all = before + batch + after;
    if (cut) all.resize(std::min(all.size(), *cut));
    return all;
}

}  // namespace leat::batches
