#include "storage/log_jobs.hpp"

#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "base/log.hpp"
#include "storage/batch_scanner.hpp"
#include "storage/journal.hpp"

namespace leat::storage {
namespace {

// A batch that inflates beyond this is not searched for timestamps.
constexpr std::size_t largest_batch = std::size_t{256} * 1024 * 1024;

template <class Entry, std::size_t size, class Read>
std::optional<Entry> entry_at(const File& file, std::uint64_t index, Read read) {
    std::array<std::byte, size> bytes{};
    const auto got = file.read_at(index * size, bytes);
    if (!got || *got < size) return std::nullopt;
    return read(bytes.data());
}

std::optional<IndexEntry> index_at(const File& file, std::uint64_t index) {
    return entry_at<IndexEntry, index_entry_size>(file, index, [](const std::byte* at) {
        return IndexEntry{load_be<std::uint32_t>(at), load_be<std::uint32_t>(at + 4)};
    });
}

std::optional<TimeIndexEntry> time_at(const File& file, std::uint64_t index) {
    return entry_at<TimeIndexEntry, time_index_entry_size>(file, index, [](const std::byte* at) {
        return TimeIndexEntry{load_be<std::int64_t>(at), load_be<std::uint32_t>(at + 8)};
    });
}

/// The last entry of an index file that comes before `is_after` begins to hold.
template <class At, class IsAfter>
auto last_before(const File& file, std::size_t entry_size, At at, IsAfter is_after)
    -> decltype(at(file, 0)) {
    const auto size = file.size();
    if (!size) return std::nullopt;
    std::uint64_t low = 0;
    std::uint64_t high = *size / entry_size;
    while (low < high) {
        const auto middle = low + (high - low) / 2;
        const auto entry = at(file, middle);
        if (!entry) return std::nullopt;
        if (is_after(*entry))
            high = middle;
        else
            low = middle + 1;
    }
    if (low == 0) return std::nullopt;
    return at(file, low - 1);
}

Result<std::shared_ptr<File>> open_place(Disk& disk, const SegmentPlace& place) {
    if (place.file) return place.file;
    return disk.open(place.path, OpenMode::read);
}

/// Where to begin to look for `offset`.
std::uint64_t start_of_search(Disk& disk, const File& file, const SegmentPlace& place,
                              std::int64_t offset) {
    auto hint = place.hint;
    if (!place.index_path.empty())
        hint = look_up_index(disk, place.index_path, offset - place.base_offset);
    if (!hint || hint->position == 0) return 0;
    if (const auto position = confirmed_position(file, *hint, place.base_offset, place.size))
        return *position;
    log::warn("an index entry does not fit its log: searching from the segment's start",
              {{"file", place.path}, {"position", hint->position}});
    return 0;
}

/// The range of a place from the batch that may hold `offset` on.
ScanRange range_from(Disk& disk, const File& file, const SegmentPlace& place, std::int64_t offset) {
    const auto start = start_of_search(disk, file, place, offset);
    return {.position = start,
            .end = place.size,
            .expected = start == 0 && place.dense ? place.base_offset : -1,
            .dense = place.dense};
}

ColdOutcome fault(LogFault kind, std::string what, std::int64_t next_readable = -1) {
    return {kind, std::move(what), {}, next_readable};
}

}  // namespace

std::optional<IndexEntry> look_up_index(Disk& disk, const std::string& path,
                                        std::int64_t relative_offset) {
    const auto file = disk.open(path, OpenMode::read);
    if (!file) return std::nullopt;
    return last_before(**file, index_entry_size, index_at, [&](const IndexEntry& entry) {
        return std::int64_t{entry.relative_offset} > relative_offset;
    });
}

std::optional<TimeIndexEntry> look_up_time(Disk& disk, const std::string& path,
                                           TimestampMs timestamp) {
    const auto file = disk.open(path, OpenMode::read);
    if (!file) return std::nullopt;
    return last_before(**file, time_index_entry_size, time_at,
                       [&](const TimeIndexEntry& entry) { return entry.timestamp >= timestamp; });
}

std::optional<TimeIndexEntry> last_time_entry(Disk& disk, const std::string& path) {
    const auto file = disk.open(path, OpenMode::read);
    if (!file) return std::nullopt;
    return last_before(**file, time_index_entry_size, time_at,
                       [](const TimeIndexEntry&) { return false; });
}

void SyncJob::run(Disk& disk) {
    result_ = sync_all(disk);
    if (result_.ok() && saves_) saved_ = save(disk);
    if (!saved_.ok() && saved_.error().code != Errc::no_space) result_ = saved_;
    // After the indexes were written, which would be those of the old file.
    for (const auto base_offset : replaced_)
        if (result_.ok()) result_ = swap_segment(disk, dir_, base_offset);
}

Result<void> SyncJob::add_to(JournalGroup& group) const {
    check(paths_.empty() && dirs_.empty() && replaced_.empty() && !saves_,
          "the journal is for data alone");
    for (const auto& segment : segments_) {
        if (segment.size == segment.durable_size) continue;
        auto added = group.add({topic_id_, dir_, segment.base_offset, segment.identity,
                                segment.durable_size, segment.size - segment.durable_size},
                               *segment.file);
        if (!added) return added;
    }
    return {};
}

Result<void> SyncJob::sync_all(Disk& disk) {
    for (const auto& segment : segments_)
        if (auto synced = segment.file->sync(); !synced) return synced;
    for (const auto& path : paths_) {
        const auto file = disk.open(path, OpenMode::write);
        if (!file) return file.error();
        if (auto synced = (*file)->sync(); !synced) return synced;
    }
    for (const auto& dir : dirs_)
        if (auto synced = disk.sync_dir(dir); !synced) return synced;
    return {};
}

Result<void> SyncJob::save(Disk& disk) {
    for (const auto& index : indexes_) {
        const auto file = disk.open(index.path, OpenMode::create);
        if (!file) return file.error();
        if (auto wrote = (*file)->write_at(index.position, index.bytes); !wrote) return wrote;
        if (auto cut = (*file)->truncate(index.position + index.bytes.size()); !cut) return cut;
        if (auto synced = (*file)->sync(); !synced) return synced;
    }
    // A snapshot promises that everything before its offset was synced: recovery relies on it.
    for (const auto& snapshot : snapshots_) {
        const auto path = join(dir_, file_name(snapshot.offset, ".snapshot"));
        if (auto wrote = replace_file(disk, path, snapshot.bytes); !wrote) return wrote;
    }
    if (stale_snapshot_ >= 0) {
        auto removed = disk.remove(join(dir_, file_name(stale_snapshot_, ".snapshot")));
        if (!removed && removed.error().code != Errc::not_found) return removed;
    }
    return {};
}

ColdOutcome ColdRead::run(Disk& disk) const {
    const auto file = open_place(disk, place_);
    if (!file && file.error().code == Errc::not_found)
        return fault(LogFault::offset_out_of_range, "the segment was deleted meanwhile");
    if (!file) return fault(LogFault::storage, file.error().what);

    // About what lies between two index entries.
    constexpr std::size_t searched = std::size_t{64} * 1024;
    auto range = range_from(disk, **file, place_, offset_);
    range.window = limits_.max_bytes + searched;
    BatchScanner scanner{**file, range};
    if (auto missing = find(scanner); missing.fault != LogFault::none) return missing;

    ColdOutcome outcome;
    do {
        const auto& header = scanner.header();
        const bool fits = outcome.data.bytes + header.size() <= limits_.max_bytes
                          || (limits_.at_least_one && outcome.data.parts.empty());
        if (header.base_offset >= limits_.upper_bound || !fits) break;
        outcome.data.parts.push_back(scanner.slice());
        outcome.data.bytes += header.size();
        // Damage after the first batch is met by the read that begins there.
    } while (scanner.next() == BatchScanner::Step::batch);
    return outcome;
}

ColdOutcome ColdRead::find(BatchScanner& scanner) const {
    using Step = BatchScanner::Step;
    for (;;) {
        auto step = scanner.next();
        std::int64_t missing_from = -1;
        const auto damaged_at = scanner.position();
        if (step == Step::damaged) {
            missing_from = std::max<std::int64_t>(scanner.expected(), 0);
            step = scanner.resync();
        }
        if (step == Step::failed) return fault(LogFault::storage, scanner.error().what);
        const bool found = step == Step::batch;
        if (found && scanner.header().next_offset() <= offset_) continue;
        if (found && (missing_from < 0 || scanner.header().base_offset <= offset_)) return {};
        return fault(LogFault::corrupt,
                     place_.path + " is damaged at position " + std::to_string(damaged_at)
                         + ": offset " + std::to_string(offset_) + " cannot be read",
                     found ? scanner.header().base_offset : -1);
    }
}

TimestampSearch::Found TimestampSearch::run(Disk& disk) const {
    if (largest_) return largest(disk);
    for (const auto& place : segments_) {
        auto found = first_since(disk, place);
        if (!found || *found) return found;
    }
    return Found{std::nullopt};
}

TimestampSearch::Found TimestampSearch::first_since(Disk& disk, const SegmentPlace& place) const {
    const auto last = place.time_index_path.empty() ? place.last_time
                                                    : last_time_entry(disk, place.time_index_path);
    if (last && last->timestamp < timestamp_) return Found{std::nullopt};
    auto from = place.time_hint;
    if (!place.time_index_path.empty())
        from = look_up_time(disk, place.time_index_path, timestamp_);
    return scan(disk, place, from);
}

TimestampSearch::Found TimestampSearch::largest(Disk& disk) const {
    const SegmentPlace* best = nullptr;
    std::optional<TimeIndexEntry> best_time;
    for (const auto& place : segments_) {
        const auto last = place.time_index_path.empty()
                              ? place.last_time
                              : last_time_entry(disk, place.time_index_path);
        if (!last || (best_time && last->timestamp <= best_time->timestamp)) continue;
        best = &place;
        best_time = last;
    }
    if (best == nullptr) return Found{std::nullopt};
    auto search = *this;
    search.timestamp_ = best_time->timestamp;
    return search.scan(disk, *best, std::nullopt);
}

TimestampSearch::Found TimestampSearch::scan(Disk& disk, const SegmentPlace& named,
                                             std::optional<TimeIndexEntry> from) const {
    const auto file = open_place(disk, named);
    if (!file && file.error().code == Errc::not_found) return Found{std::nullopt};
    if (!file) return file.error();
    // The file may have been replaced since: by a smaller one, with holes.
    const auto size = (*file)->size();
    if (!size) return size.error();
    auto place = named;
    place.size = std::min(named.size, *size);
    place.dense = false;
    // All batches up to the entry's are older: begin behind its offset, if the index is right.
    const auto offset = place.base_offset + (from ? std::int64_t{from->relative_offset} : 0);
    BatchScanner scanner{**file, from ? range_from(disk, **file, place, offset)
                                      : ScanRange{.end = place.size, .dense = place.dense}};
    for (auto step = scanner.next();; step = scanner.next()) {
        if (step == BatchScanner::Step::damaged) step = scanner.resync();
        if (step == BatchScanner::Step::failed) return scanner.error();
        if (step == BatchScanner::Step::end) return Found{std::nullopt};
        const auto& header = scanner.header();
        if (header.base_offset >= upper_bound_) return Found{std::nullopt};
        if (header.max_timestamp < timestamp_ || header.next_offset() <= log_start_) continue;
        TimestampAndOffset found;
        const auto read = kafka::for_each_record(
            scanner.bytes(), largest_batch, [&](const kafka::RecordView& record) {
                if (record.timestamp < timestamp_ || record.offset < log_start_) return true;
                found = {record.timestamp, record.offset, header.leader_epoch};
                return false;
            });
        if (!read) return read.error();
        if (found.offset >= 0) return std::optional{found};
    }
}

}  // namespace leat::storage
