// The order of appends that have to wait: for a pool, or for a transaction's coordinator.
#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>

#include "storage/blocking_pool.hpp"

namespace leat::broker {

class Partition;

/// What one connection sends to one partition is appended in the order in which it came, whatever
/// some of it has to wait for. Nobody else waits for that. Only the first of such a lane is worked
/// on: of the others nothing is held but their requests. Core thread.
class AppendOrder {
public:
    /// The pool outlives it.
    explicit AppendOrder(storage::BlockingPool& pool) : pool_(pool) {}
    ~AppendOrder() { stop(); }
    AppendOrder(const AppendOrder&) = delete;
    AppendOrder& operator=(const AppendOrder&) = delete;

    struct Lane {
        std::uint64_t connection = 0;
        const Partition* partition = nullptr;  // which whoever enters keeps alive
        auto operator<=>(const Lane&) const = default;
    };
    struct Turn {
        Lane lane;
        std::uint64_t number = 0;
    };

    /// Whether nobody is in the lane: what can be done at once need not enter.
    bool is_free(const Lane& lane) const { return lanes_.empty() || !lanes_.contains(lane); }
    /// Calls `step`, at once or later, when all who entered before have left.
    Turn enter(const Lane& lane, std::function<void()> step);
    /// Calls its step again, if that was called already.
    void wake(const Turn& turn);
    /// The first of the lane, whose step was called, is done. From within the step, or later.
    void leave(const Lane& lane);

    /// Has the pool do `work`, which must not hold what belongs to the core thread, then calls
    /// `done`. Neither happens once all is stopped.
    void run(std::function<void()> work, std::function<void()> done);
    /// Forgets all who are in a lane, unheard: no more is appended. The broker ends.
    void stop();

private:
    struct Waiting {
        std::uint64_t number;
        std::function<void()> step;
        bool begun = false;
        bool left = false;
    };
    struct Queue {
        std::deque<Waiting> waiting;
        bool stepping = false;
    };
    void advance(const Lane& lane);

    storage::BlockingPool& pool_;
    std::map<Lane, Queue> lanes_;
    std::uint64_t last_number_ = 0;
    std::shared_ptr<std::atomic<bool>> stopped_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace leat::broker
