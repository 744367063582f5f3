#include "storage/compaction.hpp"

#include <algorithm>
#include <limits>

#include "base/check.hpp"

namespace leat::storage {
namespace {

constexpr std::uint64_t bytes_a_step = std::uint64_t{1} << 20U;
constexpr std::size_t written_at_once = std::size_t{1} << 20U;
// A whole segment at its end would hold up the syncs that clients wait for.
constexpr std::uint64_t synced_at_once = std::uint64_t{8} << 20U;
// A batch that inflates beyond this cannot be compacted, and nor can its log.
constexpr std::size_t most_inflated = std::size_t{1} << 30U;

std::string cleaned(const std::string& dir, std::int64_t base_offset, const char* suffix) {
    return join(dir, file_name(base_offset, suffix));
}

Result<void> remove_if_any(Disk& disk, const std::string& path) {
    auto removed = disk.remove(path);
    if (!removed && removed.error().code == Errc::not_found) return {};
    return removed;
}

Result<void> write_whole(Disk& disk, const std::string& path, ByteView bytes) {
    const auto file = disk.open(path, OpenMode::create);
    if (!file) return file.error();
    if (auto cut = (*file)->truncate(0); !cut) return cut;
    if (auto wrote = (*file)->write_at(0, bytes); !wrote) return wrote;
    return (*file)->sync();
}

}  // namespace

struct Compaction::Scan {
    Scan(std::shared_ptr<File> opened, std::uint64_t size)
        : file(std::move(opened)), scanner(*file, {.end = size, .dense = false}) {}
    std::shared_ptr<File> file;
    BatchScanner scanner;
    ByteView batch() const { return scanner.bytes(); }
};

struct Compaction::Output {
    std::shared_ptr<File> file;
    std::unique_ptr<Segment> segment;
    Bytes unwritten;
    std::uint64_t written = 0;
    std::uint64_t synced = 0;
    bool changed = false;
    std::vector<std::int64_t> dropped_aborts;  // offsets of markers
};

Compaction::Compaction(CompactionPlan plan) : plan_(std::move(plan)), mapped_until_(plan_.until) {}

Compaction::State Compaction::step(Disk& disk) {
    check(!is_done_ && !ready_.segment, "a compaction goes on, and what it made was taken");
    return run_piece(disk);
}

Compaction::State Compaction::run_piece(Disk& disk) {
    Result<void> piece;
    switch (phase_) {
        case Phase::begin:
            piece = begin(disk);
            break;
        case Phase::map:
            piece = map_piece(disk);
            break;
        case Phase::clean:
            piece = clean_piece(disk);
            break;
    }
    if (!piece) {
        error_ = piece.error();
        is_done_ = true;
        return State::failed;
    }
    if (is_done_) return State::done;
    return std::exchange(has_ready_, false) ? State::has_segment : State::goes_on;
}

void Compaction::abandon(Disk& disk) {
    scan_.reset();
    output_.reset();
    is_done_ = true;
    // The one that was begun, and one that nobody took.
    for (auto i = at_ > 0 ? at_ - 1 : 0; i <= at_ && i < plan_.segments.size(); ++i)
        for (const auto* suffix : {".log.cleaned", ".txnindex.cleaned"})
            (void)remove_if_any(disk, cleaned(plan_.dir, plan_.segments[i].base_offset, suffix));
}

Result<void> Compaction::begin(Disk& disk) {
    auto aborted = plan_.aborted.run(disk);
    if (!aborted) return aborted.error();
    aborted_ = std::move(*aborted);
    auto limits = plan_.map;
    limits.keys = static_cast<std::uint64_t>(plan_.until - plan_.first_dirty);
    map_.emplace(limits, plan_.hash_key);
    transactions_.emplace(aborted_);
    while (at_ < plan_.segments.size() && source().next_offset <= plan_.first_dirty) ++at_;
    phase_ = Phase::map;
    return {};
}

Result<void> Compaction::open_scan(Disk& disk) {
    auto file = disk.open(cleaned(plan_.dir, source().base_offset, ".log"), OpenMode::read);
    if (!file) return file.error();
    scan_ = std::make_shared<Scan>(std::move(*file), source().size);
    return {};
}

/// Whether there is a next batch.
Result<bool> Compaction::next_batch() {
    auto& scanner = scan_->scanner;
    switch (scanner.next()) {
        case BatchScanner::Step::batch:
            io_bytes_ += scanner.header().size();
            return true;
        case BatchScanner::Step::end:
            return false;
        case BatchScanner::Step::failed:
            return scanner.error();
        case BatchScanner::Step::damaged:
            break;
    }
    return Error{Errc::corrupt, cleaned(plan_.dir, source().base_offset, ".log")
                                    + " is damaged at position "
                                    + std::to_string(scanner.position())};
}

Result<void> Compaction::map_piece(Disk& disk) {
    bool is_full = false;
    const auto enough = io_bytes_ + bytes_a_step;
    while (at_ < plan_.segments.size() && !is_full && io_bytes_ < enough) {
        if (!scan_)
            if (auto opened = open_scan(disk); !opened) return opened;
        const auto more = next_batch();
        if (!more) return more.error();
        if (*more) {
            const auto mapped = map_batch();
            if (!mapped) return mapped.error();
            is_full = !*mapped;
        } else {
            scan_.reset();
            ++at_;
        }
    }
    if (at_ < plan_.segments.size() && !is_full) return {};
    scan_.reset();
    at_ = 0;
    transactions_.emplace(aborted_);
    phase_ = Phase::clean;
    return {};
}

/// False if there was no room for a key: then mapped_until_ is the offset of its record.
Result<bool> Compaction::map_batch() {
    const auto& header = scan_->scanner.header();
    if (header.is_control() || transactions_->is_aborted(header) || header.record_count == 0
        || header.last_offset() < plan_.first_dirty)
        return true;
    bool has_room = true;
    const auto read =
        kafka::for_each_record(scan_->batch(), most_inflated, [&](const kafka::RecordView& record) {
            if (!record.key || record.offset < plan_.first_dirty) return true;
            has_room = map_->put(*record.key, record.offset);
            if (!has_room) mapped_until_ = record.offset;
            return has_room;
        });
    if (!read) return read.error();
    return has_room;
}

Result<void> Compaction::clean_piece(Disk& disk) {
    if (at_ == plan_.segments.size() || source().base_offset >= mapped_until_) {
        is_done_ = true;
        return {};
    }
    if (!scan_) {
        if (auto opened = open_scan(disk); !opened) return opened;
        output_ = std::make_shared<Output>();
        output_->segment = std::make_unique<Segment>(disk, plan_.dir, source().base_offset);
        const auto file = disk.open(output_->segment->path(".log.cleaned"), OpenMode::create);
        if (!file) return file.error();
        if (auto cut = (*file)->truncate(0); !cut) return cut;
        output_->file = *file;
    }
    const auto enough = io_bytes_ + bytes_a_step;
    while (io_bytes_ < enough) {
        const auto more = next_batch();
        if (!more) return more.error();
        if (!*more) return finish_segment(disk);
        if (auto cleaned_one = clean_batch(); !cleaned_one) return cleaned_one;
    }
    return {};
}

Result<void> Compaction::clean_batch() {
    const auto& header = scan_->scanner.header();
    stats_.records_read += static_cast<std::uint64_t>(header.record_count);
    stats_.bytes_read += header.size();
    // A segment ends where it did, and a start learns of producers what it did.
    const bool is_last = scan_->scanner.position() + header.size() == source().size;
    const bool keep_empty = is_last || is_last_of_producer(header);
    if (header.is_control()) return clean_control_batch(keep_empty);
    return clean_records(transactions_->is_aborted(header), keep_empty);
}

bool Compaction::is_last_of_producer(const kafka::BatchHeader& batch) const {
    if (!batch.has_producer_id()) return false;
    const auto found = plan_.producers.find(batch.producer_id);
    if (found == plan_.producers.end()) return false;
    const auto& last = found->second;
    if (last.last_offset >= 0) return batch.last_offset() == last.last_offset;
    return batch.is_control() && batch.producer_epoch == last.epoch;
}

bool Compaction::has_passed(const kafka::BatchHeader& batch) const {
    const auto horizon = batch.delete_horizon();
    return horizon && *horizon <= plan_.now;
}

/// That of the batch, or that which it gets.
TimestampMs Compaction::horizon_of(const kafka::BatchHeader& batch) const {
    constexpr auto latest = std::numeric_limits<TimestampMs>::max();
    const auto retention = std::min(plan_.delete_retention_ms, latest - plan_.now);
    return batch.delete_horizon().value_or(plan_.now + retention);
}

/// A marker stays until a compaction has met nothing of its transaction, and then as long as a
/// tombstone: whoever reads the log meanwhile has seen the end of what he began.
Result<void> Compaction::clean_control_batch(bool keep_empty) {
    const auto& header = scan_->scanner.header();
    const auto marker = kafka::read_end_txn_marker(header, scan_->batch());
    const bool ends_nothing = transactions_->ends_nothing(header, marker);
    if (header.record_count == 0 || (ends_nothing && has_passed(header))) {
        if (marker && !marker->commit) output_->dropped_aborts.push_back(header.last_offset());
        if (!keep_empty) return output_->changed = true, Result<void>{};
        if (header.record_count == 0) return put(scan_->batch(), false);
        return put(kafka::without_records(header), true);
    }
    if (!ends_nothing || header.delete_horizon()) return put(scan_->batch(), false);
    const auto records = kafka::records_of(scan_->batch(), header, most_inflated);
    if (!records) return records.error();
    const auto dated = kafka::retain_records(
        header, *records, [](const auto&) { return true; }, horizon_of(header));
    if (!dated) return dated.error();
    return put(*dated, true);
}

bool Compaction::keeps(const kafka::RecordView& record, bool horizon_passed) const {
    if (record.offset >= mapped_until_) return true;
    if (!record.key) return false;
    const auto last = map_->find(*record.key);
    if (last && record.offset < *last) return false;
    return record.value || !horizon_passed;
}

Result<void> Compaction::clean_records(bool is_aborted, bool keep_empty) {
    const auto& header = scan_->scanner.header();
    const auto nothing_left = [&]() -> Result<void> {
        if (!keep_empty) return output_->changed = true, Result<void>{};
        if (header.record_count == 0) return put(scan_->batch(), false);
        return put(kafka::without_records(header), true);
    };
    if (is_aborted || header.record_count == 0) return nothing_left();
    const auto records = kafka::records_of(scan_->batch(), header, most_inflated);
    if (!records) return records.error();
    const bool horizon_passed = has_passed(header);
    std::vector<bool> kept;
    std::int32_t kept_count = 0;
    bool has_tombstone = false;
    const auto judged = kafka::for_each_record(header, *records, [&](const auto& record) {
        kept.push_back(keeps(record, horizon_passed));
        kept_count += kept.back() ? 1 : 0;
        has_tombstone |= kept.back() && !record.value;
        return true;
    });
    if (!judged) return judged.error();
    if (kept_count == 0) return nothing_left();
    const bool needs_horizon = has_tombstone && !header.delete_horizon();
    if (kept_count == header.record_count && !needs_horizon) return put(scan_->batch(), false);
    auto horizon = header.delete_horizon();
    if (needs_horizon) horizon = horizon_of(header);
    std::size_t index = 0;
    const auto rewritten = kafka::retain_records(
        header, *records, [&](const auto&) { return kept[index++]; }, horizon);
    if (!rewritten) return rewritten.error();
    return put(*rewritten, true);
}

Result<void> Compaction::put(ByteView batch, bool changed) {
    auto& output = *output_;
    const auto header = kafka::BatchHeader::read(batch);
    check(header.has_value(), "what is put into a segment is a batch");
    output.segment->add(*header, output.segment->size, plan_.index_interval_bytes);
    output.unwritten.insert(output.unwritten.end(), batch.begin(), batch.end());
    output.changed |= changed;
    stats_.records_kept += static_cast<std::uint64_t>(header->record_count);
    stats_.bytes_kept += header->size();
    if (output.unwritten.size() < written_at_once) return {};
    return flush();
}

Result<void> Compaction::flush() {
    auto& output = *output_;
    if (auto wrote = output.file->write_at(output.written, output.unwritten); !wrote) return wrote;
    output.written += output.unwritten.size();
    io_bytes_ += output.unwritten.size();
    output.unwritten.clear();
    if (output.written - output.synced < synced_at_once) return {};
    output.synced = output.written;
    return output.file->sync();
}

Result<void> Compaction::finish_segment(Disk& disk) {
    const auto base = source().base_offset;
    const auto end = scan_->scanner.expected();
    scan_.reset();
    const auto output = std::exchange(output_, nullptr);
    if (!output->changed) {
        ++at_;
        return remove_if_any(disk, cleaned(plan_.dir, base, ".log.cleaned"));
    }
    output_ = output;
    if (auto flushed = flush(); !flushed) return flushed;
    output_.reset();
    check(output->segment->next_offset == end, "a compacted segment ends where it did");
    if (auto synced = output->file->sync(); !synced) return synced;
    ready_ = {std::move(output->segment), source().identity, std::nullopt};
    const auto index = cleaned(plan_.dir, base, ".txnindex.cleaned");
    const auto is_dropped = [&](const AbortedTransaction& one) {
        return std::ranges::binary_search(output->dropped_aborts, one.last_offset);
    };
    // Even if we know of none that was dropped: the file may tell of more than a start has found.
    if (!output->dropped_aborts.empty()) {
        std::vector<AbortedTransaction> left;
        std::ranges::copy_if(aborted_, back_inserter(left), [&](const auto& one) {
            return one.last_offset >= base && one.last_offset < source().next_offset
                   && !is_dropped(one);
        });
        if (auto wrote = write_whole(disk, index, encode(left, 0)); !wrote) return wrote;
        ready_.aborted = std::move(left);
    } else if (auto removed = remove_if_any(disk, index); !removed) {
        return removed;
    }
    has_ready_ = true;
    ++at_;
    return {};
}

}  // namespace leat::storage
