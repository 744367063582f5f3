// Where work that blocks (sync, cold reads, removal of files) runs, seen from the core thread.
#pragma once

#include <deque>
#include <functional>

namespace leat::storage {

/// Runs work off the core thread and brings the news back to it.
class BlockingPool {
public:
    virtual ~BlockingPool() = default;
    /// Calls `work` on any thread, then `done` on the core thread, never before run() returns.
    /// Called on the core thread.
    virtual void run(std::function<void()> work, std::function<void()> done) = 0;
};

/// Runs everything on the calling thread, step by step, when told to: for tests and tools.
class ManualPool final : public BlockingPool {
public:
    void run(std::function<void()> work, std::function<void()> done) override {
        tasks_.push_back({std::move(work), std::move(done)});
    }
    std::size_t waiting() const { return tasks_.size(); }
    /// Runs the task that has waited for the `index`-th longest time; false if there is none.
    bool run_one(std::size_t index = 0) {
        if (index >= tasks_.size()) return false;
        auto task = std::move(tasks_[index]);
        tasks_.erase(tasks_.begin() + static_cast<std::ptrdiff_t>(index));
        task.work();
        task.done();
        return true;
    }
    /// Runs until nothing waits.
    void run_all() {
        while (run_one()) {
        }
    }
    /// Forgets all that waits, as a crash does.
    void drop_all() { tasks_.clear(); }

private:
    struct Task {
        std::function<void()> work;
        std::function<void()> done;
    };
    std::deque<Task> tasks_;
};

}  // namespace leat::storage
