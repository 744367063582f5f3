// A record batch in the making, in which every length, count and varint can be made to lie.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kafka/record_batch.hpp"

namespace leat::batches {

/// How a varint is written: as short as it can be, or in `bytes` bytes, with `extra` bits set in
/// the last that no value of its width has.
struct VarintStyle {
    unsigned bytes = 0;
    unsigned extra = 0;
};

struct HeaderDraft {
    Bytes key;
    std::int32_t key_size = 0;  // as written; negative: no bytes follow
    Bytes value;
    std::int32_t value_size = 0;
};

struct RecordDraft {
    std::uint8_t attributes = 0;
    std::int64_t timestamp_delta = 0;
    std::int32_t offset_delta = 0;
    Bytes key;
    std::int32_t key_size = 0;
    Bytes value;
    std::int32_t value_size = 0;
    std::vector<HeaderDraft> headers;
    std::int32_t header_count = 0;
    Bytes tail;                   // behind the last header, counted in the record's length
    std::int32_t length_lie = 0;  // added to the record's length
    std::optional<std::int32_t> length;
    VarintStyle varints;   // of the offset delta
    VarintStyle varlongs;  // of the timestamp delta
};

/// Codec and content to what stands in the batch.
using Framing = std::function<Bytes(const Bytes& content)>;

struct BatchDraft {
    kafka::BatchHeader header;  // length, checksum and counts are filled in by encode()
    std::vector<RecordDraft> records;
    kafka::Codec codec = kafka::Codec::none;
    Framing framing;             // empty: as our own codec does
    Bytes content_tail;          // behind the last record, before it is compressed
    std::int32_t count_lie = 0;  // added to the record count and, if `consistent`, to the delta
    bool consistent = true;
    std::optional<std::int32_t> last_offset_delta;
    std::int32_t length_lie = 0;
    std::optional<std::int32_t> length;
    bool wrong_checksum = false;
    std::function<void(Bytes&)> damage;  // of what lies behind the header; the checksum is right
    Bytes before, after;                 // around the batch
    std::optional<std::size_t> cut;      // bytes that remain of it all

    Bytes encode() const;
};

void append_styled(Bytes& out, std::int64_t value, const VarintStyle& style);

/// Overwrites what a client says in the header at the front of `batch`; length, checksum and counts
/// stay as they are.
void store_fields(std::span<std::byte> batch, const kafka::BatchHeader& header);

inline Bytes operator+(Bytes left, const Bytes& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

}  // namespace leat::batches
