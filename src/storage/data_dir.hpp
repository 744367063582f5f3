// A data directory: its lock and identity, its checkpoints and the folders of its partitions.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/uuid.hpp"
#include "storage/checkpoint.hpp"
#include "storage/log.hpp"
#include "storage/space_guard.hpp"
#include "storage/tail_cache.hpp"

namespace leat::storage {

struct DataDirOptions {
    std::int32_t node_id = 1;
    std::uint64_t tail_bytes = std::uint64_t{256} * 1024 * 1024;        // memory for all tails
    std::uint64_t free_space_floor = std::uint64_t{256} * 1024 * 1024;  // produce is refused below
};

/// A partition's folder found on disk.
struct FoundPartition {
    TopicPartition partition;
    Uuid topic_id;  // zero if partition.metadata is missing or unreadable
};

/// Core thread. Outlives its logs.
class DataDir {
public:
    /// Creates the directory if missing, locks it, reads or writes meta.properties, reads the
    /// checkpoints and takes away the clean-shutdown marker, durably. Errors: already_exists
    /// (another process holds the lock), unsupported (a newer format), invalid_argument (it belongs
    /// to another node), corrupt (names the file).
    static Result<std::unique_ptr<DataDir>> open(Disk& disk, std::string path,
                                                 const DataDirOptions& options);

    const std::string& path() const { return path_; }
    /// Made when the directory was; on the wire the cluster's id.
    const std::string& cluster_id() const { return cluster_id_; }
    const Uuid& directory_id() const { return directory_id_; }
    bool was_clean() const { return was_clean_; }
    SpaceGuard& space() { return space_; }
    TailBudget& tail() { return tail_; }
    Disk& disk() { return disk_; }
    LogEnvironment environment() { return {disk_, tail_, space_}; }

    /// The partitions that have a folder. Folders of deleted partitions are not among them: see
    /// leftovers().
    Result<std::vector<FoundPartition>> partitions();
    /// Paths of `-delete` folders that a deletion left behind: the caller removes them
    /// (remove_tree), on any thread.
    Result<std::vector<std::string>> leftovers();

    /// Opens or creates the partition's log, from the checkpoints. `topic_id` is written to
    /// partition.metadata of a new folder. Errors as Log::open().
    Result<std::unique_ptr<Log>> open_log(const TopicPartition& partition, const Uuid& topic_id,
                                          std::shared_ptr<const LogConfig> config, TimestampMs now);
    /// Renames the folder to `<topic>-<partition>.<32 hex digits>-delete`, durably, and forgets the
    /// checkpoints. The new path: the caller removes it, on any thread. The log must be gone.
    Result<std::string> delete_log(const TopicPartition& partition);

    /// What the next save will write: recovery point, log start and high watermark of a log.
    void note(const TopicPartition& partition, const Log& log);
    /// The job of writing the three checkpoints as noted so far; any thread, one at a time.
    std::function<Result<void>()> begin_save();

    /// For the end of a clean shutdown: all logs were synced with `save` and noted. Writes the
    /// checkpoints and the marker. Blocks.
    Result<void> close_clean();

private:
    DataDir(Disk& disk, std::string path, const DataDirOptions& options);
    Result<void> load();
    Result<void> load_identity(std::int32_t node_id);
    Result<void> load_checkpoints();

    Disk& disk_;
    std::string path_;
    std::unique_ptr<FileLock> lock_;
    std::string cluster_id_;
    Uuid directory_id_;
    bool was_clean_ = false;
    OffsetCheckpoint recovery_points_;
    OffsetCheckpoint log_starts_;
    OffsetCheckpoint high_watermarks_;
    SpaceGuard space_;
    TailBudget tail_;
};

}  // namespace leat::storage
