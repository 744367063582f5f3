// One segment of a log: its file, its sparse indexes and their names.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "kafka/record_batch.hpp"
#include "storage/aborted_transactions.hpp"
#include "storage/byte_ranges.hpp"
#include "storage/open_files.hpp"
#include "storage/segment_table.hpp"

namespace leat::storage {

/// `<20 digits of offset><suffix>`: Kafka's names of a log's files.
std::string file_name(std::int64_t offset, std::string_view suffix);
/// The offset in such a name, if `name` is one with exactly this suffix.
std::optional<std::int64_t> offset_in(std::string_view name, std::string_view suffix);

/// The suffixes of a segment's files. The `.log` is the last to go: by it a start finds the others.
inline constexpr std::array<std::string_view, 7> segment_suffixes{
    ".log.cleaned", ".txnindex.cleaned", ".index", ".timeindex", ".txnindex", ".snapshot", ".log"};

/// An entry of `.index`: the last offset of a batch, less the segment's base, and where the batch
/// begins.
struct IndexEntry {
    std::uint32_t relative_offset = 0;
    std::uint32_t position = 0;
};
/// An entry of `.timeindex`: the largest timestamp so far and the last offset of its batch.
struct TimeIndexEntry {
    TimestampMs timestamp = -1;
    std::uint32_t relative_offset = 0;
};
inline constexpr std::size_t index_entry_size = 8;
inline constexpr std::size_t time_index_entry_size = 12;

Bytes encode(const std::vector<IndexEntry>& entries, std::size_t from);
Bytes encode(const std::vector<TimeIndexEntry>& entries, std::size_t from);
/// As many entries from the front as ascend and lie below `limit` (a position; a count of offsets).
std::vector<IndexEntry> decode_index(ByteView bytes, std::uint64_t limit);
std::vector<TimeIndexEntry> decode_time_index(ByteView bytes);

/// Owned by its Log's thread; file() may be shared with jobs.
class Segment {
public:
    Segment(Disk& disk, std::string dir, std::int64_t base_offset)
        : disk_(disk), dir_(std::move(dir)), base_offset_(base_offset) {}

    std::int64_t base_offset() const { return base_offset_; }
    std::string path(std::string_view suffix) const {
        return join(dir_, file_name(base_offset_, suffix));
    }
    /// The log file, opened on first use and held open: for the active segment.
    Result<std::shared_ptr<File>> file();
    /// The same, held open by the caller alone: a log may have more segments than a process may
    /// have files.
    Result<std::shared_ptr<File>> file_for_caller();
    /// Creates the log file of a new segment. Error: already_exists if there is data in it.
    Result<void> create();
    /// Closes the file, whoever else uses it.
    void close() { file_.reset(); }
    /// Closes the file unless it was used since the last call.
    void close_idle();

    std::uint64_t size = 0;  // bytes of whole batches in the log file
    bool synced = true;      // whether a finished sync of the file covers them, and the name
    std::uint64_t durable_size = 0;  // bytes that are durable, in the file or through the journal
    SegmentFacts facts;
    std::int64_t next_offset = -1;  // behind the last batch that add() was told of
    /// Of the first batch; for the roll by time.
    TimestampMs first_timestamp = -1;
    TimestampMs created_ms = 0;
    /// The largest timestamp; unknown until someone read the time index of a closed segment.
    std::optional<TimestampMs> max_timestamp;
    std::int64_t offset_of_max_timestamp = -1;

    /// Whether the indexes are in memory: of the active segment, and of closed ones until saved.
    bool indexes_in_memory = false;
    std::vector<IndexEntry> index;
    std::vector<TimeIndexEntry> time_index;
    /// The transactions that were aborted in this segment, if they are in memory.
    std::vector<AbortedTransaction> aborted;
    bool aborted_in_memory = true;
    /// The bytes of the file that this process has written or checked.
    ByteRanges sound;
    /// The files, while they are kept open for reads: of a closed segment.
    OpenFiles::Seat open;

    std::size_t saved_index = 0;  // entries that the files hold already
    std::size_t saved_time_index = 0;
    std::size_t saved_aborted = 0;
    bool has_aborted_file = false;  // a `.txnindex`, which holds all that is not in memory
    bool forgets_aborted = false;   // a rewritten one: `aborted` is what is left of the old one's
    bool indexes_saved = true;      // and nothing is missing in them

    /// Accounts for a batch written at `position`, adding index entries each `interval` bytes.
    void add(const kafka::BatchHeader& batch, std::uint64_t position, std::int64_t interval);
    /// Makes the last time index entry that of the largest timestamp, as when a segment is closed.
    void close_time_index();
    /// The entry of the index in memory from which to look for `offset`; nothing: from the start.
    std::optional<IndexEntry> hint_for(std::int64_t offset) const;
    /// The last entry of the index in memory up to `position` and below `offset`.
    std::optional<IndexEntry> hint_until(std::uint64_t position, std::int64_t offset) const;
    /// The last entry of the time index in memory that is older than `timestamp`.
    std::optional<TimeIndexEntry> time_hint_for(TimestampMs timestamp) const;
    /// The last entry of the time index in memory that names an offset below `offset`.
    std::optional<TimeIndexEntry> last_time_below(std::int64_t offset) const;
    /// Frees the memory of the indexes, which are on disk.
    void drop_indexes();

private:
    Disk& disk_;
    std::string dir_;
    std::int64_t base_offset_;
    std::shared_ptr<File> file_;
    bool used_ = false;
    std::int64_t bytes_since_index_ = 0;
};

}  // namespace leat::storage
