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
    // A swap must find the table.
    const bool is_needed = !table_.empty() && !replaced_.empty();
    if (!saved_.ok() && (is_needed || saved_.error().code != Errc::no_space)) result_ = saved_;
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
    if (!table_.empty())
        if (auto wrote = replace_file(disk, path_of_segment_table(dir_), as_bytes(table_)); !wrote)
            return wrote;
    bool has_new_aborted = false;
    for (const auto& index : indexes_) {
        has_new_aborted |= index.position == 0 && index.path.ends_with(".txnindex");
        const auto file = disk.open(index.path, OpenMode::create);
        if (!file) return file.error();
        if (auto wrote = (*file)->write_at(index.position, index.bytes); !wrote) return wrote;
        if (auto cut = (*file)->truncate(index.position + index.bytes.size()); !cut) return cut;
        if (auto synced = (*file)->sync(); !synced) return synced;
    }
    // Of what lies before a snapshot, nobody looks for aborted transactions any more.
    if (has_new_aborted)
        if (auto synced = disk.sync_dir(dir_); !synced) return synced;
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

// Those with the largest timestamps first; the older one first among equals.
std::vector<TimestampSearch::Candidate> TimestampSearch::candidates(Disk& disk) const {
    std::vector<Candidate> all;
    for (const auto& place : segments_) {
        const bool in_memory = place.time_index_path.empty();
        const auto last =
            in_memory ? place.last_time : last_time_entry(disk, place.time_index_path);
        if (!last) continue;
        // Its record may be of those that the search may not find: then the entry before them.
        const auto below = upper_bound_ - place.base_offset;
        const auto found = last->relative_offset < below ? last
                           : in_memory                   ? place.time_hint
                                       : last_time_entry_below(disk, place.time_index_path, below);
        const auto named = place.base_offset + (found ? std::int64_t{found->relative_offset} : 0);
        all.push_back({&place, last->timestamp, std::max(log_start_, named)});
    }
    std::ranges::stable_sort(all, std::ranges::greater{}, &Candidate::at_most);
    return all;
}

TimestampSearch::Found TimestampSearch::largest(Disk& disk) const {
    std::optional<TimestampAndOffset> best;
    for (const auto& candidate : candidates(disk)) {
        if (best && candidate.at_most < best->timestamp) break;
        if (best && candidate.at_most == best->timestamp
            && candidate.place->base_offset > best->offset)
            continue;
        auto found = largest_in(disk, candidate);
        if (!found) return found;
        const auto& hit = *found;
        if (!hit) continue;
        if (!best || hit->timestamp > best->timestamp
            || (hit->timestamp == best->timestamp && hit->offset < best->offset))
            best = hit;
    }
    return best;
}

// Only the batch with the largest timestamp is looked into, and one that begins before the log.
TimestampSearch::Found TimestampSearch::largest_in(Disk& disk, const Candidate& candidate) const {
    SharedSlice best;
    TimestampMs best_time = -1;
    const auto look_at = [&](const BatchScanner& scanner) -> Result<bool> {
        const auto& header = scanner.header();
        if (header.max_timestamp <= best_time || header.record_count == 0) return true;
        auto time = header.max_timestamp;
        if (header.base_offset < log_start_) {
            const auto within = largest_of(scanner.bytes());
            if (!within) return within.error();
            time = *within ? (*within)->timestamp : -1;
        }
        if (time <= best_time) return true;
        best = scanner.slice();
        best_time = time;
        return best_time < candidate.at_most;
    };
    if (auto walked = walk(disk, *candidate.place, candidate.from, look_at); !walked)
        return walked.error();
    return best.bytes.empty() ? Found{std::nullopt} : largest_of(best.bytes);
}

// The first among equals.
TimestampSearch::Found TimestampSearch::largest_of(ByteView batch) const {
    std::optional<TimestampAndOffset> best;
    const auto epoch = kafka::BatchHeader::read(batch)->leader_epoch;
    const auto read =
        kafka::for_each_record(batch, largest_batch, [&](const kafka::RecordView& record) {
            if (record.offset >= log_start_ && (!best || record.timestamp > best->timestamp))
                best = TimestampAndOffset{record.timestamp, record.offset, epoch};
            return true;
        });
    if (!read) return read.error();
    return best;
}

TimestampSearch::Found TimestampSearch::scan(Disk& disk, const SegmentPlace& place,
                                             std::optional<TimeIndexEntry> from) const {
    std::optional<TimestampAndOffset> found;
    const auto look_at = [&](const BatchScanner& scanner) -> Result<bool> {
        const auto& header = scanner.header();
        if (header.max_timestamp < timestamp_) return true;
        const auto read = kafka::for_each_record(
            scanner.bytes(), largest_batch, [&](const kafka::RecordView& record) {
                if (record.timestamp < timestamp_ || record.offset < log_start_) return true;
                found = {record.timestamp, record.offset, header.leader_epoch};
                return false;
            });
        if (!read) return read.error();
        return !found;
    };
    // All batches up to the entry's are older: begin behind its offset, if the index is right.
    std::optional<std::int64_t> offset;
    if (from) offset = place.base_offset + std::int64_t{from->relative_offset};
    if (auto walked = walk(disk, place, offset, look_at); !walked) return walked.error();
    return found;
}

// Shows the batches from about `from` on that the search may find, until `look_at` says false.
Result<void> TimestampSearch::walk(Disk& disk, const SegmentPlace& named,
                                   std::optional<std::int64_t> from, const LookAt& look_at) const {
    const auto file = open_place(disk, named);
    if (!file && file.error().code == Errc::not_found) return {};
    if (!file) return file.error();
    // The file may have been replaced since: by a smaller one, with holes.
    const auto size = (*file)->size();
    if (!size) return size.error();
    auto place = named;
    place.size = std::min(named.size, *size);
    place.dense = false;
    const auto index = open_index(disk, place);
    BatchScanner scanner{
        **file, from ? range_from(place, start_of_search(**file, index.get(), place, *from))
                     : ScanRange{.end = place.size, .dense = place.dense}};
    for (auto step = scanner.next();; step = scanner.next()) {
        if (step == BatchScanner::Step::damaged) step = scanner.resync();
        if (step == BatchScanner::Step::failed) return scanner.error();
        if (step == BatchScanner::Step::end) return {};
        if (scanner.header().base_offset >= upper_bound_) return {};
        if (scanner.header().next_offset() <= log_start_) continue;
        const auto goes_on = look_at(scanner);
        if (!goes_on) return goes_on.error();
        if (!*goes_on) return {};
    }
}

}  // namespace leat::storage
