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

/// Where a segment lies, so that a job can work on it without the log.
struct SegmentPlace {
    std::shared_ptr<File> file;
    std::int64_t base_offset = 0;
    std::uint64_t size = 0;      // bytes of whole batches when the job was made
    std::uint64_t position = 0;  // a batch begins here and the sought offset is not before it
    std::string index_path;      // of a closed segment: look there first; else empty
    std::string time_index_path;
};

/// Syncs what a log had appended when begin_sync() made it.
class SyncJob {
public:
    /// Syncs files, then directories, then saves indexes and snapshots. Once.
    void run(Disk& disk);
    const Result<void>& result() const { return result_; }
    std::int64_t end_offset() const { return end_offset_; }

private:
    friend class Log;
    struct IndexWrite {
        std::string path;
        std::uint64_t position;  // bytes already there
        Bytes bytes;
    };
    Result<void> save(Disk& disk);

    std::string dir_;
    std::int64_t end_offset_ = 0;
    std::vector<std::shared_ptr<File>> files_;
    std::vector<std::string> dirs_;
    std::vector<IndexWrite> indexes_;
    std::vector<PendingSnapshot> snapshots_;
    Result<void> result_ = Error{Errc::cancelled, "the sync did not run"};
};

/// Reads whole batches of one segment from its file, checking each.
class ColdRead {
public:
    ColdRead(SegmentPlace place, std::int64_t offset, ReadLimits limits)
        : place_(std::move(place)), offset_(offset), limits_(limits) {}
    /// Faults: corrupt (the batch that holds the offset is damaged; those before and after it stay
    /// readable), storage (the read failed).
    ColdOutcome run(Disk& disk) const;

private:
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
    std::vector<SegmentPlace> segments_;
    TimestampMs timestamp_ = 0;
    bool largest_ = false;
    std::int64_t log_start_ = 0;
    std::int64_t upper_bound_ = 0;
};

}  // namespace leat::storage
