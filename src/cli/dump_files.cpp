#include "cli/dump_files.hpp"

#include <algorithm>

#include "storage/checkpoint.hpp"
#include "storage/index_check.hpp"
#include "storage/journal_reader.hpp"
#include "storage/leader_epochs.hpp"
#include "storage/lines.hpp"
#include "storage/producer_state.hpp"
#include "storage/segment_table.hpp"

namespace leat::cli {
namespace {

using boost::json::value;
using storage::Disk;

constexpr std::size_t largest_shown = std::size_t{256} * 1024 * 1024;

std::string_view name_in(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// The offset that a file's name begins with; 0 if it was renamed.
std::int64_t base_in(const std::string& path) {
    const auto number = storage::number_in<std::int64_t>(name_in(path).substr(0, 20));
    return number.value_or(0);
}

Result<void> dump_index(Disk& disk, const std::string& path, DumpOutput& output, bool times) {
    const auto file = disk.open(path, storage::OpenMode::read);
    if (!file) return file.error();
    storage::EntryReader reader{*file,
                                times ? storage::time_index_entry_size : storage::index_entry_size};
    const auto base = base_in(path);
    for (; !reader.current().empty() && !output.is_broken(); reader.advance()) {
        const auto* at = reader.current().data();
        if (times)
            output.put("entry", {{"timestamp", load_be<std::int64_t>(at)},
                                 {"offset", base + load_be<std::uint32_t>(at + 8)}});
        else
            output.put("entry", {{"offset", base + load_be<std::uint32_t>(at)},
                                 {"position", load_be<std::uint32_t>(at + 4)}});
    }
    if (!reader.trouble().empty()) output.put_damage({{"what", reader.trouble()}});
    return {};
}

Result<void> dump_snapshot(ByteView bytes, DumpOutput& output) {
    const auto entries = storage::read_snapshot(bytes);
    if (!entries) return entries.error();
    for (const auto& entry : *entries)
        output.put("producer",
                   {{"producer_id", entry.producer_id},
                    {"producer_epoch", entry.epoch},
                    {"last_sequence", entry.last_sequence},
                    {"last_offset", entry.last_offset},
                    {"offset_delta", entry.offset_delta},
                    {"timestamp", entry.timestamp},
                    {"coordinator_epoch", entry.coordinator_epoch},
                    {"transaction_first_offset", entry.transaction_first_offset < 0
                                                     ? value{}
                                                     : value(entry.transaction_first_offset)}});
    return {};
}

Result<void> dump_epochs(ByteView bytes, DumpOutput& output) {
    const auto epochs = storage::LeaderEpochs::decode(as_text(bytes));
    if (!epochs) return epochs.error();
    for (const auto& entry : epochs->entries())
        output.put("leader_epoch", {{"epoch", entry.epoch}, {"start_offset", entry.start_offset}});
    return {};
}

Result<void> dump_checkpoint(ByteView bytes, DumpOutput& output) {
    const auto offsets = storage::decode_checkpoint(as_text(bytes));
    if (!offsets) return offsets.error();
    for (const auto& [partition, offset] : *offsets)
        output.put(
            "checkpoint",
            {{"topic", partition.topic}, {"partition", partition.partition}, {"offset", offset}});
    return {};
}

Result<void> dump_segment_table(Disk& disk, const std::string& path, DumpOutput& output) {
    const auto table = storage::load_segment_table(disk, storage::parent_of(path));
    if (!table) return table.error();
    for (const auto& [base, facts] : *table)
        output.put("segment", {{"base_offset", base},
                               {"identity", facts.identity},
                               {"dense", facts.dense},
                               {"sparse", !facts.dense}});
    return {};
}

Result<void> dump_journal(Disk& disk, const std::string& path, DumpOutput& output) {
    const auto file = disk.open(path, storage::OpenMode::read);
    if (!file) return file.error();
    const auto head = storage::read_journal_head(**file);
    if (!head) return head.error();
    if (head->unreadable) return Error{Errc::corrupt, "the journal's header cannot be read"};
    if (!head->generation) return output.put("journal", {{"empty", true}}), Result<void>{};
    output.put("journal", {{"generation", head->generation->to_string()}});
    return storage::for_each_journal_entry(
        **file, *head->generation,
        [&](std::uint64_t position, const storage::JournalEntry& entry) -> Result<void> {
            output.put("entry",
                       {{"group_position", position},
                        {"folder", entry.folder},
                        {"topic_id",
                         entry.topic_id.is_zero() ? value{} : value(entry.topic_id.to_string())},
                        {"segment", entry.base_offset},
                        {"identity", entry.identity},
                        {"position", entry.position},
                        {"size", entry.bytes.size()}});
            return {};
        });
}

Result<void> dump_text(ByteView bytes, DumpOutput& output) {
    for (const auto line : storage::lines_of(as_text(bytes)))
        output.put("line", {{"text", boost::json::string_view{line.data(), line.size()}}});
    return {};
}

bool is_journal(std::string_view name) {
    return std::ranges::find(storage::journal_names, name) != storage::journal_names.end();
}

bool is_text(std::string_view name) {
    return name == "meta.properties" || name == "partition.metadata"
           || name == ".kafka_cleanshutdown";
}

bool is_known(std::string_view name) {
    return is_text(name) || is_journal(name) || name.ends_with("index")
           || name.ends_with(".snapshot") || name.ends_with("-checkpoint") || name == ".lock"
           || name == "leat-reserve";
}

Result<void> dump_by_name(Disk& disk, const std::string& path, DumpOutput& output) {
    const auto name = name_in(path);
    if (name.ends_with(".timeindex")) return dump_index(disk, path, output, true);
    if (name.ends_with(".index")) return dump_index(disk, path, output, false);
    if (is_journal(name)) return dump_journal(disk, path, output);
    if (name == storage::segment_table_file) return dump_segment_table(disk, path, output);
    if (name == ".lock" || name == "leat-reserve" || name.ends_with(".txnindex")) return {};
    const auto bytes = storage::read_file(disk, path, largest_shown);
    if (!bytes) return bytes.error();
    if (name.ends_with(".snapshot")) return dump_snapshot(*bytes, output);
    if (name == storage::epochs_file) return dump_epochs(*bytes, output);
    if (name.ends_with("-checkpoint")) return dump_checkpoint(*bytes, output);
    return dump_text(*bytes, output);
}

}  // namespace

bool is_segment(std::string_view name) {
    return std::ranges::any_of(
        std::initializer_list<std::string_view>{".log", ".log.swap", ".log.cleaned", ".log.deleted",
                                                ".log.cleaned.deleted"},
        [&](std::string_view suffix) { return name.ends_with(suffix); });
}

Result<void> dump_side_file(Disk& disk, const std::string& path, DumpOutput& output) {
    if (!is_known(name_in(path)))
        return Error{Errc::invalid_argument,
                     path
                         + " has no name that a file of a data directory has: the name tells what "
                           "is in it"};
    const auto info = disk.info(path);
    if (!info) return info.error();
    output.begin_file(path, info->size);
    auto dumped = dump_by_name(disk, path, output);
    if (dumped || dumped.error().code == Errc::io || dumped.error().code == Errc::not_found)
        return dumped;
    output.put_damage({{"what", dumped.error().what}});
    return {};
}

}  // namespace leat::cli
