#include "storage/cold_read.hpp"

#include <algorithm>
#include <array>

namespace leat::storage {
namespace {

// How many batches behind the last index entry that fits are looked at.
constexpr int batches_walked = 64;

ColdOutcome fault(LogFault kind, std::string what, std::int64_t next_readable = -1) {
    return {kind, std::move(what), {}, next_readable, {}};
}

// The header of a batch that is known to be sound, and to end at `limit` at the latest.
std::optional<kafka::BatchHeader> header_at(const File& file, std::uint64_t position,
                                            std::uint64_t limit) {
    std::array<std::byte, kafka::batch_header_size> bytes{};
    if (position + bytes.size() > limit) return std::nullopt;
    const auto got = file.read_at(position, bytes);
    if (!got || *got < bytes.size()) return std::nullopt;
    const auto header = kafka::BatchHeader::read(bytes);
    if (!header || !is_frame(*header) || header->size() > limit - position) return std::nullopt;
    return header;
}

}  // namespace

ColdOutcome ColdRead::run(Disk& disk) {
    const bool was_open = place_.file != nullptr;
    const auto file = open_place(disk, place_);
    if (!file && file.error().code == Errc::not_found)
        return fault(LogFault::offset_out_of_range, "the segment was deleted meanwhile");
    if (!file) return fault(LogFault::storage, file.error().what);
    place_.file = *file;
    if (!was_open)
        if (auto known = know_again(); !known) return fault(LogFault::storage, known.error().what);
    place_.index_file = open_index(disk, place_);
    learned_ = {place_.base_offset, place_.identity, place_.file, place_.index_file, 0, 0};

    // About what lies between two index entries.
    constexpr std::size_t searched = std::size_t{64} * 1024;
    const auto from = start_of_search(*place_.file, place_.index_file.get(), place_, offset_);
    auto range = range_from(place_, from);
    range.window = limits_.max_bytes + searched;
    if (was_open)
        if (const auto span = sound_span(from)) {
            if (auto outcome = in_file(*span)) return std::move(*outcome);
            range = range_from(place_, span->begin);
            range.window = std::max(span->size(), limits_.max_bytes);
        }
    return read(range);
}

/// The batches at the end are missing, and rightly so: what follows is in the next segment.
ColdOutcome ColdRead::ends_in_a_hole() const {
    ColdOutcome outcome;
    outcome.next_readable = place_.next_offset;
    return outcome;
}

/// A file that was opened by its name may have taken the place of the one that is known: it is
/// smaller then, and has holes.
Result<void> ColdRead::know_again() {
    const auto size = place_.file->size();
    if (!size) return size.error();
    if (*size >= place_.size) return {};
    place_.size = *size;
    place_.dense = false;
    return {};
}

/// The batches that the reader is to have, if nothing of them, and of what lies between `from` and
/// them, needs to be checked.
std::optional<ColdRead::Span> ColdRead::sound_span(std::uint64_t from) const {
    const auto& file = *place_.file;
    const auto limit = std::min(place_.sound.end_from(from), place_.size);
    auto first = header_at(file, from, limit);
    while (first && first->next_offset() <= offset_) {
        from += first->size();
        first = header_at(file, from, limit);
    }
    if (!first || first->base_offset >= limits_.upper_bound) return std::nullopt;
    if (first->size() > limits_.max_bytes && !limits_.at_least_one) return std::nullopt;
    const auto most = from + std::max(limits_.max_bytes, first->size());
    Span span{from, from + first->size(), false, first->next_offset()};
    extend(span, most, limit);
    return span;
}

/// To the end of the last batch that ends at `most` at the latest, or of one before it, if the
/// index leaves it far to look for.
void ColdRead::extend(Span& span, std::uint64_t most, std::uint64_t limit) const {
    const auto& file = *place_.file;
    if (limit == place_.size && limit <= most && place_.next_offset <= limits_.upper_bound) {
        span.end = limit;
        span.next_offset = place_.next_offset;
        return;
    }
    auto last = place_.end_hint;
    const auto below = limits_.upper_bound - place_.base_offset;
    if (place_.index_file) last = last_index_entry(*place_.index_file, most, below);
    const auto from = span.end;
    if (last && last->position > from && last->position <= std::min(most, limit)
        && confirmed_position(file, *last, place_.base_offset, place_.size)) {
        span.end = last->position;
        span.next_offset = place_.base_offset + last->relative_offset;
    }
    for (int i = 0; i < batches_walked; ++i) {
        const auto next = header_at(file, span.end, std::min(most, limit));
        if (!next || next->base_offset >= limits_.upper_bound) return;
        span.end += next->size();
        span.next_offset = next->next_offset();
    }
    // Far from its end it is better read, and the batches behind it with it.
    span.is_short = span.end - from < (std::min(most, limit) - from) / 2;
}

std::optional<ColdOutcome> ColdRead::in_file(const Span& span) const {
    const auto& file = place_.file;
    if (file->descriptor() < 0 || span.is_short || span.size() < limits_.in_file_from
        || !file->is_in_memory(span.begin, span.size()))
        return std::nullopt;
    ColdOutcome outcome;
    outcome.data.file = FileSlice{file, file->descriptor(), span.begin, span.size()};
    outcome.data.bytes = span.size();
    outcome.data.file_end = span.next_offset;
    outcome.learned = learned_;
    return outcome;
}

ColdOutcome ColdRead::read(const ScanRange& range) {
    BatchScanner scanner{*place_.file, range};
    if (auto missing = find(scanner); missing.fault != LogFault::none || missing.next_readable >= 0)
        return missing;

    ColdOutcome outcome;
    learned_.sound_begin = learned_.sound_end = scanner.position();
    do {
        const auto& header = scanner.header();
        learned_.sound_end = scanner.position() + header.size();
        const bool fits = outcome.data.bytes + header.size() <= limits_.max_bytes
                          || (limits_.at_least_one && outcome.data.parts.empty());
        if (header.base_offset >= limits_.upper_bound || !fits) break;
        outcome.data.parts.push_back(scanner.slice());
        outcome.data.bytes += header.size();
        // Damage after the first batch is met by the read that begins there.
    } while (scanner.next() == BatchScanner::Step::batch);
    outcome.learned = learned_;
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
        if (!found && missing_from < 0 && !place_.dense) return ends_in_a_hole();
        return fault(LogFault::corrupt,
                     place_.path + " is damaged at position " + std::to_string(damaged_at)
                         + ": offset " + std::to_string(offset_) + " cannot be read",
                     found ? scanner.header().base_offset : -1);
    }
}

}  // namespace leat::storage
