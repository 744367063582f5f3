// Drives a compaction: its pieces on a pool, what it made into the log, at a bounded rate.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "base/clock.hpp"
#include "storage/blocking_pool.hpp"
#include "storage/compaction.hpp"
#include "storage/flusher.hpp"

namespace leat::storage {

/// One compaction at a time. Core thread.
class Compactor {
public:
    /// All of it outlives the compactor. `later` calls on the core thread, after the delay.
    struct Seams {
        Disk& disk;
        BlockingPool& pool;
        Flusher& flusher;
        const Clock& clock;
        std::function<void(std::chrono::milliseconds, std::function<void()>)> later;
    };
    /// How it ended: where the log is dirty from now on. Errors: corrupt (this log cannot be
    /// compacted), cancelled (the log has changed, or is offline), io, no_space.
    using Done = std::function<void(const Result<std::int64_t>& first_dirty)>;

    explicit Compactor(Seams seams) : seams_(std::move(seams)) {}
    ~Compactor() { *alive_ = false; }
    Compactor(const Compactor&) = delete;
    Compactor& operator=(const Compactor&) = delete;

    /// Bytes read and written in a second, in the long run.
    void set_rate(double bytes_per_second) { rate_ = bytes_per_second; }
    /// The Flusher watches the log until cancel() was called, if it stops watching.
    void start(std::shared_ptr<Log> log, CompactionPlan plan, Done done);
    /// The log that is being compacted, until nothing of ours is in its folder any more; none if
    /// nothing runs.
    const Log* log() const { return run_ ? run_->log.get() : nullptr; }
    /// Ends what runs, without calling its Done; `idle` is called once it does not touch the log's
    /// folder any more, perhaps at once.
    void cancel(std::function<void()> idle);

private:
    struct Run {
        Run(std::shared_ptr<Log> of, CompactionPlan plan, Done then)
            : log(std::move(of)), compaction(std::move(plan)), done(std::move(then)) {}
        std::shared_ptr<Log> log;
        Compaction compaction;
        Compaction::State state = Compaction::State::goes_on;
        Done done;
        bool in_pool = false;
        bool cancelled = false;
        std::vector<std::function<void()>> idle;
        Result<std::int64_t> outcome = 0;
    };
    using RunPtr = std::shared_ptr<Run>;

    void step(const RunPtr& run);
    void stepped(const RunPtr& run);
    void step_in_time(const RunPtr& run);
    void adopt(const RunPtr& run);
    void await_swap(const RunPtr& run);
    void abandon(const RunPtr& run);
    void abandoned(const RunPtr& run);
    void end(const RunPtr& run, const Result<std::int64_t>& outcome);

    Seams seams_;
    double rate_ = 1e18;
    MonoTime next_step_{};
    RunPtr run_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace leat::storage
