// One compacted log of a simulation: what was put into it, and the judge of what readers find.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim_world.hpp"
#include "storage/cold_read.hpp"
#include "storage/compactor.hpp"

namespace leat::crash {

/// Keys, tombstones and transactions. Outlives the processes that open its log: attach() tells it
/// of each.
class CompactedLog {
public:
    explicit CompactedLog(SimWorld& world);

    std::shared_ptr<const storage::LogConfig> config() const { return config_; }
    /// Whether the producers' snapshots are lost with a process now and then: then nothing is
    /// deleted, for a snapshot remembers what was.
    bool loses_snapshots() const { return loses_snapshots_; }
    void attach(std::shared_ptr<storage::Log> log);
    void detach();
    const std::shared_ptr<storage::Log>& log() const { return log_; }

    void put();
    void end_transaction();
    void roll();
    void delete_some();
    void take_acks();
    /// Begins to compact, or ends a compaction before its time.
    void compact_some();
    /// Reads what is committed and judges it; a part of it later, when much may have changed.
    void read_some();
    /// All that is committed must make the table that was made of it.
    void verify_table();
    /// After a start: what was acknowledged is there.
    void verify_start();
    std::uint64_t compactions() const { return compactions_; }
    std::uint64_t dropped_records() const { return dropped_; }

private:
    using Record = std::pair<std::string, std::optional<std::string>>;
    enum class Kind { data, commit, abort };
    enum class Fate { open, committed, aborted };
    struct Batch {
        std::int64_t base = 0;
        std::int64_t producer = -1;
        std::int32_t sequence = -1;
        Kind kind = Kind::data;
        Fate fate = Fate::committed;
        std::vector<Record> records;
        std::int64_t end() const {
            return base + (kind == Kind::data ? static_cast<std::int64_t>(records.size()) : 1);
        }
    };
    struct LateRead {
        std::shared_ptr<storage::ColdRead> job;
        std::int64_t from = 0;
        std::int64_t until = 0;
        std::uint64_t rewrites = 0;
        std::uint64_t life = 0;
    };
    using Table = std::map<std::string, std::string>;

    void append(Batch batch, storage::IncomingBatch bytes, bool retried);
    void settle_fates();
    void run_late_read();
    std::int64_t judge(const storage::ReadData& data, std::int64_t from, std::int64_t until,
                       Table* table);
    void judge_batch(const kafka::BatchHeader& header, ByteView batch, std::int64_t from,
                     bool hidden, Table* table);
    const Batch* batch_at(std::int64_t offset) const;
    bool is_open(std::int64_t producer) const;
    std::int32_t next_sequence(std::int64_t producer) const;
    storage::ReadOutcome begin_read(std::int64_t from, std::int64_t until);

    SimWorld& world_;
    std::shared_ptr<const storage::LogConfig> config_;
    bool loses_snapshots_;
    std::shared_ptr<storage::Log> log_;
    std::unique_ptr<storage::Compactor> compactor_;
    std::vector<Batch> history_;     // as far as a log can know
    std::int64_t acknowledged_ = 0;  // all below
    std::int64_t first_dirty_ = 0;
    std::optional<LateRead> late_read_;
    int values_ = 0;
    std::uint64_t compactions_ = 0;
    std::uint64_t dropped_ = 0;
};

}  // namespace leat::crash
