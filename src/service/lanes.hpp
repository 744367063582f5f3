// Order by key inside a partition: a fixed number of lanes, each a queue that runs one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace leat::service {

/// What waits in a lane. Records derive from it; the queue is intrusive, so queueing allocates
/// nothing.
struct LaneItem {
    LaneItem* next = nullptr;
    std::uint32_t lane = 0;
    std::uint32_t bytes = 0;
};

/// How many records and bytes of one partition may be in flight (queued, running or awaiting a
/// retry).
struct LaneLimits {
    std::size_t records = 1000;
    std::size_t bytes = std::size_t{64} * 1024 * 1024;
};

/// The lanes of one partition. A lane is runnable while it has items and is not running, so items
/// of one lane never overlap and keep their order; different lanes run in parallel. Different keys
/// that share a lane only lose parallelism. Pure; belongs to one thread; does not own the items.
class Lanes {
public:
    static constexpr std::size_t lane_count = 256;

    explicit Lanes(LaneLimits limits);

    /// The lane of a key: the same key always has the same lane.
    static std::uint32_t lane_of(std::string_view key);

    /// Appends an item to the lane `item.lane`.
    void push(LaneItem& item);

    /// Some items of a runnable lane, oldest first, linked by `next`; `head` is null when no lane
    /// is runnable. The lane is running from here until release().
    struct Batch {
        LaneItem* head = nullptr;
        std::size_t count = 0;
        std::uint32_t lane = 0;
    };
    /// Takes up to `max` items of the lane that has been runnable for longest.
    Batch take(std::size_t max);

    /// Ends the running of `lane`. Items from `rest` on (linked, may be null) were not finished and
    /// go back to the front, in their order.
    void release(std::uint32_t lane, LaneItem* rest);

    /// Ends an item's account: it is no longer in flight.
    void done(const LaneItem& item);

    /// Whether more records should be taken from the partition. Once a bound is reached this stays
    /// false until in-flight records and bytes are back under three quarters of it, so that the
    /// partition is not paused and resumed for every record. One record is always admitted.
    bool accepts();

    /// How many more records may be taken now.
    std::size_t room() const;

    std::size_t in_flight() const { return records_; }
    std::size_t in_flight_bytes() const { return bytes_; }
    /// Items that wait in lanes, not counting those taken.
    std::size_t queued() const { return queued_; }
    std::size_t running_lanes() const { return running_; }
    bool runnable() const { return runnable_head_ != none; }
    /// Whether back-pressure holds the partition at the moment.
    bool paused() const { return paused_; }

    /// Takes every queued item out of every lane that is not running, linked by `next`: what is to
    /// be dropped after a revocation. Running lanes keep theirs until they are released.
    LaneItem* clear();

private:
    static constexpr std::uint32_t none = UINT32_MAX;
    struct Lane {
        LaneItem* head = nullptr;
        LaneItem* tail = nullptr;
        std::uint32_t next_runnable = none;
        bool running = false;
        bool listed = false;
    };
    void make_runnable(std::uint32_t lane);

    LaneLimits limits_;
    std::vector<Lane> lanes_;
    std::uint32_t runnable_head_ = none;
    std::uint32_t runnable_tail_ = none;
    std::size_t records_ = 0;
    std::size_t bytes_ = 0;
    std::size_t queued_ = 0;
    std::size_t running_ = 0;
    bool paused_ = false;
};

}  // namespace leat::service
