// The threads on which plain functions of the user run: they may block.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace leat::service {

/// Something to run on a worker. Not owned by the pool: it may be gone when run() returns.
class Job {
public:
    virtual void run_on_worker() = 0;

protected:
    ~Job() = default;
};

/// A fixed pool of threads. HTTP requests go before records, since somebody waits for them. Any
/// thread.
class Workers {
public:
    explicit Workers(std::size_t threads);
    /// Waits for the jobs that run; those that wait are not run any more.
    ~Workers();
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    /// Takes all of `jobs` and clears it.
    void push(std::vector<Job*>& jobs);
    void push_urgent(Job& job);

    std::size_t size() const { return threads_.size(); }

private:
    void work();

    std::mutex mutex_;
    std::condition_variable some_;
    std::deque<Job*> urgent_;
    std::deque<Job*> waiting_;
    std::size_t idle_ = 0;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace leat::service
