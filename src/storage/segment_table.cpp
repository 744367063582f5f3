#include "storage/segment_table.hpp"

#include <algorithm>
#include <optional>

#include "storage/lines.hpp"
#include "storage/segment.hpp"

namespace leat::storage {
namespace {

constexpr std::size_t largest_table = std::size_t{64} * 1024 * 1024;

std::optional<SegmentTable> decode(std::string_view text) {
    if (!text.empty() && text.back() != '\n') return std::nullopt;  // the end of it was lost
    const auto lines = lines_of(text);
    if (lines.size() < 2 || lines[0] != "0") return std::nullopt;
    if (number_in<std::size_t>(lines[1]) != lines.size() - 2) return std::nullopt;
    SegmentTable table;
    for (std::size_t i = 2; i < lines.size(); ++i) {
        const auto parts = split(lines[i], ' ');
        if (parts.size() != 3 || (parts[2] != "dense" && parts[2] != "sparse")) return std::nullopt;
        const auto base = number_in<std::int64_t>(parts[0]);
        const auto identity = number_in<std::uint64_t>(parts[1]);
        if (!base || *base < 0 || !identity) return std::nullopt;
        table[*base] = {*identity, parts[2] == "dense"};
    }
    return table;
}

Result<void> remove_if_there(Disk& disk, const std::string& path) {
    auto removed = disk.remove(path);
    if (!removed && removed.error().code == Errc::not_found) return {};
    return removed;
}

/// The new file has its lasting name `.log.swap`: from here on there is no way back.
Result<void> finish_swap(Disk& disk, const std::string& dir, std::int64_t base_offset) {
    auto table = load_segment_table(disk, dir);
    if (!table) return table.error();
    const auto entries = disk.list(dir);
    if (!entries) return entries.error();
    std::erase_if(*table, [&](const auto& segment) {
        return std::ranges::find(*entries, file_name(segment.first, ".log"), &DirEntry::name)
               == entries->end();
    });
    auto& facts = (*table)[base_offset];
    facts = {facts.identity + 1, false};
    const auto path = [&](std::string_view suffix) {
        return join(dir, file_name(base_offset, suffix));
    };
    // Both before the new file has the name, or the old file's indexes may be taken for its own and
    // the journal be replayed to it. The table's sync of the folder covers the indexes.
    for (const auto* index : {".index", ".timeindex"})
        if (auto removed = remove_if_there(disk, path(index)); !removed) return removed;
    const auto text = encode_segment_table(*table);
    if (auto saved = replace_file(disk, path_of_segment_table(dir), as_bytes(text)); !saved)
        return saved;
    if (auto renamed = disk.rename(path(".log.swap"), path(".log")); !renamed) return renamed;
    return disk.sync_dir(dir);
}

}  // namespace

std::string encode_segment_table(const SegmentTable& table) {
    auto text = "0\n" + std::to_string(table.size()) + "\n";
    for (const auto& [base, facts] : table)
        text += std::to_string(base) + " " + std::to_string(facts.identity)
                + (facts.dense ? " dense\n" : " sparse\n");
    return text;
}

Result<SegmentTable> load_segment_table(Disk& disk, const std::string& dir) {
    const auto path = path_of_segment_table(dir);
    const auto text = read_file(disk, path, largest_table);
    if (!text && text.error().code == Errc::not_found) return SegmentTable{};
    if (!text) return text.error();
    auto table = decode(as_text(*text));
    if (table) return std::move(*table);
    return Error{Errc::corrupt, path + " is not a table of segments of version 0, and cannot be "
                                    "rebuilt: restore it from a copy"};
}

Result<void> swap_segment(Disk& disk, const std::string& dir, std::int64_t base_offset) {
    const auto cleaned = join(dir, file_name(base_offset, ".log.cleaned"));
    const auto file = disk.open(cleaned, OpenMode::write);
    if (!file) return file.error();
    if (auto synced = (*file)->sync(); !synced) return synced;
    const auto index = join(dir, file_name(base_offset, ".txnindex"));
    auto moved = disk.rename(index + ".cleaned", index);
    if (!moved && moved.error().code != Errc::not_found) return moved;
    // A transaction without a marker must not be told of: readers would wait for its end.
    if (moved)
        if (auto synced = disk.sync_dir(dir); !synced) return synced;
    const auto swap = join(dir, file_name(base_offset, ".log.swap"));
    if (auto renamed = disk.rename(cleaned, swap); !renamed) return renamed;
    if (auto synced = disk.sync_dir(dir); !synced) return synced;
    return finish_swap(disk, dir, base_offset);
}

Result<void> finish_swaps(Disk& disk, const std::string& dir) {
    const auto entries = disk.list(dir);
    if (!entries && entries.error().code == Errc::not_found) return {};
    if (!entries) return entries.error();
    for (const auto& entry : *entries) {
        const auto base = offset_in(entry.name, ".log.swap");
        if (!base) continue;
        if (auto finished = finish_swap(disk, dir, *base); !finished) return finished;
    }
    return {};
}

}  // namespace leat::storage
