// The one way to append to a log and to hear when that is safe.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>

#include "storage/flusher.hpp"

namespace leat::storage {

/// A log with all who wait for its high watermark. Core thread. The Flusher, which watches the log,
/// outlives it.
class CommitQueue {
public:
    /// Success: all below the offset is under the high watermark. Error: io, the log is offline;
    /// no_space; cancelled, it was closed. Called once, perhaps at once; in the order of the
    /// offsets, and of equal ones in that of the calls.
    using Done = std::function<void(const Result<void>&)>;

    /// Calls `moved` after each sync, and in page-cache mode each append, once those who waited
    /// have heard.
    CommitQueue(std::shared_ptr<Log> log, Flusher& flusher, std::function<void()> moved = {});
    ~CommitQueue();
    CommitQueue(const CommitQueue&) = delete;
    CommitQueue& operator=(const CommitQueue&) = delete;

    const std::shared_ptr<Log>& log() const { return log_; }

    /// Appends one batch (Log::append) and has it synced as the durability mode wants it; that of a
    /// coordinator in any mode. `safe` hears when the batch is safe; if the outcome is a fault, of
    /// that, once all that was appended before is safe. Without `safe` the batch is promised to its
    /// producer now: promised_end() moves.
    AppendOutcome append(const IncomingBatch& batch, TimestampMs now,
                         AppendOrigin origin = AppendOrigin::client, Done safe = {});
    void when_safe(std::int64_t offset, Done done);

    /// All below was acknowledged, perhaps before it was safe (acks=1). Whoever asks for the log's
    /// end waits until what was promised when he came is safe: then no acknowledged record is
    /// missing from the answer, and nothing in it can vanish.
    std::int64_t promised_end() const;
    void when_promised_safe(Done done) { when_safe(promised_end(), std::move(done)); }
    /// Whether a reader at `offset` would miss what was promised when the end was `promised`, and
    /// will not if he waits for the next move.
    bool is_kept_back(std::int64_t offset, std::int64_t promised) const;

    /// All who wait, and who come, hear that it is closed.
    void close();
    /// Drops all who wait; none of them hears. For the end of the process's service, where a waiter
    /// that holds what holds the queue would keep both.
    void abandon();
    bool is_closed() const { return closed_; }

private:
    void moved();
    Error why_not() const;

    struct Waiter {
        std::int64_t offset;
        Done done;
    };
    std::shared_ptr<Log> log_;
    Flusher& flusher_;
    std::function<void()> moved_;
    std::deque<Waiter> waiters_;  // by offset
    std::int64_t promised_end_ = 0;
    bool closed_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace leat::storage
