// Which offset of one partition may be committed: the contiguous watermark over delivered records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace leat::service {

/// Follows the records of one partition during one assignment. The value to commit comes from the
/// set of done records alone: it never passes a record that was delivered and is not done, and it
/// walks the offsets that were delivered, since transaction markers and compaction leave gaps.
/// Pure; belongs to one thread.
class CommitTracker {
public:
    /// `epoch` names the assignment: completions that carry another one are ignored.
    explicit CommitTracker(std::uint64_t epoch) : epoch_(epoch) {}

    /// Notes a delivered record and returns its sequence, to be handed to done(). Offsets ascend; a
    /// repeated or smaller one is a bug of the caller and aborts.
    std::uint64_t delivered(std::int64_t offset);

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

private:
    struct Entry {
        std::int64_t offset;
        bool done;
    };
    std::uint64_t epoch_;
    std::uint64_t first_ = 0;  // sequence of window_.front()
    std::deque<Entry> window_;
    std::size_t incomplete_ = 0;
    std::size_t done_since_commit_ = 0;
    std::int64_t highest_ = -1;
    std::int64_t watermark_ = -1;
    std::int64_t committed_ = -1;
};

}  // namespace leat::service
