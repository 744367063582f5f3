#include "storage/journal.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>

#include "base/check.hpp"
#include "base/crc32c.hpp"
#include "base/log.hpp"
#include "storage/data_dir.hpp"
#include "storage/segment.hpp"
#include "storage/segment_table.hpp"

namespace leat::storage {
namespace {

constexpr std::string_view magic = "leatjrnl";
constexpr std::uint32_t version = 2;
constexpr std::size_t header_size = 512;  // a sector of its own
constexpr std::size_t header_checked = 8 + 4 + 16;
constexpr std::size_t generation_size = 16;
constexpr std::size_t group_checked = generation_size + 4;  // and the body
constexpr std::size_t group_header_size = group_checked + 4;
constexpr std::size_t entry_header_size = 16 + 8 + 8 + 8 + 4 + 2;
constexpr std::size_t window_size = std::size_t{1} << 20U;
constexpr std::size_t most_open_files = 256;

std::array<std::string, 2> paths_in(const std::string& data_dir) {
    return {join(data_dir, "leat-journal-0"), join(data_dir, "leat-journal-1")};
}

std::string_view name_of(const std::string& folder) {
    return std::string_view{folder}.substr(folder.rfind('/') + 1);
}

Bytes header_of(const Uuid& generation) {
    Bytes bytes(header_size);
    std::ranges::copy(as_bytes(magic), bytes.begin());
    store_be(bytes.data() + 8, version);
    std::ranges::copy(generation.bytes, bytes.begin() + 12);
    store_be(bytes.data() + header_checked, crc32c({bytes.data(), header_checked}));
    return bytes;
}

/// The generation in a file's header; nothing if there is none.
Result<std::optional<Uuid>> generation_in(const File& file) {
    Bytes bytes(header_size);
    const auto got = file.read_at(0, bytes);
    if (!got) return got.error();
    const bool empty = std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; });
    if (*got < header_size || as_text({bytes.data(), magic.size()}) != magic
        || load_be<std::uint32_t>(bytes.data() + header_checked)
               != crc32c({bytes.data(), header_checked})) {
        if (!empty)
            log::warn(
                "a journal's header cannot be read, so nothing of it is replayed: all is well "
                "if the power failed while it was written, else the file is damaged",
                {{"file", file.path()}});
        return std::optional<Uuid>{};
    }
    if (const auto found = load_be<std::uint32_t>(bytes.data() + 8); found != version)
        return Error{Errc::unsupported,
                     file.path() + " is of version " + std::to_string(found)
                         + ", which another version of the broker wrote; this one knows "
                         + std::to_string(version)
                         + ". Start that one once more and stop it cleanly, which empties the "
                           "journal; then this one can start"};
    Uuid generation;
    std::copy_n(bytes.begin() + 12, generation.bytes.size(), generation.bytes.begin());
    return std::optional{generation};
}

/// Of a group: its header as far as it is written, and its body.
std::uint32_t checksum_of(ByteView group) {
    return crc32c(group.subspan(group_header_size), crc32c(group.first(group_checked)));
}

bool is_of(ByteView group, const Uuid& generation) {
    return std::ranges::equal(group.first(generation_size), generation.bytes);
}

/// The group at `position`, header and body; nothing if there is no whole one of the generation.
Result<std::optional<Bytes>> group_at(const File& file, std::uint64_t position,
                                      std::uint64_t file_size, const Uuid& generation) {
    Bytes group(group_header_size);
    const auto got = file.read_at(position, group);
    if (!got) return got.error();
    if (*got < group.size() || !is_of(group, generation)) return std::optional<Bytes>{};
    const std::uint64_t length = load_be<std::uint32_t>(group.data() + generation_size);
    if (length == 0 || length > file_size - position - group.size()) return std::optional<Bytes>{};
    group.resize(group_header_size + length);
    const auto read = file.read_at(position, group);
    if (!read) return read.error();
    if (*read < group.size()
        || load_be<std::uint32_t>(group.data() + group_checked) != checksum_of(group))
        return std::optional<Bytes>{};
    return std::optional{std::move(group)};
}

struct Entry {
    Uuid topic_id;
    std::int64_t base_offset = 0;
    std::uint64_t identity = 0;
    std::uint64_t position = 0;
    std::string folder;
    ByteView bytes;
};

/// Takes the next entry off the front of a group's body; nothing if it is none.
std::optional<Entry> take_entry(ByteView& body) {
    if (body.size() < entry_header_size) return std::nullopt;
    const auto* at = body.data();
    const std::size_t size = load_be<std::uint32_t>(at + 40);
    const std::size_t name_size = load_be<std::uint16_t>(at + 44);
    if (body.size() - entry_header_size < name_size + size) return std::nullopt;
    Entry entry;
    std::copy_n(at, entry.topic_id.bytes.size(), entry.topic_id.bytes.begin());
    entry.base_offset = load_be<std::int64_t>(at + 16);
    entry.identity = load_be<std::uint64_t>(at + 24);
    entry.position = load_be<std::uint64_t>(at + 32);
    entry.folder = as_text(body.subspan(entry_header_size, name_size));
    entry.bytes = body.subspan(entry_header_size + name_size, size);
    body = body.subspan(entry_header_size + name_size + size);
    if (!TopicPartition::parse(entry.folder) || entry.folder.find('/') != std::string::npos)
        return std::nullopt;
    return entry;
}

