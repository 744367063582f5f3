#include "storage/index_check.hpp"

#include <algorithm>

namespace leat::storage {
namespace {

constexpr std::size_t entries_in_window = 8192;

bool is_zero(ByteView bytes) {
    return std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; });
}

}  // namespace

EntryReader::EntryReader(std::shared_ptr<File> file, std::size_t entry_size)
    : file_(std::move(file)), entry_size_(entry_size) {
    if (file_) load();
}

void EntryReader::load() {
    at_ = 0;
    window_.resize(entries_in_window * entry_size_);
    const auto got = file_->read_at(position_, window_);
    if (!got) trouble_ = got.error().what;
    window_.resize(got ? *got : 0);
    position_ += window_.size();
    const auto rest = window_.size() % entry_size_;
    if (rest != 0) trouble_ = "it ends within an entry";
    window_.resize(window_.size() - rest);
}

void EntryReader::advance() {
    at_ += entry_size_;
    ++number_;
    if (at_ >= window_.size() && !window_.empty() && trouble_.empty()) load();
}

bool EntryReader::is_zero_to_the_end() {
    bool zero = true;
    for (; !current().empty(); advance()) zero = zero && is_zero(current());
    return zero;
}

void FirstFault::note(std::string what) {
    if (first_.empty())
        first_ = std::move(what);
    else
        ++more_;
}

std::string FirstFault::text() const {
    if (more_ == 0) return first_;
    return first_ + ", and " + std::to_string(more_) + " more";
}

IndexEntry IndexCheck::entry() const {
    const auto* at = reader_.current().data();
    return {load_be<std::uint32_t>(at), load_be<std::uint32_t>(at + 4)};
}

std::string IndexCheck::named(const IndexEntry& entry) const {
    return "entry " + std::to_string(reader_.number()) + " (offset "
           + std::to_string(base_ + entry.relative_offset) + ", position "
           + std::to_string(entry.position) + ")";
}

/// Whether a reader stops before this entry: so it does where entries do not ascend.
bool IndexCheck::is_at_end(const IndexEntry& entry) {
    const bool ascends =
        entry.position > last_.position && entry.relative_offset > last_.relative_offset;
    if (ascends) return false;
    const auto what = named(entry) + " does not ascend";
    if (!reader_.is_zero_to_the_end()) fault_.note(what);
    return true;
}

void IndexCheck::see(const kafka::BatchHeader& batch, std::uint64_t position) {
    while (!ended_ && !reader_.current().empty()) {
        const auto next = entry();
        // Behind a batch a later one is meant, or none: that is seen there.
        if (next.position > position) return;
        if (is_at_end(next)) return ended_ = true, void();
        if (next.position < position)
            fault_.note(named(next) + " does not point at a batch");
        else if (base_ + next.relative_offset != batch.last_offset())
            fault_.note(named(next) + " points at a batch that ends with offset "
                        + std::to_string(batch.last_offset()));
        last_ = next;
        reader_.advance();
    }
}

std::string IndexCheck::finish() {
    if (!ended_ && !reader_.current().empty() && !is_at_end(entry()))
        fault_.note(named(entry()) + " points behind the last batch");
    if (!reader_.trouble().empty()) fault_.note(reader_.trouble());
    return fault_.text();
}

TimeIndexEntry TimeIndexCheck::entry() const {
    const auto* at = reader_.current().data();
    return {load_be<std::int64_t>(at), load_be<std::uint32_t>(at + 8)};
}

std::string TimeIndexCheck::named(const TimeIndexEntry& entry) const {
    return "entry " + std::to_string(reader_.number()) + " (timestamp "
           + std::to_string(entry.timestamp) + ", offset "
           + std::to_string(base_ + entry.relative_offset) + ")";
}

bool TimeIndexCheck::is_at_end(const TimeIndexEntry& entry) {
    const bool ascends =
        entry.timestamp > last_.timestamp && entry.relative_offset >= last_.relative_offset;
    if (ascends) return false;
    const auto what = named(entry) + " does not ascend";
    if (!reader_.is_zero_to_the_end()) fault_.note(what);
    return true;
}

void TimeIndexCheck::see(const kafka::BatchHeader& batch) {
    largest_ = std::max(largest_, batch.max_timestamp);
    while (!ended_ && !reader_.current().empty()) {
        const auto next = entry();
        if (is_at_end(next)) return ended_ = true, void();
        const auto offset = base_ + next.relative_offset;
        if (offset > batch.last_offset()) return;
        if (offset < batch.base_offset)
            fault_.note(named(next) + " names an offset that no batch holds");
        if (offset >= batch.base_offset && next.timestamp != batch.max_timestamp) {
            const auto what = named(next) + " names a batch with the timestamp "
                              + std::to_string(batch.max_timestamp);
            // What looks like a first entry may be room for one.
            const bool zero = is_zero(reader_.current());
            if (zero && reader_.is_zero_to_the_end()) return ended_ = true, void();
            fault_.note(what);
            if (zero) return ended_ = true, void();
        }
        last_ = next;
        reader_.advance();
    }
}

std::string TimeIndexCheck::finish(bool complete) {
    if (!ended_ && !reader_.current().empty() && !is_at_end(entry()))
        fault_.note(named(entry()) + " names an offset behind the last batch");
    if (complete && fault_.text().empty() && last_.timestamp < largest_)
        fault_.note("its last entry is not the segment's largest timestamp, "
                    + std::to_string(largest_));
    if (!reader_.trouble().empty()) fault_.note(reader_.trouble());
    return fault_.text();
}

}  // namespace leat::storage
