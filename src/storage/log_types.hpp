// What goes into a Log and comes out of it: faults, outcomes and the environment that logs share.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "base/clock.hpp"
#include "base/uuid.hpp"
#include "kafka/record_batch.hpp"
#include "storage/open_files.hpp"
#include "storage/open_transactions.hpp"

namespace leat::storage {

class ColdRead;
class SpaceGuard;
class TailBudget;

/// Why a log would not do what it was asked. The broker maps each to one of Kafka's error codes.
enum class LogFault {
    none,
    offset_out_of_range,     // OFFSET_OUT_OF_RANGE
    corrupt,                 // CORRUPT_MESSAGE: stored bytes fail their checks
    storage,                 // KAFKA_STORAGE_ERROR: the log is offline, or a read failed
    no_space,                // KAFKA_STORAGE_ERROR: below the free-space floor, or ENOSPC
    too_large,               // RECORD_LIST_TOO_LARGE: larger than a segment
    out_of_order_sequence,   // OUT_OF_ORDER_SEQUENCE_NUMBER
    invalid_producer_epoch,  // INVALID_PRODUCER_EPOCH
    invalid_txn_state,       // INVALID_TXN_STATE
    coordinator_fenced,      // TRANSACTION_COORDINATOR_FENCED
};
const char* name_of(LogFault fault);

/// What all logs of a data directory share. Disk and space guard outlive their use.
struct LogEnvironment {
    Disk& disk;
    std::shared_ptr<TailBudget> tail;
    SpaceGuard& space;
    std::shared_ptr<OpenFiles> files = std::make_shared<OpenFiles>();
};

/// What the data directory knows about a log that is to be opened.
struct OpenFrom {
    Uuid topic_id;
    bool clean_shutdown = false;      // everything was synced and saved before the last exit
    std::int64_t recovery_point = 0;  // all below it was synced
    std::int64_t log_start = 0;       // nothing below it may be read
    TimestampMs now = 0;
    std::vector<std::string>
        new_files;  // written beside the log, to be durable with its first sync
    std::vector<std::string> old_files;  // not surely synced unless the last stop was clean
    bool all_synced = false;             // whatever is found was synced just now
    /// What else is in the folder as soon as there is one.
    struct FirstFile {
        std::string path;
        std::string text;
    };
    std::optional<FirstFile> first_file{};
};

/// What opening a log found and did.
struct OpenReport {
    bool unclean = false;
    std::uint64_t scanned_bytes = 0;
    std::uint64_t truncated_bytes = 0;  // of a torn tail, with the segments after it
    std::int64_t truncated_at = -1;     // the offset at which a torn tail was cut
    std::uint32_t rebuilt_indexes = 0;
};

/// One whole sound batch and its header, which whoever judged or built it has read: nobody reads it
/// again. `bytes` is patched in place (base offset, leader epoch, append time) and, with an
/// `owner`, shared afterwards: nobody else may write to it any more. Without an owner it is copied
/// and need only outlive the call.
struct IncomingBatch {
    std::span<std::byte> bytes;
    std::shared_ptr<const void> owner;
    kafka::BatchHeader header;
    TransactionFacts transaction{};

    /// A batch of our own making, from build_batch().
    static IncomingBatch of(Bytes batch) {
        const auto header = kafka::BatchHeader::read(batch);
        check(header && header->size() == batch.size(), "what is appended is one whole batch");
        auto held = std::make_shared<Bytes>(std::move(batch));
        return {{held->data(), held->size()}, held, *header, {}};
    }
};

/// Who appends. A coordinator (group offsets, metadata) is not held back by the free-space floor.
enum class AppendOrigin { client, coordinator };

struct AppendOutcome {
    LogFault fault = LogFault::none;
    std::string what;               // a sentence, if there is a fault
    std::int64_t base_offset = -1;  // of a duplicate: where it was first stored
    std::int64_t last_offset = -1;
    TimestampMs append_time = -1;  // set with LogAppendTime only
    std::int64_t log_start = -1;
    /// Nothing was appended: the batch is stored already. Acknowledge it, too, only once the high
    /// watermark is above last_offset.
    bool duplicate = false;
};

struct ReadLimits {
    std::int64_t upper_bound = 0;  // no batch at or above it: high watermark or log end
    std::size_t max_bytes = std::size_t{1024} * 1024;
    bool at_least_one = true;  // the first batch may exceed max_bytes
    /// As many bytes or more may stay in a file (ReadData::file), if they need not be read for any
    /// other reason. By default they may not.
    std::size_t in_file_from = ~std::size_t{0};
};

/// Whole batches as they lie in the log; the first may begin before the offset asked for.
struct ReadData {
    std::vector<SharedSlice> parts;
    std::size_t bytes = 0;
    std::optional<FileSlice> file{};  // instead of parts
    std::int64_t file_end = -1;       // no record in `file` has this offset or a later one
};

/// Exactly one of: a fault, data that was in memory (perhaps empty), or a job that has to go to
/// the disk.
struct ReadOutcome {
    LogFault fault = LogFault::none;
    std::string what;
    ReadData data;
    std::shared_ptr<ColdRead> cold;
};

/// What a read found out about a segment's file, for the next one: Log::learn().
struct Learned {
    std::int64_t base_offset = -1;
    std::uint64_t identity = 0;
    std::shared_ptr<File> file{};  // to be kept open
    std::shared_ptr<File> index{};
    /// The bytes that were checked.
    std::uint64_t sound_begin = 0;
    std::uint64_t sound_end = 0;
};

/// What a job on the disk brought back.
struct ColdOutcome {
    LogFault fault = LogFault::none;
    std::string what;
    ReadData data;
    /// With `corrupt`: the first offset after the damaged batch that can be read, or -1 if there is
    /// none in this segment. Without a fault: where to read on, for the segment ends in a hole.
    std::int64_t next_readable = -1;
    Learned learned{};
};

/// A segment that is not appended to any more.
struct ClosedSegment {
    std::int64_t base_offset = 0;
    std::string path;  // of its `.log`
};

struct TimestampAndOffset {
    TimestampMs timestamp = -1;
    std::int64_t offset = -1;
    std::int32_t leader_epoch = -1;
};

struct EpochEnd {
    std::int32_t leader_epoch = -1;
    std::int64_t end_offset = -1;
};

}  // namespace leat::storage
