// TaskGroup: every spawned coroutine belongs to a group that can be cancelled and waited for.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace leat::net {

/// A set of running coroutines. All methods are safe from any thread. Destroying the group cancels
/// its tasks but does not wait: call wait() first when they use objects that die with it.
class TaskGroup {
public:
    /// Hears of a task that ended with an exception other than cancellation; on a pool thread.
    using OnError = std::function<void(const std::string& task, const std::string& what)>;

    /// Tasks run on `executor`. Without `on_error` such an end is logged as an error.
    explicit TaskGroup(boost::asio::any_io_executor executor, OnError on_error = {});
    /// cancel()
    ~TaskGroup();
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;

    /// Runs `task` on its own strand. `name` stands in error reports. After cancel() the task is
    /// dropped unstarted.
    void spawn(std::string name, boost::asio::awaitable<void> task);

    /// Asks every task to end: their current co_await throws operation_aborted. Further tasks are
    /// refused. Idempotent.
    void cancel();

    /// Waits until no task is left. Never on a thread of the executor.
    void wait();
    /// The same for coroutines, of another group or none.
    boost::asio::awaitable<void> async_wait();

    std::size_t size() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace leat::net
