#include "storage/journal.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>

#include "base/check.hpp"
#include "base/crc32c.hpp"
#include "base/log.hpp"
#include "storage/data_dir.hpp"
#include "storage/journal_reader.hpp"
#include "storage/segment.hpp"
#include "storage/segment_table.hpp"

namespace leat::storage {
namespace {

constexpr std::size_t most_open_files = 256;
constexpr std::size_t few_files = 16;  // more are synced at once

std::array<std::string, 2> paths_in(const std::string& data_dir) {
    return {join(data_dir, journal_names[0]), join(data_dir, journal_names[1])};
}

std::string_view name_of(const std::string& folder) {
    return std::string_view{folder}.substr(folder.rfind('/') + 1);
}

Bytes header_of(const Uuid& generation) {
    Bytes bytes(journal_header_size);
    std::ranges::copy(as_bytes(journal_magic), bytes.begin());
    store_be(bytes.data() + 8, journal_version);
    std::ranges::copy(generation.bytes, bytes.begin() + 12);
    store_be(bytes.data() + journal_header_checked, crc32c({bytes.data(), journal_header_checked}));
    return bytes;
}

/// One replay of a data directory's journal.
class Replay {
public:
    Replay(Disk& disk, const std::string& data_dir) : disk_(disk), data_dir_(data_dir) {}

    Result<void> read(const File& file, const Uuid& generation) {
        return for_each_journal_entry(
            file, generation,
            [&](std::uint64_t, const JournalEntry& entry) { return write(entry); });
    }

    Result<void> sync() {
        if (files_.size() > few_files) {
            const auto synced = disk_.sync_all(data_dir_);
            if (synced && *synced) files_.clear();
        }
        for (const auto& [path, file] : files_)
            if (file)
                if (auto synced = file->sync(); !synced) return synced;
        files_.clear();
        return {};
    }
    std::uint64_t bytes() const { return bytes_; }

private:
    Result<void> write(const JournalEntry& entry) {
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

JournalGroup::JournalGroup() : bytes_(journal_group_header_size) {}

std::size_t JournalGroup::size_of(const std::string& folder, std::size_t bytes) {
    return journal_entry_header_size + name_of(folder).size() + bytes;
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
    at = std::ranges::copy(as_bytes(name), at + journal_entry_header_size).out;
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
    return std::max<std::uint64_t>(position_, journal_header_size) + journal_group_header_size
               + size
           <= file_size_;
}

Result<void> Journal::append(JournalGroup group) {
    if (position_ == 0)
        if (auto begun = begin(); !begun) return begun;
    auto& bytes = group.bytes_;
    check(position_ + bytes.size() <= file_size_, "a group has room in the journal's file");
    const auto length = bytes.size() - journal_group_header_size;
    std::ranges::copy(generation_.bytes, bytes.begin());
    store_be(bytes.data() + journal_generation_size, static_cast<std::uint32_t>(length));
    store_be(bytes.data() + journal_group_checked, checksum_of_journal_group(bytes));
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
    position_ = journal_header_size;
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
        if (auto wrote = (*file)->write_at(0, Bytes(journal_header_size)); !wrote) return wrote;
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
        const auto head = read_journal_head(**file);
        if (!head) return head.error();
        if (head->unreadable)
            log::warn(
                "a journal's header cannot be read, so nothing of it is replayed: all is well "
                "if the power failed while it was written, else the file is damaged",
                {{"file", path}});
        if (!head->generation) continue;
        found = true;
        if (auto read = replay.read(**file, *head->generation); !read) return read;
    }
    if (!found) return {};
    if (auto synced = replay.sync(); !synced) return synced;
    if (replay.bytes() > 0)
        log::info("the journal was replayed", {{"dir", data_dir}, {"bytes", replay.bytes()}});
    return clear(disk, data_dir);
}

}  // namespace leat::storage
