// Record batches of magic 2: the unit that Kafka's producers send, its logs store and its consumers
// fetch (KIP-98, KIP-107; layout in docs/formats.md). Pure functions over bytes; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "kafka/compression.hpp"

namespace leat::kafka {

/// Bytes before the length's own count starts: base offset and length.
inline constexpr std::size_t batch_prefix_size = 12;
/// Bytes of a whole batch header, prefix included; the records follow.
inline constexpr std::size_t batch_header_size = 61;

inline constexpr std::int64_t no_producer_id = -1;
inline constexpr std::int16_t no_producer_epoch = -1;
inline constexpr std::int32_t no_sequence = -1;

/// The fixed fields in front of every batch.
struct BatchHeader {
    std::int64_t base_offset = 0;
    std::int32_t batch_length = 0;  // bytes after the prefix
    std::int32_t leader_epoch = -1;
    std::int8_t magic = 2;
    std::uint32_t crc = 0;
    std::int16_t attributes = 0;
    std::int32_t last_offset_delta = 0;
    std::int64_t base_timestamp = -1;
    std::int64_t max_timestamp = -1;
    std::int64_t producer_id = no_producer_id;
    std::int16_t producer_epoch = no_producer_epoch;
    std::int32_t base_sequence = no_sequence;
    std::int32_t record_count = 0;

    /// Bytes of the whole batch, prefix included.
    std::size_t size() const { return batch_prefix_size + static_cast<std::size_t>(batch_length); }
    std::int64_t last_offset() const { return base_offset + last_offset_delta; }
    std::int64_t next_offset() const { return last_offset() + 1; }
    /// The codec's bits as sent: 0–7, of which 5–7 name no codec.
    int codec_bits() const { return attributes & 0x07; }
    Codec codec() const { return static_cast<Codec>(codec_bits()); }
    bool is_log_append_time() const { return (attributes & 0x08) != 0; }
    bool is_transactional() const { return (attributes & 0x10) != 0; }
    bool is_control() const { return (attributes & 0x20) != 0; }
    /// When compaction may drop the batch's tombstones, or its marker (KIP-534): it takes the place
    /// of the base timestamp.
    std::optional<TimestampMs> delete_horizon() const {
        if ((attributes & 0x40) == 0) return std::nullopt;
        return base_timestamp;
    }
    /// What of the attributes is a client's to say: codec and transaction.
    std::int16_t client_attributes() const { return static_cast<std::int16_t>(attributes & 0x17); }
    /// As Kafka sees it: any negative id is none.
    bool has_producer_id() const { return producer_id > no_producer_id; }
    /// The sequence number of the last record; wraps from 2^31-1 to 0.
    std::int32_t last_sequence() const;

