// TaskGroup: one strand and one cancellation signal a task; the registry is guarded by a mutex.
#include "net/task_group.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <condition_variable>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/log.hpp"

namespace leat::net {

namespace asio = boost::asio;

namespace {

struct Task {
    asio::any_io_executor strand;
    asio::cancellation_signal cancel;
};

/// What an exception says, or nothing if it is a cancellation.
std::string describe(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const boost::system::system_error& system) {
        if (system.code() == asio::error::operation_aborted) return {};
        return system.what();
    } catch (const std::exception& other) {
        return other.what();
    } catch (...) {
        return "unknown exception";
    }
}

}  // namespace

struct TaskGroup::State : std::enable_shared_from_this<State> {
    State(asio::any_io_executor e, OnError call)
        : executor(std::move(e)), on_error(std::move(call)) {}

    const asio::any_io_executor executor;
    const OnError on_error;
    std::mutex mutex;
    std::condition_variable empty;
    std::unordered_map<std::uint64_t, std::shared_ptr<Task>> tasks;
    std::vector<std::function<void()>> waiters;
    std::uint64_t next_id = 0;
    bool cancelled = false;

    void finished(std::uint64_t id, const std::string& name, const std::exception_ptr& error) {
        if (error) {
            const auto what = describe(error);
            if (!what.empty()) report(name, what);
        }
        std::vector<std::function<void()>> released;
        {
            const std::lock_guard lock{mutex};
            tasks.erase(id);
            if (!tasks.empty()) return;
            released.swap(waiters);
            empty.notify_all();
        }
        for (auto& release : released) release();
    }

    void report(const std::string& name, const std::string& what) const {
        if (on_error) return on_error(name, what);
        log::error("A task failed", {{"task", name}, {"what", what}});
    }

    void when_empty(std::function<void()> call) {
        {
            const std::lock_guard lock{mutex};
            if (!tasks.empty()) return waiters.push_back(std::move(call));
        }
        call();
    }
};

TaskGroup::TaskGroup(asio::any_io_executor executor, OnError on_error)
    : state_(std::make_shared<State>(std::move(executor), std::move(on_error))) {}

TaskGroup::~TaskGroup() { cancel(); }

void TaskGroup::spawn(std::string name, asio::awaitable<void> task) {
    auto entry = std::make_shared<Task>();
    entry->strand = asio::make_strand(state_->executor);
    std::uint64_t id = 0;
    {
        const std::lock_guard lock{state_->mutex};
        if (state_->cancelled) return;
        id = state_->next_id++;
        state_->tasks.emplace(id, entry);
    }
    auto on_end = [state = state_, id, name = std::move(name), entry](std::exception_ptr error) {
        state->finished(id, name, error);
    };
    // Started on its strand, so that the signal is only ever touched there.
    asio::post(
        entry->strand, [entry, task = std::move(task), on_end = std::move(on_end)]() mutable {
            asio::co_spawn(entry->strand, std::move(task),
                           asio::bind_cancellation_slot(entry->cancel.slot(), std::move(on_end)));
        });
}

void TaskGroup::cancel() {
    std::vector<std::shared_ptr<Task>> running;
    {
        const std::lock_guard lock{state_->mutex};
        state_->cancelled = true;
        for (const auto& [id, task] : state_->tasks) running.push_back(task);
    }
    for (const auto& task : running)
        asio::post(task->strand, [task] { task->cancel.emit(asio::cancellation_type::terminal); });
}

void TaskGroup::wait() {
    std::unique_lock lock{state_->mutex};
    state_->empty.wait(lock, [this] { return state_->tasks.empty(); });
}

asio::awaitable<void> TaskGroup::async_wait() {
    auto initiate = [state = state_](auto handler) {
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        state->when_empty([shared] {
            const auto executor = asio::get_associated_executor(*shared);
            asio::post(executor, [shared] { std::move (*shared)(); });
        });
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(initiate,
                                                                         asio::use_awaitable);
}

std::size_t TaskGroup::size() const {
    const std::lock_guard lock{state_->mutex};
    return state_->tasks.size();
}

}  // namespace leat::net