/// One replay of a data directory's journal.
class Replay {
public:
    Replay(Disk& disk, const std::string& data_dir) : disk_(disk), data_dir_(data_dir) {}

    Result<void> read(const File& file, const Uuid& generation) {
        const auto size = file.size();
        if (!size) return size.error();
        for (std::uint64_t position = header_size; position + group_header_size < *size;) {
            const auto group = group_at(file, position, *size, generation);
            if (!group) return group.error();
            if (!*group) return check_nothing_follows(file, position, *size, generation);
            for (auto body = ByteView{**group}.subspan(group_header_size); !body.empty();) {
                const auto entry = take_entry(body);
                if (!entry)
                    return Error{Errc::corrupt, file.path() + " has a group at position "
                                                    + std::to_string(position)
                                                    + " that cannot be read"};
                if (auto wrote = write(*entry); !wrote) return wrote;
            }
            position += (*group)->size();
        }
        return {};
    }

    Result<void> sync() {
        for (const auto& [path, file] : files_)
            if (file)
                if (auto synced = file->sync(); !synced) return synced;
        files_.clear();
        return {};
    }
    std::uint64_t bytes() const { return bytes_; }

private:
    // A group is begun once the one before it is durable: behind one that a power cut has torn
    // there is none. Behind one that is damaged there may be, and it was acknowledged. Nobody
    // outside knows the generation, so no record of an earlier use can look like a group of this
    // one.
    static Result<void> check_nothing_follows(const File& file, std::uint64_t from,
                                              std::uint64_t file_size, const Uuid& generation) {
        Bytes window(window_size + generation_size - 1);
        const auto wanted = as_text(generation.bytes);
        for (auto start = from + 1; start < file_size; start += window_size) {
            const auto got = file.read_at(start, window);
            if (!got) return got.error();
            const auto found = as_text(ByteView{window}.first(*got)).find(wanted);
            if (found != std::string_view::npos) return damaged(file, from, start + found);
        }
        return {};
    }

    static Error damaged(const File& file, std::uint64_t position, std::uint64_t next) {
        return {Errc::corrupt,
                file.path() + " is damaged at position " + std::to_string(position)
                    + ", before another group at " + std::to_string(next)
                    + ": acknowledged records may be missing from the partitions. Restore the "
                      "file, or remove it to start without what it holds"};
    }

    Result<void> write(const Entry& entry) {
        const auto folder = look_into(entry.folder);
        if (!folder) return folder.error();
        if (!entry.topic_id.is_zero() && (*folder)->topic_id != entry.topic_id) return {};
        if (facts_of((*folder)->segments, entry.base_offset).identity != entry.identity) return {};
        const auto file =
            open(join(join(data_dir_, entry.folder), file_name(entry.base_offset, ".log")));
        if (!file || !*file) return file ? Result<void>{} : file.error();
        bytes_ += entry.bytes.size();
        return (*file)->write_at(entry.position, entry.bytes);
    }

    struct Folder {
        Uuid topic_id;
        SegmentTable segments;
    };
    /// A file that was to be replaced is replaced first: then it is clear whose bytes these are.
    Result<const Folder*> look_into(const std::string& name) {
        if (const auto known = folders_.find(name); known != folders_.end()) return &known->second;
        const auto path = join(data_dir_, name);
        const auto id = topic_id_of(disk_, path);
        if (!id) return id.error();
        if (auto finished = finish_swaps(disk_, path); !finished) return finished.error();
        auto segments = load_segment_table(disk_, path);
        if (!segments) return segments.error();
        return &(folders_[name] = {*id, std::move(*segments)});
    }

    /// Nothing if it does not exist.
    Result<std::shared_ptr<File>> open(const std::string& path) {
        if (const auto known = files_.find(path); known != files_.end()) return known->second;
        if (files_.size() >= most_open_files)
            if (auto synced = sync(); !synced) return synced.error();
        auto opened = disk_.open(path, OpenMode::write);
        if (!opened && opened.error().code != Errc::not_found) return opened.error();
        return files_[path] = opened ? *opened : nullptr;
    }

    Disk& disk_;
    std::string data_dir_;
    std::map<std::string, Folder> folders_;
    std::map<std::string, std::shared_ptr<File>> files_;
    std::uint64_t bytes_ = 0;
};

}  // namespace

JournalGroup::JournalGroup() : bytes_(group_header_size) {}

