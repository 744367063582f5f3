// Durable keyed state on a log: what was put and not erased comes back after any crash, in order.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "storage/commit_queue.hpp"
#include "storage/snapshot_trim.hpp"

namespace leat::storage {

/// Core thread. The live state is held in memory. Waits for nothing: `done` is called from the
/// flusher when the change is durable, in the order of the changes. Outlives no Flusher.
class StateLog {
public:
    using Done = CommitQueue::Done;

    /// Opens the log of `partition` in the data directory and replays it. `limits` bound its size.
    /// Errors as Log::open(), and corrupt if a record cannot be read.
    static Result<std::unique_ptr<StateLog>> open(DataDir& data_dir, Flusher& flusher,
                                                  const TopicPartition& partition,
                                                  const Clock& clock, TrimLimits limits = {});
    ~StateLog();
    StateLog(const StateLog&) = delete;
    StateLog& operator=(const StateLog&) = delete;

    /// Sets `key` to `value`. The state in memory changes at once; it is durable when `done` hears
    /// success. Errors: no_space, nothing was changed; io, the log is offline and the change may or
    /// may not be there after a restart.
    void put(const std::string& key, const std::string& value, Done done);
    /// Removes `key`, present or not.
    void erase(const std::string& key, Done done);
    /// Several changes that become durable together or not at all: no value means erase.
    using Change = std::pair<std::string, std::optional<std::string>>;
    void apply(const std::vector<Change>& changes, Done done);

    const std::string* find(const std::string& key) const;
    /// Calls `visit` for each key that begins with `prefix`, ascending.
    void for_each(std::string_view prefix,
                  const std::function<void(const std::string&, const std::string&)>& visit) const;
    std::size_t size() const { return live_.size(); }
    const Log& log() const { return *queue_.log(); }

private:
    StateLog(Flusher& flusher, const Clock& clock, TopicPartition partition,
             std::shared_ptr<Log> log, TrimLimits limits);
    Result<void> load(Disk& disk);
    void set_live(const std::string& key, const std::optional<std::string>& value);
    AppendOutcome append(const std::vector<Change>& changes, Done done);
    Result<void> append_live();

    Flusher& flusher_;
    const Clock& clock_;
    TopicPartition partition_;
    CommitQueue queue_;
    SnapshotTrim trim_;
    std::map<std::string, std::string, std::less<>> live_;
    std::size_t live_bytes_ = 0;
};

}  // namespace leat::storage
