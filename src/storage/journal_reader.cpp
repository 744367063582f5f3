#include "storage/journal_reader.hpp"

#include <algorithm>

#include "base/crc32c.hpp"
#include "base/topic_partition.hpp"

namespace leat::storage {
namespace {

constexpr std::size_t window_size = std::size_t{1} << 20U;

bool is_of(ByteView group, const Uuid& generation) {
    return std::ranges::equal(group.first(journal_generation_size), generation.bytes);
}

/// The group at `position`, header and body; nothing if there is no whole one of the generation.
Result<std::optional<Bytes>> group_at(const File& file, std::uint64_t position,
                                      std::uint64_t file_size, const Uuid& generation) {
    Bytes group(journal_group_header_size);
    const auto got = file.read_at(position, group);
    if (!got) return got.error();
    if (*got < group.size() || !is_of(group, generation)) return std::optional<Bytes>{};
    const std::uint64_t length = load_be<std::uint32_t>(group.data() + journal_generation_size);
    if (length == 0 || length > file_size - position - group.size()) return std::optional<Bytes>{};
    group.resize(journal_group_header_size + length);
    const auto read = file.read_at(position, group);
    if (!read) return read.error();
    if (*read < group.size()
        || load_be<std::uint32_t>(group.data() + journal_group_checked)
               != checksum_of_journal_group(group))
        return std::optional<Bytes>{};
    return std::optional{std::move(group)};
}

/// Takes the next entry off the front of a group's body; nothing if it is none.
std::optional<JournalEntry> take_entry(ByteView& body) {
    if (body.size() < journal_entry_header_size) return std::nullopt;
    const auto* at = body.data();
    const std::size_t size = load_be<std::uint32_t>(at + 40);
    const std::size_t name_size = load_be<std::uint16_t>(at + 44);
    if (body.size() - journal_entry_header_size < name_size + size) return std::nullopt;
    JournalEntry entry;
    std::copy_n(at, entry.topic_id.bytes.size(), entry.topic_id.bytes.begin());
    entry.base_offset = load_be<std::int64_t>(at + 16);
    entry.identity = load_be<std::uint64_t>(at + 24);
    entry.position = load_be<std::uint64_t>(at + 32);
    entry.folder = as_text(body.subspan(journal_entry_header_size, name_size));
    entry.bytes = body.subspan(journal_entry_header_size + name_size, size);
    body = body.subspan(journal_entry_header_size + name_size + size);
    if (!TopicPartition::parse(entry.folder) || entry.folder.find('/') != std::string::npos)
        return std::nullopt;
    return entry;
}

Error damaged(const File& file, std::uint64_t position, std::uint64_t next) {
    return {Errc::corrupt,
            file.path() + " is damaged at position " + std::to_string(position)
                + ", before another group at " + std::to_string(next)
                + ": acknowledged records may be missing from the partitions. Restore the "
                  "file, or remove it to start without what it holds"};
}

// A group is begun once the one before it is durable: behind one that a power cut has torn
// there is none. Behind one that is damaged there may be, and it was acknowledged. Nobody
// outside knows the generation, so no record of an earlier use can look like a group of this
// one.
Result<void> check_nothing_follows(const File& file, std::uint64_t from, std::uint64_t file_size,
                                   const Uuid& generation) {
    Bytes window(window_size + journal_generation_size - 1);
    const auto wanted = as_text(generation.bytes);
    for (auto start = from + 1; start < file_size; start += window_size) {
        const auto got = file.read_at(start, window);
        if (!got) return got.error();
        const auto found = as_text(ByteView{window}.first(*got)).find(wanted);
        if (found != std::string_view::npos) return damaged(file, from, start + found);
    }
    return {};
}

}  // namespace

Result<JournalHead> read_journal_head(const File& file) {
    Bytes bytes(journal_header_size);
    const auto got = file.read_at(0, bytes);
    if (!got) return got.error();
    const bool empty = std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; });
    if (*got < journal_header_size || as_text({bytes.data(), journal_magic.size()}) != journal_magic
        || load_be<std::uint32_t>(bytes.data() + journal_header_checked)
               != crc32c({bytes.data(), journal_header_checked})) {
        return JournalHead{.generation = {}, .unreadable = !empty};
    }
    if (const auto found = load_be<std::uint32_t>(bytes.data() + 8); found != journal_version)
        return Error{Errc::unsupported,
                     file.path() + " is of version " + std::to_string(found)
                         + ", which another version of the broker wrote; this one knows "
                         + std::to_string(journal_version)
                         + ". Start that one once more and stop it cleanly, which empties the "
                           "journal; then this one can start"};
    Uuid generation;
    std::copy_n(bytes.begin() + 12, generation.bytes.size(), generation.bytes.begin());
    return JournalHead{.generation = generation};
}

std::uint32_t checksum_of_journal_group(ByteView group) {
    return crc32c(group.subspan(journal_group_header_size),
                  crc32c(group.first(journal_group_checked)));
}

Result<void> for_each_journal_entry(const File& file, const Uuid& generation,
                                    const JournalVisit& visit) {
    const auto size = file.size();
    if (!size) return size.error();
    for (std::uint64_t position = journal_header_size;
         position + journal_group_header_size < *size;) {
        const auto group = group_at(file, position, *size, generation);
        if (!group) return group.error();
        if (!*group) return check_nothing_follows(file, position, *size, generation);
        for (auto body = ByteView{**group}.subspan(journal_group_header_size); !body.empty();) {
            const auto entry = take_entry(body);
            if (!entry)
                return Error{Errc::corrupt, file.path() + " has a group at position "
                                                + std::to_string(position)
                                                + " that cannot be read"};
            if (auto visited = visit(position, *entry); !visited) return visited;
        }
        position += (*group)->size();
    }
    return {};
}

}  // namespace leat::storage
