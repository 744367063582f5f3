#include "storage/directory_check.hpp"

#include <algorithm>
#include <array>

#include "storage/folder_check.hpp"
#include "storage/journal_reader.hpp"

namespace leat::storage {
namespace {

constexpr std::size_t largest_checkpoint = std::size_t{64} * 1024 * 1024;
constexpr const char* recovery_points_name = "recovery-point-offset-checkpoint";
constexpr const char* log_starts_name = "log-start-offset-checkpoint";
constexpr const char* watermarks_name = "replication-offset-checkpoint";
constexpr std::array<std::string_view, 10> names_of_a_directory{
    ".lock",
    "meta.properties",
    ".kafka_cleanshutdown",
    "leat-reserve",
    recovery_points_name,
    log_starts_name,
    watermarks_name,
    journal_names[0],
    journal_names[1],
    "cleaner-offset-checkpoint"};  // Apache Kafka's

}  // namespace

DirectoryCheck::DirectoryCheck(Disk& disk, std::string path, Options options)
    : overlay_(disk), path_(std::move(path)), options_(std::move(options)) {}

Result<void> DirectoryCheck::open() {
    const auto entries = overlay_.list(path_);
    if (!entries) return entries.error();
    check_names(*entries);
    for (const auto* name : journal_names) check_journal(name);
    recovery_points_ = check_checkpoint(recovery_points_name,
                                        "does without it and scans from the newest snapshots");
    log_starts_ = check_checkpoint(log_starts_name, "is refused");
    watermarks_ = check_checkpoint(watermarks_name, "does not read it");
    DataDirOptions options;
    options.node_id = any_node;
    auto opened = DataDir::open(overlay_, path_, options);
    if (opened)
        data_dir_ = std::move(*opened);
    else if (opened.error().what.find(log_starts_name) == std::string::npos)
        tell({.what = opened.error().what, .start = "is refused"});
    return {};
}

// One whose header cannot be read is passed over by a start, for that is what a power cut may
// leave; what else is wrong with a journal a start refuses.
void DirectoryCheck::check_journal(const std::string& name) {
    const auto file = overlay_.open(join(path_, name), OpenMode::read);
    if (!file) return;
    const auto head = read_journal_head(**file);
    if (head && head->unreadable)
        tell({.file = (*file)->path(),
              .position = 0,
              .what = "the journal's header cannot be read",
              .start = "replays nothing of it"});
}

OffsetCheckpoint DirectoryCheck::check_checkpoint(const char* name, const std::string& start) {
    const auto path = join(path_, name);
    const auto text = read_file(overlay_, path, largest_checkpoint);
    if (!text && text.error().code == Errc::not_found) return {};
    auto offsets =
        text ? decode_checkpoint(as_text(*text)) : Result<OffsetCheckpoint>{text.error()};
    if (offsets) return std::move(*offsets);
    tell({.file = path, .what = offsets.error().what, .start = start});
    return {};
}

void DirectoryCheck::check_names(const std::vector<DirEntry>& entries) {
    for (const auto& entry : entries) {
        const auto& name = entry.name;
        const auto note = [&](const std::string& what, const std::string& start) {
            tell({.gravity = Gravity::note,
                  .file = join(path_, name),
                  .what = what,
                  .start = start});
        };
        if (entry.is_dir && name.ends_with("-delete"))
            note("a deleted partition", "removes it, if a broker has named it so");
        else if (entry.is_dir && TopicPartition::parse(name))
            partitions_.push_back(*TopicPartition::parse(name));
        else if (name.ends_with(".tmp"))
            note("a write of it was broken off", "leaves it alone");
        else if (std::ranges::find(names_of_a_directory, name) == names_of_a_directory.end())
            note("nothing in a data directory has such a name", "leaves it alone");
    }
    std::ranges::sort(partitions_);
}

std::uint64_t DirectoryCheck::bytes_of(const TopicPartition& partition) {
    const auto dir = join(path_, partition.to_string());
    const auto entries = overlay_.list(dir);
    std::uint64_t bytes = 0;
    if (!entries) return bytes;
    for (const auto& entry : *entries)
        if (offset_in(entry.name, ".log"))
            if (const auto info = overlay_.info(join(dir, entry.name))) bytes += info->size;
    return bytes;
}

bool DirectoryCheck::was_synced(const TopicPartition& partition) const {
    const auto point = recovery_points_.find(partition);
    return (point != recovery_points_.end() && point->second > 0)
           || log_starts_.contains(partition);
}

std::shared_ptr<Log> DirectoryCheck::check(const TopicPartition& partition,
                                           const Expected& expected) {
    const auto dir = join(path_, partition.to_string());
    ++totals_.partitions;
    FolderCheck folder{overlay_,
                       {.dir = dir,
                        .compacted = expected.config->cleanup_compact,
                        .records = expected.records,
                        .progress = options_.progress},
                       totals_};
    folder.read();
    std::shared_ptr<Log> log;
    if (data_dir_) {
        auto opened =
            data_dir_->open_log(partition, expected.topic_id, expected.config, options_.now);
        folder.judge(opened);
        if (opened) log = std::move(*opened);
    } else {
        folder.do_not_judge();
    }
    for (const auto& finding : folder.findings()) tell(finding);
    if (log) check_watermark(partition, *log);
    return log;
}

void DirectoryCheck::check_watermark(const TopicPartition& partition, const Log& log) {
    const auto watermark = watermarks_.find(partition);
    if (watermark == watermarks_.end() || watermark->second <= log.end_offset()) return;
    tell({.file = log.dir(),
          .offset = log.end_offset(),
          .what = "the log ends there, but consumers had been shown it up to offset "
                  + std::to_string(watermark->second) + " (" + watermarks_name
                  + "): records that were acknowledged are missing",
          .start = "does not notice"});
}

}  // namespace leat::storage
