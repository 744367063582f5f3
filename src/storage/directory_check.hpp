// A check of a stopped broker's data directory: everything that a start looks at, by the start's
// own code on an OverlayDisk, and every byte that it does not look at. Changes nothing.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "storage/data_dir.hpp"
#include "storage/finding.hpp"
#include "storage/overlay_disk.hpp"
#include "storage/segment_check.hpp"

namespace leat::storage {

/// Call open(), then check() for each partition, the ones that say how others are opened first. One
/// thread. Memory: what a start writes (the journal's bytes), and one window of a segment.
class DirectoryCheck {
public:
    struct Options {
        std::function<void(const Finding&)> found;
        /// Hears the bytes of each batch that was checked; may be empty.
        std::function<void(std::uint64_t)> progress = {};
        TimestampMs now = 0;
    };
    DirectoryCheck(Disk& disk, std::string path, Options options);

    /// Checks what is beside the partitions, and lists them. Error: the directory cannot be listed.
    Result<void> open();
    /// Folders of partitions, ascending.
    const std::vector<TopicPartition>& partitions() const { return partitions_; }
    /// Bytes of all segments of a partition.
    std::uint64_t bytes_of(const TopicPartition& partition);

    /// How a start would open a partition.
    struct Expected {
        Uuid topic_id;  // zero: whatever the folder says
        std::shared_ptr<const LogConfig> config = std::make_shared<const LogConfig>();
        RecordCheck records = {};  // of a topic that the broker itself reads
    };
    /// Checks a partition; gives its log as a start would have it, or null if that is refused.
    std::shared_ptr<Log> check(const TopicPartition& partition, const Expected& expected);

    /// Whether anything of a partition of that name was ever synced, as the checkpoints tell.
    bool was_synced(const TopicPartition& partition) const;
    const CheckTotals& totals() const { return totals_; }
    /// The directory as a start finds it after the journal's replay.
    Disk& disk() { return overlay_; }

private:
    void tell(const Finding& finding) const { options_.found(finding); }
    void check_journal(const std::string& name);
    OffsetCheckpoint check_checkpoint(const char* name, const std::string& start);
    void check_names(const std::vector<DirEntry>& entries);
    void check_watermark(const TopicPartition& partition, const Log& log);

    OverlayDisk overlay_;
    std::string path_;
    Options options_;
    std::unique_ptr<DataDir> data_dir_;  // null: its start is refused
    std::vector<TopicPartition> partitions_;
    OffsetCheckpoint recovery_points_, log_starts_, watermarks_;
    CheckTotals totals_;
};

}  // namespace leat::storage
