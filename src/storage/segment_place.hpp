// Where a segment lies, and how its index files are searched: for jobs that work without the log.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "storage/batch_scanner.hpp"
#include "storage/byte_ranges.hpp"
#include "storage/segment.hpp"

namespace leat::storage {

/// Where a segment lies, so that a job can work on it without the log.
struct SegmentPlace {
    std::shared_ptr<File> file;  // or none: the job opens it by its path
    std::string path;
    std::int64_t base_offset = 0;
    std::int64_t next_offset = 0;  // behind its last batch
    std::uint64_t identity = 0;    // of its file: SegmentFacts
    std::uint64_t size = 0;        // bytes of whole batches when the job was made
    bool dense = true;             // each batch begins where the one before it ended
    /// The index entry from which to look, of a segment whose index is in memory.
    std::optional<IndexEntry> hint;
    /// The same: the last one of what is to be read.
    std::optional<IndexEntry> end_hint;
    /// The index files of a segment whose indexes are not in memory; else empty.
    std::string index_path;
    std::string time_index_path;
    std::shared_ptr<File> index_file;  // or none: by its path
    /// The same of a time index in memory, and the segment's largest timestamp.
    std::optional<TimeIndexEntry> time_hint;
    std::optional<TimeIndexEntry> last_time;
    /// What of `file` needs no check: this process has written it, or checked it.
    ByteRanges sound;
};

/// Its file. Error: not_found, if it was deleted since; io.
Result<std::shared_ptr<File>> open_place(Disk& disk, const SegmentPlace& place);
/// The file of an index that is not in memory; none if there is none that can be read.
std::shared_ptr<File> open_index(Disk& disk, const SegmentPlace& place);

/// Where to begin to look for `offset`: by the hint, or by `index`, if that is not null.
std::uint64_t start_of_search(const File& file, const File* index, const SegmentPlace& place,
                              std::int64_t offset);
/// All batches from `start` on.
ScanRange range_from(const SegmentPlace& place, std::uint64_t start);

/// The last entry up to `position` and below `relative_offset`.
std::optional<IndexEntry> last_index_entry(const File& index, std::uint64_t position,
                                           std::int64_t relative_offset);
/// The last entry of a time index's file that is older than `timestamp`; nothing if it is empty or
/// cannot be read.
std::optional<TimeIndexEntry> look_up_time(Disk& disk, const std::string& path,
                                           TimestampMs timestamp);
std::optional<TimeIndexEntry> last_time_entry(Disk& disk, const std::string& path);
/// The same for the last entry that names an offset below `relative_offset`.
std::optional<TimeIndexEntry> last_time_entry_below(Disk& disk, const std::string& path,
                                                    std::int64_t relative_offset);

}  // namespace leat::storage