    /// Reads the header's fields without judging them; nothing if fewer than 61 bytes are there.
    static std::optional<BatchHeader> read(ByteView bytes);
};

/// Why bytes are not a batch.
enum class BatchFault {
    truncated,   // fewer bytes than the header or its length says
    bad_length,  // the length is smaller than a header or larger than allowed
    bad_magic,   // not magic 2
    bad_crc,     // the checksum does not match
    bad_counts,  // record count, offset delta and sequence contradict each other
};
const char* name_of(BatchFault fault);

/// The header of the batch at the front of `bytes`, or why there is none: length, magic, checksum
/// and counts are checked, the records are not read. Bytes after the batch are ignored.
/// `max_size` bounds the whole batch in bytes.
struct BatchCheck {
    std::optional<BatchHeader> header;  // set if the batch is whole and sound
    BatchFault fault = BatchFault::truncated;
};
BatchCheck check_batch(ByteView bytes, std::size_t max_size);

/// Whether the whole batch `bytes`, whose header is `header`, has the checksum that it says.
bool checksum_holds(ByteView bytes, const BatchHeader& header);

/// Patch the fields outside the checksum of the batch at the front of `batch`.
void set_base_offset(std::span<std::byte> batch, std::int64_t base_offset);
void set_leader_epoch(std::span<std::byte> batch, std::int32_t leader_epoch);
/// Marks the batch as LogAppendTime with `now` as its largest timestamp and renews the checksum.
void set_append_time(std::span<std::byte> batch, TimestampMs now);
/// Gives the whole batch the attributes and the largest timestamp of `truth`, renews the checksum.
void set_attributes_and_max_timestamp(std::span<std::byte> batch, const BatchHeader& truth);

struct Header {
    std::string key;
    std::optional<Bytes> value;
    bool operator==(const Header&) const = default;
};

/// One record, its key and value viewing the (decompressed) batch. Null and empty are different.
struct RecordView {
    std::int64_t offset = 0;
    TimestampMs timestamp = 0;
    std::optional<ByteView> key;
    std::optional<ByteView> value;
    ByteView headers;  // still encoded: see decode_headers()
    std::int32_t header_count = 0;
};

using RecordVisitor = std::function<bool(const RecordView&)>;

/// Calls `visit` for every record of the whole batch at the front of `batch`, in order, until it
/// returns false. Decompresses into memory bounded by `max_inflated` bytes. Errors: corrupt
/// (counts, lengths or compressed data lie), too_large, unsupported (no such codec). Views die with
/// the call.
Result<void> for_each_record(ByteView batch, std::size_t max_inflated, const RecordVisitor& visit);

/// The records of a batch, still encoded but inflated: what walks over them several times inflates
/// them once. Views the batch if it is not compressed.
struct BatchRecords {
    Bytes inflated;
    ByteView bytes;
};
/// Those of the whole batch `batch` with `header`. Errors: corrupt, too_large, unsupported.
Result<BatchRecords> records_of(ByteView batch, const BatchHeader& header,
                                std::size_t max_inflated);
/// As above, of records_of(). Error: corrupt.
Result<void> for_each_record(const BatchHeader& header, const BatchRecords& records,
                             const RecordVisitor& visit);

/// What the records of a batch say together.
struct RecordsSummary {
    bool offsets_dense = true;  // base_offset, base_offset + 1, …
    bool null_keys = false;
    TimestampMs oldest = std::numeric_limits<TimestampMs>::max();
    TimestampMs newest = std::numeric_limits<TimestampMs>::min();
};

/// Reads every record once, as for_each_record() does and with its errors, at a fraction of its
/// cost: this is what a broker pays for each record that it takes.
Result<RecordsSummary> summarize_records(const BatchHeader& header, const BatchRecords& records);

/// The headers of a record. Error: corrupt.
Result<std::vector<Header>> decode_headers(const RecordView& record);

/// A record to be written.
struct NewRecord {
    TimestampMs timestamp = 0;
    std::optional<ByteView> key;
    std::optional<ByteView> value;
    std::vector<Header> headers;
};

/// What a new batch carries beside its records.
struct BatchOptions {
    std::int64_t base_offset = 0;
    Codec codec = Codec::none;
    std::optional<int> compression_level{};
    std::int64_t producer_id = no_producer_id;
    std::int16_t producer_epoch = no_producer_epoch;
    std::int32_t base_sequence = no_sequence;
    std::int32_t leader_epoch = -1;
    bool transactional = false;
    bool control = false;
};

/// A whole batch of `records`, which must not be empty, with its checksum.
Bytes build_batch(std::span<const NewRecord> records, const BatchOptions& options = {});

/// The batch with `header` built anew and compressed as told: producer and transaction as they
/// were, records numbered from 0 without a gap. Error: corrupt.
Result<Bytes> rebuild_batch(const BatchHeader& header, const BatchRecords& records,
                            const Compression& how);

/// The batch with `header` of those of its records for which `keep` is true, one at least: offsets,
/// sequences, producer and codec stay what they are. A `delete_horizon` is written into it. Error:
/// corrupt.
Result<Bytes> retain_records(const BatchHeader& header, const BatchRecords& records,
                             const RecordVisitor& keep, std::optional<TimestampMs> delete_horizon);
/// What is left of a batch with `header` when all of its records are gone.
Bytes without_records(BatchHeader header);

}  // namespace leat::kafka
