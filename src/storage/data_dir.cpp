#include "storage/data_dir.hpp"

#include <map>

#include "base/check.hpp"
#include "base/log.hpp"
#include "storage/journal.hpp"
#include "storage/lines.hpp"

namespace leat::storage {
namespace {

constexpr std::size_t largest_text = std::size_t{64} * 1024 * 1024;
constexpr const char* lock_file = ".lock";
constexpr const char* identity_file = "meta.properties";
constexpr const char* clean_file = ".kafka_cleanshutdown";
constexpr const char* recovery_file = "recovery-point-offset-checkpoint";
constexpr const char* log_start_file = "log-start-offset-checkpoint";
constexpr const char* watermark_file = "replication-offset-checkpoint";
constexpr const char* metadata_file = "partition.metadata";
constexpr std::string_view metadata_head = "version: 0\n";
constexpr std::string_view topic_id_label = "topic_id: ";
constexpr const char* deleted_suffix = "-delete";
constexpr std::size_t longest_name = 255;

bool is_missing(const Error& error) { return error.code == Errc::not_found; }

Result<void> make_dirs(Disk& disk, const std::string& path) {
    auto made = disk.make_dir(path);
    if (!made && is_missing(made.error()) && parent_of(path) != path) {
        if (auto parent = make_dirs(disk, parent_of(path)); !parent) return parent;
        made = disk.make_dir(path);
    }
    if (!made && made.error().code == Errc::already_exists) return {};
    if (!made) return made;
    return disk.sync_dir(parent_of(path));
}

std::map<std::string, std::string, std::less<>> properties_of(std::string_view text) {
    std::map<std::string, std::string, std::less<>> properties;
    for (const auto line : lines_of(text)) {
        const auto equals = line.find('=');
        if (line.starts_with('#') || equals == std::string_view::npos) continue;
        properties.emplace(line.substr(0, equals), line.substr(equals + 1));
    }
    return properties;
}

Result<OffsetCheckpoint> load_checkpoint(Disk& disk, const std::string& path) {
    const auto text = read_file(disk, path, largest_text);
    if (!text && is_missing(text.error())) return OffsetCheckpoint{};
    if (!text) return text.error();
    auto offsets = decode_checkpoint(as_text(*text));
    if (!offsets) return Error{offsets.error().code, path + ": " + offsets.error().what};
    return offsets;
}

std::string hex(const Uuid& id) {
    std::string text;
    for (const auto byte : id.bytes) {
        constexpr const char* digits = "0123456789abcdef";
        text += digits[std::to_integer<unsigned>(byte) >> 4U];
        text += digits[std::to_integer<unsigned>(byte) & 0xfU];
    }
    return text;
}

std::string metadata_of(std::string_view topic_id) {
    return std::string{metadata_head}.append(topic_id_label).append(topic_id);
}

// Whether a power cut may have left this of a file that no sync had covered, so that nothing in its
// folder was acknowledged: a part of it, zeros, or something else altogether. Of a file that was
// damaged later something is left to know it by.
bool may_be_torn(std::string_view text) {
    const auto whole = metadata_of(Uuid{}.to_string());
    const auto known = whole.size() - Uuid{}.to_string().size();
    const auto part = text.substr(0, text.find_last_not_of('\0') + 1);
    const bool is_part = part.size() < whole.size() && whole.starts_with(part.substr(0, known));
    return is_part
           || (text.find(metadata_head) == std::string_view::npos
               && text.find(topic_id_label) == std::string_view::npos);
}

// As delete_log() makes them; a person may have folders with that end, too.
bool is_name_of_deleted(std::string_view name) {
    constexpr std::size_t digits = 32;
    if (!name.ends_with(deleted_suffix)) return false;
    name.remove_suffix(std::string_view{deleted_suffix}.size());
    if (name.size() < digits + 1 || name[name.size() - digits - 1] != '.') return false;
    return name.substr(name.size() - digits).find_first_not_of("0123456789abcdef")
           == std::string_view::npos;
}

}  // namespace

Result<Uuid> topic_id_of(Disk& disk, const std::string& folder) {
    const auto path = join(folder, metadata_file);
    const auto bytes = read_file(disk, path, largest_text);
    if (!bytes && bytes.error().code == Errc::io) return bytes.error();
    if (!bytes) return Uuid{};
    const auto text = as_text(*bytes);
    for (const auto line : lines_of(text))
        if (line.starts_with(topic_id_label))
            if (const auto id = Uuid::parse(line.substr(topic_id_label.size()))) return *id;
    if (may_be_torn(text)) return Uuid{};
    return Error{Errc::corrupt,
                 path
                     + " is damaged: it does not tell the topic's id, and what the journal holds "
                       "for the partition would be lost. Restore it, or write it anew as two "
                       "lines, 'version: 0' and 'topic_id: ID', with the ID that stands in this "
                       "file of the topic's other partitions; or remove it to start without what "
                       "the journal holds"};
}

DataDir::DataDir(Disk& disk, std::string path, const DataDirOptions& options)
    : disk_(disk),
      path_(std::move(path)),
      new_id_(options.new_id),
      space_(disk, path_, options.free_space_floor, options.reserve),
      tail_(std::make_shared<TailBudget>(options.tail_bytes)),
      files_(std::make_shared<OpenFiles>(options.open_segments)) {}

DataDir::~DataDir() = default;

Result<std::unique_ptr<DataDir>> DataDir::open(Disk& disk, std::string path,
                                               const DataDirOptions& options) {
    std::unique_ptr<DataDir> data_dir{new DataDir(disk, std::move(path), options)};
    if (auto loaded = data_dir->load(options); !loaded) return loaded.error();
    return data_dir;
}

Result<void> DataDir::load(const DataDirOptions& options) {
    if (auto made = make_dirs(disk_, path_); !made) return made;
    auto lock = disk_.lock(join(path_, lock_file));
    if (!lock && lock.error().code == Errc::already_exists)
        return Error{Errc::already_exists,
                     "the data directory " + path_ + " is in use by another process"};
    if (!lock) return lock.error();
    lock_ = std::move(*lock);
    space_.reserve().give_up();  // if need be: a start writes a little
    if (auto loaded = load_identity(options); !loaded) return loaded;
    if (auto replayed = Journal::replay(disk_, path_); !replayed) return replayed;
    if (auto taken = take_marker(); !taken) return taken;
    if (auto synced = sync_folders(options.few_folders); !synced) return synced;
    return load_checkpoints();
}

/// A process that was killed may have left the files of thousands of partitions unsynced: one sync
/// of them all takes as long as that of a few. Where it fails, each log's own tells why.
Result<void> DataDir::sync_folders(std::size_t few) {
    if (was_clean_) return {};
    const auto entries = disk_.list(path_);
    if (!entries) return entries.error();
    std::set<std::string> folders;
    for (const auto& entry : *entries)
        if (entry.is_dir) folders.insert(entry.name);
    if (folders.size() <= few) return {};
    const auto synced = disk_.sync_all(path_);
    if (synced && *synced) synced_folders_ = std::move(folders);
    return {};
}

Result<void> DataDir::load_identity(const DataDirOptions& options) {
    const auto path = join(path_, identity_file);
    const auto text = read_file(disk_, path, largest_text);
    if (!text && is_missing(text.error())) return create_identity(options);
    if (!text) return text.error();
    const auto properties = properties_of(as_text(*text));
    const auto value = [&](std::string_view key) {
        const auto found = properties.find(key);
        return found == properties.end() ? std::string{} : found->second;
    };
    if (const auto version = number_in<int>(value("version")); version && *version > 1)
        return Error{Errc::unsupported, path + " is of version " + value("version")
                                            + ", which a newer broker wrote; this one knows 1"};
    const auto directory = Uuid::parse(value("directory.id"));
    if (value("version") != "1" || value("cluster.id").empty() || !directory)
        return Error{Errc::corrupt, path + " lacks version, cluster.id or directory.id"};
    if (options.node_id != any_node && value("node.id") != std::to_string(options.node_id))
        return Error{Errc::invalid_argument, path + " belongs to node.id=" + value("node.id")
                                                 + ", not to " + std::to_string(options.node_id)};
    cluster_id_ = value("cluster.id");
    directory_id_ = *directory;
    return {};
}

Result<void> DataDir::create_identity(const DataDirOptions& options) {
    const auto found = partitions();
    if (!found) return found.error();
    if (!found->empty())
        return Error{Errc::corrupt, join(path_, identity_file)
                                        + " is missing, though there are partitions beside it"};
    cluster_id_ = options.cluster_id.empty() ? Uuid::random().to_string() : options.cluster_id;
    directory_id_ = Uuid::random();
    const auto text = "#\nnode.id=" + std::to_string(options.node_id) + "\ndirectory.id="
                      + directory_id_.to_string() + "\nversion=1\ncluster.id=" + cluster_id_ + "\n";
    return replace_file(disk_, join(path_, identity_file), as_bytes(text));
}

/// The marker must be gone for good before anything is appended: after a crash it would vouch for
/// what was written since.
Result<void> DataDir::take_marker() {
    auto removed = disk_.remove(join(path_, clean_file));
    if (!removed && is_missing(removed.error())) return {};
    if (!removed) return removed;
    was_clean_ = true;
    return disk_.sync_dir(path_);
}

Result<void> DataDir::load_checkpoints() {
    auto starts = load_checkpoint(disk_, join(path_, log_start_file));
    if (!starts) return starts.error();
    log_starts_ = std::move(*starts);
    auto points = load_checkpoint(disk_, join(path_, recovery_file));
    if (points) {
        recovery_points_ = std::move(*points);
    } else {
        // The snapshots of the logs still say how far they were synced.
        log::warn("recovery points cannot be read: logs are scanned from their last snapshot",
                  {{"reason", points.error().what}});
        was_clean_ = false;
    }
    auto watermarks = load_checkpoint(disk_, join(path_, watermark_file));
    if (watermarks) high_watermarks_ = std::move(*watermarks);
    return {};
}

Result<std::vector<FoundPartition>> DataDir::partitions() {
    const auto entries = disk_.list(path_);
    if (!entries) return entries.error();
    std::vector<FoundPartition> found;
    for (const auto& entry : *entries) {
        if (!entry.is_dir || entry.name.ends_with(deleted_suffix)) continue;
        auto partition = TopicPartition::parse(entry.name);
        if (!partition) continue;
        const auto id = topic_id_of(disk_, join(path_, entry.name));
        if (!id) return id.error();
        found.push_back({std::move(*partition), *id});
    }
    return found;
}

Result<std::vector<std::string>> DataDir::leftovers() {
    const auto entries = disk_.list(path_);
    if (!entries) return entries.error();
    std::vector<std::string> found;
    for (const auto& entry : *entries)
        if (entry.is_dir && is_name_of_deleted(entry.name))
            found.push_back(join(path_, entry.name));
    return found;
}

/// Writes partition.metadata unless it names the topic id already. True if it was written.
Result<bool> DataDir::write_metadata(const std::string& dir, const Uuid& topic_id) {
    const auto found = topic_id_of(disk_, dir);
    if (!found) return found.error();
    if (topic_id.is_zero() || *found == topic_id) return false;
    if (!found->is_zero())
        return Error{Errc::already_exists, dir + " is the folder of topic id " + found->to_string()
                                               + ", not of " + topic_id.to_string()};
    const auto file = disk_.open(join(dir, metadata_file), OpenMode::create);
    if (!file) return file.error();
    const auto text = metadata_of(topic_id.to_string());
    if (auto wrote = (*file)->write_at(0, as_bytes(text)); !wrote) return wrote.error();
    if (auto cut = (*file)->truncate(text.size()); !cut) return cut.error();
    return true;
}

Result<std::unique_ptr<Log>> DataDir::open_log(const TopicPartition& partition,
                                               const Uuid& topic_id,
                                               std::shared_ptr<const LogConfig> config,
                                               TimestampMs now) {
    const auto dir = join(path_, partition.to_string());
    const auto found = disk_.info(dir);
    if (!found && !is_missing(found.error())) return found.error();
    const bool is_new = !found;
    const bool known = recovery_points_.contains(partition) || log_starts_.contains(partition)
                       || stale_.contains(partition) || stale_saving_.contains(partition);
    if (is_new && known) {
        // An earlier partition of this name is on record: its offsets are not the new one's, and
        // must not be taken for them after a crash. So they go before there is a folder.
        recovery_points_.erase(partition);
        log_starts_.erase(partition);
        high_watermarks_.erase(partition);
        const auto saved = begin_save()();
        finish_save(saved);
        if (!saved) return saved.error();
    }
    OpenFrom from;
    Result<bool> wrote = false;
    if (!is_new) {
        wrote = write_metadata(dir, topic_id);
        if (!wrote) return wrote.error();
    } else if (!topic_id.is_zero()) {
        from.first_file = {join(dir, metadata_file), metadata_of(topic_id.to_string())};
    }
    const auto point = recovery_points_.find(partition);
    const auto start = log_starts_.find(partition);
    from.clean_shutdown = is_new || (was_clean_ && point != recovery_points_.end());
    from.all_synced = !is_new && synced_folders_.erase(partition.to_string()) > 0;
    // A process that was killed may have left the file unsynced, and the journal's replay needs it.
    if (!is_new && !topic_id.is_zero() && (*wrote || !from.all_synced))
        (*wrote ? from.new_files : from.old_files).push_back(join(dir, metadata_file));
    from.recovery_point = point == recovery_points_.end() ? 0 : point->second;
    from.log_start = start == log_starts_.end() ? 0 : start->second;
    from.topic_id = topic_id;
    from.now = now;
    auto log = Log::open({disk_, tail_, space_, files_}, dir, std::move(config), from);
    if (log) note(partition, **log);
    return log;
}

Result<std::optional<std::string>> DataDir::delete_log(const TopicPartition& partition) {
    const auto name = partition.to_string();
    const auto suffix = "." + hex(new_id_()) + deleted_suffix;
    const auto to = join(path_, name.substr(0, longest_name - suffix.size()) + suffix);
    auto renamed = disk_.rename(join(path_, name), to);
    if (!renamed && is_missing(renamed.error())) return std::optional<std::string>{};
    if (!renamed) return renamed.error();
    recovery_points_.erase(partition);
    log_starts_.erase(partition);
    high_watermarks_.erase(partition);
    synced_folders_.erase(name);
    stale_.insert(partition);
    return std::optional{to};
}

void DataDir::note(const TopicPartition& partition, const Log& log) {
    if (!log.has_folder()) return;
    check(log.durable_log_start() <= log.recovery_point(),
          "a saved log start vouches for all below it");
    recovery_points_[partition] = log.recovery_point();
    high_watermarks_[partition] = log.high_watermark();
    // As Kafka does: only where it differs from what the first segment's name says, that is from 0.
    if (log.durable_log_start() > 0) log_starts_[partition] = log.durable_log_start();
}

std::function<Result<void>()> DataDir::begin_save() {
    saving_ = {encode_checkpoint(recovery_points_), encode_checkpoint(log_starts_),
               encode_checkpoint(high_watermarks_)};
    stale_saving_ = std::exchange(stale_, {});
    // Until this save has ended nobody knows what the files hold.
    return [&disk = disk_, path = path_, now = saving_, before = std::exchange(saved_, {}),
            number = ++saves_, newest = newest_save_]() -> Result<void> {
        const std::lock_guard lock{newest->mutex};
        if (number < newest->number) return {};  // what has been written is newer
        const auto write = [&](const char* name, const std::string& text,
                               const std::string& old) -> Result<void> {
            if (text == old) return {};
            return replace_file(disk, join(path, name), as_bytes(text));
        };
        // The log starts first: a recovery point may only be ahead of what can be found.
        if (auto r = write(log_start_file, now.log_starts, before.log_starts); !r) return r;
        if (auto r = write(recovery_file, now.recovery_points, before.recovery_points); !r)
            return r;
        if (auto r = write(watermark_file, now.high_watermarks, before.high_watermarks); !r)
            return r;
        newest->number = number;
        return {};
    };
}

void DataDir::finish_save(const Result<void>& result) {
    if (result.ok()) {
        saved_ = std::exchange(saving_, {});
    } else {
        saved_ = {};
        stale_.merge(stale_saving_);
    }
    stale_saving_.clear();
}

std::function<Result<void>()> DataDir::mark_clean() {
    return [&disk = disk_, path = path_]() {
        constexpr std::string_view content = R"({"version":0,"brokerEpoch":-1})";
        return replace_file(disk, join(path, clean_file), as_bytes(content));
    };
}

}  // namespace leat::storage
