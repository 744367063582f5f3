// The files of one partition's folder, each by itself and beside the others.
#pragma once

#include <string>
#include <vector>

#include "storage/finding.hpp"
#include "storage/leader_epochs.hpp"
#include "storage/log_config.hpp"
#include "storage/segment_table.hpp"

namespace leat::storage {

class Log;

/// Finds what is wrong first; judge() then says what a start makes of it. One thread.
class FolderCheck {
public:
    struct Given {
        std::string dir;
        bool compacted = false;
        RecordCheck records = {};
        std::function<void(std::uint64_t)> progress = {};
    };
    FolderCheck(Disk& disk, Given given, CheckTotals& totals)
        : disk_(disk), given_(std::move(given)), totals_(totals) {}

    /// Reads every file.
    void read();
    /// A start gave this log, or refuses the folder with an error.
    void judge(const Result<std::unique_ptr<Log>>& opened);
    /// There is no start to ask.
    void do_not_judge();
    const std::vector<Finding>& findings() const { return findings_; }

private:
    bool list();
    void sort_out(const std::string& name, std::uint64_t size);
    void check_epochs();
    void check_snapshots();
    void check_segments();
    void add(Finding finding);

    struct Named {
        std::int64_t base = 0;
        std::uint64_t size = 0;
    };
    Disk& disk_;
    Given given_;
    CheckTotals& totals_;
    std::vector<Named> segments_;
    std::vector<std::int64_t> indexes_, time_indexes_, snapshots_;
    SegmentTable table_;
    bool has_table_ = false;
    LeaderEpochs epochs_;
    bool epochs_known_ = false;
    std::int64_t newest_snapshot_ = -1;  // that is sound
    std::vector<Finding> findings_;
    std::uint64_t left_out_ = 0;
};

}  // namespace leat::storage