std::size_t JournalGroup::size_of(const std::string& folder, std::size_t bytes) {
    return entry_header_size + name_of(folder).size() + bytes;
}

Result<void> JournalGroup::add(const SegmentRange& range, const File& file) {
    const auto name = name_of(range.folder);
    const auto end = bytes_.size();
    bytes_.resize(end + size_of(range.folder, range.size));
    auto* at = bytes_.data() + end;
    std::ranges::copy(range.topic_id.bytes, at);
    store_be(at + 16, range.base_offset);
    store_be(at + 24, range.identity);
    store_be(at + 32, range.position);
    store_be(at + 40, static_cast<std::uint32_t>(range.size));
    store_be(at + 44, static_cast<std::uint16_t>(name.size()));
    at = std::ranges::copy(as_bytes(name), at + entry_header_size).out;
    const auto got = file.read_at(range.position, {at, range.size});
    if (!got) return got.error();
    if (*got < range.size)
        return Error{Errc::io, file.path() + " is shorter than what was written to it"};
    return {};
}

Journal::Journal(Disk& disk, const std::string& data_dir, Options options)
    : disk_(disk),
      paths_(paths_in(data_dir)),
      options_(std::move(options)),
      file_size_(options_.bytes / 2) {}

Result<void> Journal::create() {
    const auto free = disk_.free_space(parent_of(paths_[0]));
    if (!free) return free.error();
    for (std::size_t i = 0; i < paths_.size(); ++i) {
        auto file = disk_.open(paths_[i], OpenMode::create);
        if (!file) return file.error();
        const auto size = (*file)->size();
        if (!size) return size.error();
        if (*size < file_size_ && *free < options_.floor + 2 * file_size_)
            return Error{Errc::no_space, "there is no room for " + paths_[i]};
        if (auto filled = fill_with_zeros(**file, *size, file_size_); !filled) return filled;
        if (auto synced = (*file)->sync(); !synced) return synced;
        files_[i] = std::move(*file);
    }
    turn();
    return disk_.sync_dir(parent_of(paths_[0]));
}

bool Journal::has_room(std::size_t size) const {
    return std::max<std::uint64_t>(position_, header_size) + group_header_size + size <= file_size_;
}

Result<void> Journal::append(JournalGroup group) {
    if (position_ == 0)
        if (auto begun = begin(); !begun) return begun;
    auto& bytes = group.bytes_;
    check(position_ + bytes.size() <= file_size_, "a group has room in the journal's file");
    const auto length = bytes.size() - group_header_size;
    std::ranges::copy(generation_.bytes, bytes.begin());
    store_be(bytes.data() + generation_size, static_cast<std::uint32_t>(length));
    store_be(bytes.data() + group_checked, checksum_of(bytes));
    auto& file = *files_[current_];
    if (auto wrote = file.write_at(position_, bytes); !wrote) return wrote;
    if (auto synced = file.sync(); !synced) return synced;
    position_ += bytes.size();
    return {};
}

// The header is durable before the first group: else a power cut may leave the groups of the
// earlier use with their own header and with holes, which looks like damage.
Result<void> Journal::begin() {
    auto& file = *files_[current_];
    if (auto wrote = file.write_at(0, header_of(generation_)); !wrote) return wrote;
    if (auto synced = file.sync(); !synced) return synced;
    position_ = header_size;
    return {};
}

void Journal::turn() {
    check(files_[0] != nullptr && files_[1] != nullptr, "the journal's files were made");
    current_ = 1 - current_;
    generation_ = options_.new_generation();
    position_ = 0;
}

Result<void> Journal::clear(Disk& disk, const std::string& data_dir) {
    for (const auto& path : paths_in(data_dir)) {
        const auto file = disk.open(path, OpenMode::write);
        if (!file && file.error().code == Errc::not_found) continue;
        if (!file) return file.error();
        if (auto wrote = (*file)->write_at(0, Bytes(header_size)); !wrote) return wrote;
        if (auto synced = (*file)->sync(); !synced) return synced;
    }
    return {};
}

Result<void> Journal::replay(Disk& disk, const std::string& data_dir) {
    Replay replay{disk, data_dir};
    bool found = false;
    for (const auto& path : paths_in(data_dir)) {
        const auto file = disk.open(path, OpenMode::read);
        if (!file && file.error().code == Errc::not_found) continue;
        if (!file) return file.error();
        const auto generation = generation_in(**file);
        if (!generation) return generation.error();
        if (!*generation) continue;
        found = true;
        if (auto read = replay.read(**file, **generation); !read) return read;
    }
    if (!found) return {};
    if (auto synced = replay.sync(); !synced) return synced;
    if (replay.bytes() > 0)
        log::info("the journal was replayed", {{"dir", data_dir}, {"bytes", replay.bytes()}});
    return clear(disk, data_dir);
}

}  // namespace leat::storage
