// A data directory: its lock and identity, its checkpoints and the folders of its partitions.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/uuid.hpp"
#include "storage/checkpoint.hpp"
#include "storage/log.hpp"
#include "storage/space_guard.hpp"
#include "storage/tail_cache.hpp"

namespace leat::storage {

/// As a node's number: whosever the directory is.
inline constexpr std::int32_t any_node = -1;

struct DataDirOptions {
    std::int32_t node_id = 1;
    std::string cluster_id;                                       // of a new one; empty: random
    std::uint64_t tail_bytes = std::uint64_t{256} * 1024 * 1024;  // memory for all tails
    std::uint64_t free_space_floor = std::uint64_t{256} * 1024 * 1024;  // produce is refused below
    std::uint64_t reserve = 0;       // bytes kept for what must be written on a full disk
    std::size_t open_segments = 64;  // closed ones whose two files stay open for the next read
    std::size_t few_folders = 16;    // after a kill: of more, all are synced at once at the start
    std::function<Uuid()> new_id = Uuid::random;  // tells apart what was deleted under one name
};

/// A partition's folder found on disk.
struct FoundPartition {
    TopicPartition partition;
    Uuid topic_id;  // zero if partition.metadata is missing or torn
};

/// The topic id in a partition's folder; zero if there is none, or what a power cut may leave of it
/// before a sync covers it. Errors: io; corrupt, naming the file, if it was damaged later.
Result<Uuid> topic_id_of(Disk& disk, const std::string& folder);

/// Core thread. Outlives its logs.
class DataDir {
public:
    /// Creates the directory if missing, locks it, reads or writes meta.properties, replays the
    /// journal, reads the checkpoints and takes away the clean-shutdown marker, durably. Errors:
    /// already_exists (another process holds the lock), unsupported (a newer format),
    /// invalid_argument (it belongs to another node), corrupt (names the file), io.
    static Result<std::unique_ptr<DataDir>> open(Disk& disk, std::string path,
                                                 const DataDirOptions& options);
    ~DataDir();
    DataDir(const DataDir&) = delete;
    DataDir& operator=(const DataDir&) = delete;

    const std::string& path() const { return path_; }
    /// Made when the directory was; on the wire the cluster's id.
    const std::string& cluster_id() const { return cluster_id_; }
    const Uuid& directory_id() const { return directory_id_; }
    bool was_clean() const { return was_clean_; }
    SpaceGuard& space() { return space_; }
    TailBudget& tail() { return *tail_; }
    Disk& disk() { return disk_; }

    /// The partitions that have a folder. Those of deleted partitions are not among them.
    Result<std::vector<FoundPartition>> partitions();
    /// Paths of `-delete` folders that a deletion left behind: the caller removes them
    /// (remove_trees_in_steps).
    Result<std::vector<std::string>> leftovers();

    /// Opens the partition's log, from the checkpoints, or a new one (Log::open). `topic_id` is
    /// written to partition.metadata of a new folder. Errors as Log::open(); also already_exists:
    /// the folder is that of another topic id.
    Result<std::unique_ptr<Log>> open_log(const TopicPartition& partition, const Uuid& topic_id,
                                          std::shared_ptr<const LogConfig> config, TimestampMs now);
    /// Renames the folder to `<topic>-<partition>.<32 hex digits>-delete` and forgets what was
    /// noted of it. The new path: the caller removes it, on any thread; nothing, if there was no
    /// folder. The log must be gone.
    Result<std::optional<std::string>> delete_log(const TopicPartition& partition);

    /// What the next save will write: recovery point, log start and high watermark of a log.
    void note(const TopicPartition& partition, const Log& log);
    /// A job that writes the three checkpoints as noted so far; any thread; its result goes to
    /// finish_save(). Another may begin meanwhile: an older one never writes over a newer.
    std::function<Result<void>()> begin_save();
    void finish_save(const Result<void>& result);
    /// A job that writes the clean-shutdown marker: after everything was synced and saved.
    std::function<Result<void>()> mark_clean();

private:
    struct Texts {
        std::string recovery_points;
        std::string log_starts;
        std::string high_watermarks;
    };
    DataDir(Disk& disk, std::string path, const DataDirOptions& options);
    Result<void> load(const DataDirOptions& options);
    Result<void> load_identity(const DataDirOptions& options);
    Result<void> create_identity(const DataDirOptions& options);
    Result<void> load_checkpoints();
    Result<void> take_marker();
    Result<void> sync_folders(std::size_t few);
    Result<bool> write_metadata(const std::string& dir, const Uuid& topic_id);

    Disk& disk_;
    std::string path_;
    std::unique_ptr<FileLock> lock_;
    std::string cluster_id_;
    Uuid directory_id_;
    bool was_clean_ = false;
    OffsetCheckpoint recovery_points_;
    OffsetCheckpoint log_starts_;
    OffsetCheckpoint high_watermarks_;
    std::function<Uuid()> new_id_;
    Texts saved_;   // what the files hold
    Texts saving_;  // what the running save writes
    struct NewestSave {
        std::mutex mutex;
        std::uint64_t number = 0;
    };
    std::uint64_t saves_ = 0;
    std::shared_ptr<NewestSave> newest_save_ = std::make_shared<NewestSave>();
    std::set<std::string> synced_folders_;  // at the start, and not opened since
    /// Deleted partitions that the files still name.
    std::set<TopicPartition> stale_;
    std::set<TopicPartition> stale_saving_;
    SpaceGuard space_;
    std::shared_ptr<TailBudget> tail_;
    std::shared_ptr<OpenFiles> files_;
};

}  // namespace leat::storage
