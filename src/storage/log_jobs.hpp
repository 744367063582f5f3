// The parts of a log's work that block: jobs that any thread may run, one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/log_types.hpp"
#include "storage/producer_state.hpp"
#include "storage/segment_place.hpp"

namespace leat::storage {

class BatchScanner;
class JournalGroup;

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
    std::string table_;                   // the folder's first one of segments
    std::vector<IndexWrite> indexes_;
    std::vector<PendingSnapshot> snapshots_;
    std::int64_t stale_snapshot_ = -1;  // to be removed once a newer one is there
    Result<void> saved_;
    Result<void> result_ = Error{Errc::cancelled, "the sync did not run"};
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
    // A segment with what its time index says of what the search may find in it.
    struct Candidate {
        const SegmentPlace* place;
        TimestampMs at_most;  // no record has a larger timestamp
        std::int64_t from;    // none before this offset that the search may find has a larger one
    };
    std::vector<Candidate> candidates(Disk& disk) const;
    Found largest(Disk& disk) const;
    Found largest_in(Disk& disk, const Candidate& candidate) const;
    Found largest_of(ByteView batch) const;
    Found scan(Disk& disk, const SegmentPlace& place, std::optional<TimeIndexEntry> from) const;
    using LookAt = std::function<Result<bool>(const BatchScanner&)>;
    Result<void> walk(Disk& disk, const SegmentPlace& named, std::optional<std::int64_t> from,
                      const LookAt& look_at) const;

    std::vector<SegmentPlace> segments_;
    TimestampMs timestamp_ = 0;
    bool largest_ = false;
    std::int64_t log_start_ = 0;
    std::int64_t upper_bound_ = 0;
};

}  // namespace leat::storage
