// What is known of segments' files beside their bytes, and how a file takes another's place.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "storage/disk.hpp"

namespace leat::storage {

/// Of one segment's file.
struct SegmentFacts {
    std::uint64_t identity = 0;  // how often the file was replaced by a rewritten one
    bool dense = true;           // each batch begins at the offset where the one before it ended
};

/// By base offset, of those segments of a folder of which the facts are not as above.
using SegmentTable = std::map<std::int64_t, SegmentFacts>;

inline SegmentFacts facts_of(const SegmentTable& table, std::int64_t base_offset) {
    const auto found = table.find(base_offset);
    return found == table.end() ? SegmentFacts{} : found->second;
}

inline constexpr std::string_view segment_table_file = "leat-segments-checkpoint";
inline std::string path_of_segment_table(const std::string& dir) {
    return join(dir, std::string{segment_table_file});
}
/// Version 0: a line with the version, one with the count, and a line a segment.
std::string encode_segment_table(const SegmentTable& table);
/// A folder's table; empty if there is none. Errors: io, corrupt (it cannot be rebuilt).
Result<SegmentTable> load_segment_table(Disk& disk, const std::string& dir);

/// Puts `<base>.log.cleaned`, which is complete, into the place of `<base>.log`, under a new
/// identity and as one that is not dense. Once it has returned, and at some point before, every
/// later start finds the new file; until that point, the old one. After an error it is one of them.
/// Nobody may write the segment's index files meanwhile: those of the old file are removed. If
/// there is a `.txnindex.cleaned`, it takes its place before: what it lacks concerns neither file.
Result<void> swap_segment(Disk& disk, const std::string& dir, std::int64_t base_offset);
/// At a start: brings to their end the swaps that had come to that point.
Result<void> finish_swaps(Disk& disk, const std::string& dir);

}  // namespace leat::storage
