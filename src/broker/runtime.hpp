// What the broker asks of the world: disk, time, blocking work and later calls, each a seam.
#pragma once

#include <chrono>
#include <functional>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "storage/blocking_pool.hpp"
#include "storage/disk.hpp"

namespace leat::broker {

/// Calls functions later, on the core thread.
class Timers {
public:
    virtual ~Timers() = default;
    /// Calls `what` once, not before `delay` is over. It cannot be taken back: what it does must
    /// be harmless when its occasion is gone.
    virtual void call_after(std::chrono::milliseconds delay, std::function<void()> what) = 0;
};

/// All of it outlives the broker.
struct Runtime {
    storage::Disk& disk;
    const Clock& clock;
    storage::BlockingPool& pool;     // for what writes, syncs and removes
    storage::BlockingPool& reads;    // for cold reads: they do not wait for a slow sync
    storage::BlockingPool& upkeep;   // for what is long and that nobody waits for: compaction
    storage::BlockingPool& compute;  // for what costs a processor: batches that are compressed anew
    Timers& timers;
    Metrics& metrics;
};

}  // namespace leat::broker
