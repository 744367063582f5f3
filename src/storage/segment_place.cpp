#include "storage/segment_place.hpp"

#include <array>
#include <limits>

#include "base/log.hpp"

namespace leat::storage {
namespace {

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

std::optional<IndexEntry> index_before(const File& file, std::int64_t relative_offset) {
    return last_before(file, index_entry_size, index_at, [&](const IndexEntry& entry) {
        return std::int64_t{entry.relative_offset} > relative_offset;
    });
}

}  // namespace

Result<std::shared_ptr<File>> open_place(Disk& disk, const SegmentPlace& place) {
    if (place.file) return place.file;
    return disk.open(place.path, OpenMode::read);
}

std::shared_ptr<File> open_index(Disk& disk, const SegmentPlace& place) {
    if (place.index_file || place.index_path.empty()) return place.index_file;
    const auto file = disk.open(place.index_path, OpenMode::read);
    return file ? *file : nullptr;
}

std::uint64_t start_of_search(const File& file, const File* index, const SegmentPlace& place,
                              std::int64_t offset) {
    auto hint = place.hint;
    if (index != nullptr) hint = index_before(*index, offset - place.base_offset);
    if (!hint || hint->position == 0) return 0;
    if (const auto position = confirmed_position(file, *hint, place.base_offset, place.size))
        return *position;
    log::warn("an index entry does not fit its log: searching from the segment's start",
              {{"file", place.path}, {"position", hint->position}});
    return 0;
}

ScanRange range_from(const SegmentPlace& place, std::uint64_t start) {
    return {.position = start,
            .end = place.size,
            .expected = start == 0 && place.dense ? place.base_offset : -1,
            .dense = place.dense};
}

std::optional<IndexEntry> last_index_entry(const File& index, std::uint64_t position,
                                           std::int64_t relative_offset) {
    return last_before(index, index_entry_size, index_at, [&](const IndexEntry& entry) {
        return entry.position > position || entry.relative_offset >= relative_offset;
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
    return last_time_entry_below(disk, path, std::numeric_limits<std::int64_t>::max());
}

std::optional<TimeIndexEntry> last_time_entry_below(Disk& disk, const std::string& path,
                                                    std::int64_t relative_offset) {
    const auto file = disk.open(path, OpenMode::read);
    if (!file) return std::nullopt;
    return last_before(**file, time_index_entry_size, time_at, [&](const TimeIndexEntry& entry) {
        return std::int64_t{entry.relative_offset} >= relative_offset;
    });
}

}  // namespace leat::storage
