// Reading the journal's files (docs/formats.md, "The journal"): for a start, and for whoever looks.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/uuid.hpp"
#include "storage/disk.hpp"

namespace leat::storage {

inline constexpr std::string_view journal_magic = "leatjrnl";
inline constexpr std::uint32_t journal_version = 2;
inline constexpr std::size_t journal_header_size = 512;  // a sector of its own
inline constexpr std::size_t journal_header_checked = 8 + 4 + 16;
inline constexpr std::size_t journal_generation_size = 16;
inline constexpr std::size_t journal_group_checked = journal_generation_size + 4;  // and the body
inline constexpr std::size_t journal_group_header_size = journal_group_checked + 4;
inline constexpr std::size_t journal_entry_header_size = 16 + 8 + 8 + 8 + 4 + 2;

inline constexpr std::array journal_names{"leat-journal-0", "leat-journal-1"};

/// What a journal's file begins with.
struct JournalHead {
    std::optional<Uuid> generation;  // nothing: no group of the file counts
    bool unreadable = false;         // it is no header, and not zeros as in an empty file
};
/// Errors: io; unsupported, if another version wrote it.
Result<JournalHead> read_journal_head(const File& file);

/// Bytes of one segment, to be written to it again.
struct JournalEntry {
    Uuid topic_id;
    std::int64_t base_offset = 0;
    std::uint64_t identity = 0;
    std::uint64_t position = 0;
    std::string folder;
    ByteView bytes;  // live as long as the call
};

/// Of a group: its checksum, over its header as far as it is written and its body.
std::uint32_t checksum_of_journal_group(ByteView group);

/// Calls `visit` for every entry of the groups of `generation`, with the position of its group,
/// until it gives an error. Errors also: io; corrupt, naming file and position, if a group is
/// damaged.
using JournalVisit = std::function<Result<void>(std::uint64_t, const JournalEntry&)>;
Result<void> for_each_journal_entry(const File& file, const Uuid& generation,
                                    const JournalVisit& visit);

}  // namespace leat::storage
