// The parts of a log's work that block: jobs that any thread may run, one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/log_types.hpp"
#include "storage/producer_state.hpp"
#include "storage/segment.hpp"

namespace leat::storage {

class BatchScanner;
class JournalGroup;

/// Where a segment lies, so that a job can work on it without the log.
struct SegmentPlace {
    std::shared_ptr<File> file;  // or none: the job opens it by its path
    std::string path;
    std::int64_t base_offset = 0;
    std::uint64_t size = 0;  // bytes of whole batches when the job was made
    bool dense = true;       // each batch begins where the one before it ended
    /// The index entry from which to look, of a segment whose index is in memory.
    std::optional<IndexEntry> hint;
    /// The index files of a segment whose indexes are not in memory; else empty.
    std::string index_path;
    std::string time_index_path;
    /// The same of a time index in memory, and its last entry.
    std::optional<TimeIndexEntry> time_hint;
    std::optional<TimeIndexEntry> last_time;
};

/// Syncs what a log had appended when begin_sync() made it.
class SyncJob {
public:
    /// Syncs files, then directories, then saves indexes and snapshots and replaces segments'
    /// files. Once.
    void run(Disk& disk);
    /// Instead of run(), where Log::bytes_for_journal() allows it: adds the data to a group of the
    /// journal, whose fate is to be told next.
    Result<void> add_to(JournalGroup& group) const;
    void journaled() {
        result_ = {};
        is_journaled_ = true;
    }
    bool is_journaled() const { return is_journaled_; }
    /// Whether what was appended is durable.
    const Result<void>& result() const { return result_; }
    /// Whether there was room for indexes and snapshots.
    bool has_saved() const { return saved_.ok(); }
    std::int64_t end_offset() const { return end_offset_; }

private:
    friend class Log;
    struct IndexWrite {
        std::string path;
        std::uint64_t position;  // bytes already there
        Bytes bytes;
    };
    Result<void> sync_all(Disk& disk);
    Result<void> save(Disk& disk);

    std::string dir_;
    Uuid topic_id_;
    std::int64_t end_offset_ = 0;
    bool is_journaled_ = false;
    bool saves_ = false;
    struct Covered {
        std::shared_ptr<File> file;
        std::int64_t base_offset;
        std::uint64_t identity;
        std::uint64_t durable_size;  // before
        std::uint64_t size;
    };
    std::vector<Covered> segments_;
    std::vector<std::string> paths_;  // of small files to be synced as well
    std::vector<std::string> dirs_;
    std::vector<std::int64_t> replaced_;  // base offsets of segments whose file is replaced
    std::vector<IndexWrite> indexes_;
    std::vector<PendingSnapshot> snapshots_;
    std::int64_t stale_snapshot_ = -1;  // to be removed once a newer one is there
    Result<void> saved_;
    Result<void> result_ = Error{Errc::cancelled, "the sync did not run"};
};

/// Reads whole batches of one segment from its file, checking each.
class ColdRead {
public:
    ColdRead(SegmentPlace place, std::int64_t offset, ReadLimits limits)
        : place_(std::move(place)), offset_(offset), limits_(limits) {}
    /// Faults: corrupt (the batch that holds the offset is damaged; those before and after it stay
    /// readable), storage (the read failed), offset_out_of_range (deleted meanwhile).
    ColdOutcome run(Disk& disk) const;

private:
    /// Moves to the batch that holds the offset.
    ColdOutcome find(BatchScanner& scanner) const;

    SegmentPlace place_;
    std::int64_t offset_;
    ReadLimits limits_;
};

/// Looks for a record by its timestamp (ListOffsets).
class TimestampSearch {
public:
    /// Nothing: no such record. Errors: io, corrupt.
    Result<std::optional<TimestampAndOffset>> run(Disk& disk) const;

private:
    friend class Log;
    using Found = Result<std::optional<TimestampAndOffset>>;
    Found first_since(Disk& disk, const SegmentPlace& place) const;
    Found largest(Disk& disk) const;
    Found scan(Disk& disk, const SegmentPlace& named, std::optional<TimeIndexEntry> from) const;

    std::vector<SegmentPlace> segments_;
    TimestampMs timestamp_ = 0;
    bool largest_ = false;
    std::int64_t log_start_ = 0;
    std::int64_t upper_bound_ = 0;
};

/// Looks up files of indexes that are not in memory; nothing if they cannot be read or are empty.
std::optional<IndexEntry> look_up_index(Disk& disk, const std::string& path,
                                        std::int64_t relative_offset);
/// The last entry older than `timestamp`.
std::optional<TimeIndexEntry> look_up_time(Disk& disk, const std::string& path,
                                           TimestampMs timestamp);
std::optional<TimeIndexEntry> last_time_entry(Disk& disk, const std::string& path);

}  // namespace leat::storage
