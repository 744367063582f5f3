#include "storage/log_jobs.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/log.hpp"
#include "storage/batch_scanner.hpp"
#include "storage/journal.hpp"

namespace leat::storage {
namespace {

// A batch that inflates beyond this is not searched for timestamps.
constexpr std::size_t largest_batch = std::size_t{256} * 1024 * 1024;

}  // namespace

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
    const auto index = open_index(disk, place);
    BatchScanner scanner{
        **file, from ? range_from(place, start_of_search(**file, index.get(), place, offset))
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
