#include "storage/aborted_search.hpp"

#include <algorithm>

namespace leat::storage {
namespace {

constexpr std::size_t entries_read = 512;

Result<std::vector<AbortedTransaction>> entries_at(const File& file, std::uint64_t first,
                                                   std::size_t count) {
    Bytes bytes(count * aborted_entry_size);
    const auto got = file.read_at(first * aborted_entry_size, bytes);
    if (!got) return got.error();
    bytes.resize(*got);
    return decode_aborted(bytes);
}

// The index of the first entry that ends at `offset` or behind it.
Result<std::uint64_t> first_ending_at(const File& file, std::int64_t offset) {
    const auto size = file.size();
    if (!size) return size.error();
    std::uint64_t low = 0;
    auto high = *size / aborted_entry_size;
    while (low < high) {
        const auto middle = low + (high - low) / 2;
        const auto entry = entries_at(file, middle, 1);
        if (!entry) return entry.error();
        if (!entry->empty() && entry->front().last_offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

}  // namespace

void AbortedSearch::add(const std::vector<AbortedTransaction>& entries) {
    const auto first =
        std::ranges::lower_bound(entries, from_, {}, &AbortedTransaction::last_offset);
    if (first != entries.end()) parts_.push_back({{}, {first, entries.end()}});
}

bool AbortedSearch::needs_disk() const {
    return std::ranges::any_of(parts_, [](const Part& part) { return !part.path.empty(); });
}

/// Whether later entries may concern the read.
bool AbortedSearch::take(const std::vector<AbortedTransaction>& entries,
                         std::vector<AbortedTransaction>& found) const {
    for (const auto& entry : entries) {
        if (entry.concerns(from_, until_)) found.push_back(entry);
        // All that ends later begins at or behind what was stable then.
        if (entry.last_stable_offset >= until_) return false;
    }
    return true;
}

Result<bool> AbortedSearch::take_file(Disk& disk, const std::string& path,
                                      std::vector<AbortedTransaction>& found) const {
    const auto file = disk.open(path, OpenMode::read);
    if (!file) return file.error();
    const auto first = first_ending_at(**file, from_);
    if (!first) return first.error();
    for (auto at = *first;; at += entries_read) {
        const auto entries = entries_at(**file, at, entries_read);
        if (!entries) return entries.error();
        if (!take(*entries, found)) return false;
        if (entries->size() < entries_read) return true;
    }
}

Result<std::vector<AbortedTransaction>> AbortedSearch::run(Disk& disk) const {
    std::vector<AbortedTransaction> found;
    for (const auto& part : parts_) {
        Result<bool> goes_on = true;
        if (part.path.empty())
            goes_on = take(part.entries, found);
        else
            goes_on = take_file(disk, part.path, found);
        if (!goes_on) return goes_on.error();
        if (!*goes_on) break;
    }
    return found;
}

}  // namespace leat::storage
