#include "storage/segment.hpp"

#include <algorithm>

#include "storage/lines.hpp"

namespace leat::storage {
namespace {
constexpr std::size_t digits_of_offset = 20;
}

std::string file_name(std::int64_t offset, std::string_view suffix) {
    auto digits = std::to_string(offset);
    return std::string(digits_of_offset - digits.size(), '0') + digits + std::string{suffix};
}

std::optional<std::int64_t> offset_in(std::string_view name, std::string_view suffix) {
    if (name.size() != digits_of_offset + suffix.size() || !name.ends_with(suffix))
        return std::nullopt;
    return number_in<std::int64_t>(name.substr(0, digits_of_offset));
}

Bytes encode(const std::vector<IndexEntry>& entries, std::size_t from) {
    Bytes bytes((entries.size() - from) * index_entry_size);
    auto* at = bytes.data();
    for (; from < entries.size(); ++from, at += index_entry_size) {
        store_be(at, entries[from].relative_offset);
        store_be(at + 4, entries[from].position);
    }
    return bytes;
}

Bytes encode(const std::vector<TimeIndexEntry>& entries, std::size_t from) {
    Bytes bytes((entries.size() - from) * time_index_entry_size);
    auto* at = bytes.data();
    for (; from < entries.size(); ++from, at += time_index_entry_size) {
        store_be(at, entries[from].timestamp);
        store_be(at + 8, entries[from].relative_offset);
    }
    return bytes;
}

std::vector<IndexEntry> decode_index(ByteView bytes, std::uint64_t limit) {
    std::vector<IndexEntry> entries;
    entries.reserve(bytes.size() / index_entry_size);
    for (; bytes.size() >= index_entry_size; bytes = bytes.subspan(index_entry_size)) {
        const IndexEntry entry{load_be<std::uint32_t>(bytes.data()),
                               load_be<std::uint32_t>(bytes.data() + 4)};
        if (entry.position >= limit) break;
        if (!entries.empty()
            && (entry.position <= entries.back().position
                || entry.relative_offset <= entries.back().relative_offset))
            break;
        entries.push_back(entry);
    }
    return entries;
}

std::vector<TimeIndexEntry> decode_time_index(ByteView bytes) {
    std::vector<TimeIndexEntry> entries;
    entries.reserve(bytes.size() / time_index_entry_size);
    for (; bytes.size() >= time_index_entry_size; bytes = bytes.subspan(time_index_entry_size)) {
        const TimeIndexEntry entry{load_be<std::int64_t>(bytes.data()),
                                   load_be<std::uint32_t>(bytes.data() + 8)};
        if (!entries.empty()
            && (entry.timestamp <= entries.back().timestamp
                || entry.relative_offset < entries.back().relative_offset))
            break;
        entries.push_back(entry);
    }
    return entries;
}

Result<std::shared_ptr<File>> Segment::file() {
    used_ = true;
    if (file_) return file_;
    auto opened = disk_.open(path(".log"), OpenMode::write);
    if (opened) file_ = *opened;
    return opened;
}

Result<std::shared_ptr<File>> Segment::file_for_caller() {
    if (file_) return file_;
    return disk_.open(path(".log"), OpenMode::write);
}

Result<void> Segment::create() {
    auto opened = disk_.open(path(".log"), OpenMode::create);
    if (!opened) return opened.error();
    const auto found = (*opened)->size();
    if (!found) return found.error();
    if (*found != 0)
        return Error{Errc::already_exists, path(".log") + " holds data that no segment owns"};
    file_ = std::move(*opened);
    used_ = true;
    synced = false;
    indexes_in_memory = true;
    return {};
}

void Segment::close_idle() {
    if (!used_ && synced) file_.reset();
    used_ = false;
}

void Segment::add(const kafka::BatchHeader& batch, std::uint64_t position, std::int64_t interval) {
    if (first_timestamp < 0) first_timestamp = batch.max_timestamp;
    if (!max_timestamp || batch.max_timestamp > *max_timestamp) {
        max_timestamp = batch.max_timestamp;
        offset_of_max_timestamp = batch.last_offset();
    }
    if (bytes_since_index_ > interval) {
        index.push_back({static_cast<std::uint32_t>(batch.last_offset() - base_offset_),
                         static_cast<std::uint32_t>(position)});
        close_time_index();
        bytes_since_index_ = 0;
    }
    bytes_since_index_ += static_cast<std::int64_t>(batch.size());
    size = position + batch.size();
    sound.add(position, size);
    next_offset = batch.next_offset();
}

void Segment::close_time_index() {
    if (!max_timestamp || *max_timestamp < 0) return;
    if (!time_index.empty() && *max_timestamp <= time_index.back().timestamp) return;
    time_index.push_back(
        {*max_timestamp, static_cast<std::uint32_t>(offset_of_max_timestamp - base_offset_)});
}

std::optional<IndexEntry> Segment::hint_for(std::int64_t offset) const {
    // An entry names the last offset of its batch: the last one that is not beyond `offset`.
    const auto next = std::ranges::upper_bound(
        index, offset - base_offset_, {},
        [](const IndexEntry& entry) { return std::int64_t{entry.relative_offset}; });
    if (next == index.begin()) return std::nullopt;
    return *std::prev(next);
}

std::optional<IndexEntry> Segment::hint_until(std::uint64_t position, std::int64_t offset) const {
    const auto next = std::ranges::partition_point(index, [&](const IndexEntry& entry) {
        return entry.position <= position && entry.relative_offset < offset - base_offset_;
    });
    if (next == index.begin()) return std::nullopt;
    return *std::prev(next);
}

std::optional<TimeIndexEntry> Segment::time_hint_for(TimestampMs timestamp) const {
    const auto next =
        std::ranges::lower_bound(time_index, timestamp, {}, &TimeIndexEntry::timestamp);
    if (next == time_index.begin()) return std::nullopt;
    return *std::prev(next);
}

std::optional<TimeIndexEntry> Segment::last_time_below(std::int64_t offset) const {
    const auto next = std::ranges::lower_bound(
        time_index, offset - base_offset_, {},
        [](const TimeIndexEntry& entry) { return std::int64_t{entry.relative_offset}; });
    if (next == time_index.begin()) return std::nullopt;
    return *std::prev(next);
}

void Segment::drop_indexes() {
    std::vector<IndexEntry>{}.swap(index);
    std::vector<TimeIndexEntry>{}.swap(time_index);
    std::vector<AbortedTransaction>{}.swap(aborted);
    aborted_in_memory = !has_aborted_file;
    indexes_in_memory = false;
}

}  // namespace leat::storage
