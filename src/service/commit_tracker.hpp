// Which offset of one partition may be committed: the contiguous watermark over delivered records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "base/clock.hpp"

namespace leat::service {

/// When a record came to the service and when it was written, by its own timestamp (0: unknown).
struct Arrival {
    MonoTime at;
    TimestampMs timestamp_ms = 0;
};

/// Follows the records of one partition during one assignment. The value to commit comes from the
/// set of done records alone: it never passes a record that was delivered and is not done, and it
/// walks the offsets that were delivered, since transaction markers and compaction leave gaps.
/// Pure; belongs to one thread.
class CommitTracker {
public:
    /// `epoch` names the assignment: completions that carry another one are ignored.
    explicit CommitTracker(std::uint64_t epoch) : epoch_(epoch) {}

    /// Notes a delivered record and returns its sequence, to be handed to done(). Offsets ascend; a
    /// repeated or smaller one is a bug of the caller and aborts. `arrival` is for the age alone.
    std::uint64_t delivered(std::int64_t offset, Arrival arrival = {});

    /// Notes that a record's work is over for good. False, without effect, if `epoch` is not this
    /// assignment's or the record was done before.
    bool done(std::uint64_t epoch, std::uint64_t sequence);

    /// The offset to commit, one past the last record of the done prefix; nothing while no record
    /// became done or when all that is known was committed already.
    std::optional<std::int64_t> to_commit() const;

    /// Notes that the group coordinator has accepted `offset`.
    void committed(std::int64_t offset);

    std::uint64_t epoch() const { return epoch_; }
    /// Delivered records that are not behind the watermark: the span that a crash repeats.
    std::size_t span() const { return window_.size(); }
    /// Delivered records that are not done.
    std::size_t incomplete() const { return incomplete_; }
    /// Records done since the last accepted commit.
    std::size_t done_since_commit() const { return done_since_commit_; }
    /// One past the done prefix; -1 before the first.
    std::int64_t watermark() const { return watermark_; }
    /// The last accepted commit; -1 before the first.
    std::int64_t last_committed() const { return committed_; }
    std::int64_t highest_delivered() const { return highest_; }
    /// Of the oldest record that is not done; nothing when all are.
    std::optional<Arrival> oldest_undone() const;
    /// Of the last record delivered; nothing before the first.
    const std::optional<Arrival>& last_arrival() const { return last_arrival_; }

private:
    struct Entry {
        std::int64_t offset;
        Arrival arrival;
        bool done;
    };
    std::uint64_t epoch_;
    std::uint64_t first_ = 0;   // sequence of window_.front()
    std::deque<Entry> window_;  // its front is never done
    std::size_t incomplete_ = 0;
    std::size_t done_since_commit_ = 0;
    std::int64_t highest_ = -1;
    std::optional<Arrival> last_arrival_;
    std::int64_t watermark_ = -1;
    std::int64_t committed_ = -1;
};

}  // namespace leat::service
