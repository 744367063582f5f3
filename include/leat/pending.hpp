// leat::pending<T>: a result that is on its way, to be awaited, waited for or ignored.
#pragma once

#include <atomic>
#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "leat/task.hpp"

namespace leat {
namespace detail {

/// The one-shot meeting of whoever finishes a result and whoever waits for it, on any two threads.
class pending_state {
public:
    bool finished() const { return waiter_.load(std::memory_order_acquire) == done_mark(); }
    /// False: finished meanwhile, go on. True: `waiting` is resumed by finish(), on its thread.
    bool suspend(std::coroutine_handle<> waiting) {
        void* nobody = nullptr;
        return waiter_.compare_exchange_strong(nobody, waiting.address(),
                                               std::memory_order_acq_rel);
    }
    void finish();
    /// Blocks the thread until finish(). Aborts with an explanation on a thread of the executor,
    /// where it would wait for itself.
    void wait() const;

    void keep() { users_.fetch_add(1, std::memory_order_relaxed); }
    /// True if it was the last use.
    bool drop() { return users_.fetch_sub(1, std::memory_order_acq_rel) == 1; }

private:
    void* done_mark() const { return const_cast<std::atomic<void*>*>(&waiter_); }
    std::atomic<void*> waiter_{nullptr};
    std::atomic<int> users_{1};
};

template <class T>
struct pending_result : pending_state {
    virtual ~pending_result() = default;
    std::optional<T> value;
    std::exception_ptr failure;
};

template <class T>
detached finish_into(task<T> work, pending_result<T>* result) {
    try {
        result->value.emplace(co_await std::move(work));
    } catch (...) {
        result->failure = std::current_exception();
    }
    result->finish();
    if (result->drop()) delete result;
}

/// Waits on this thread for a task that goes on elsewhere. For worker threads, as pending::get().
template <class T>
T block_on(task<T> work) {
    auto* result = new pending_result<T>;
    result->keep();  // one use for the task, one for us
    struct Use {
        pending_result<T>* of;
        ~Use() {
            if (of->drop()) delete of;
        }
    } use{result};
    finish_into(std::move(work), result);
    result->wait();
    if (result->failure) std::rethrow_exception(result->failure);
    return std::move(*result->value);
}

}  // namespace detail

/// The result of something that has been started: `co_await` it in a coroutine, or get() it in a
/// plain function. It may be ignored as well; the work goes on. Copies share the result.
template <class T>
class pending {
public:
    using state = detail::pending_result<T>;

    /// Takes over one use of `result`.
    explicit pending(state* result) : result_(result) {}
    pending(const pending& other) : result_(other.result_) { result_->keep(); }
    pending(pending&& other) noexcept : result_(std::exchange(other.result_, nullptr)) {}
    pending& operator=(pending other) noexcept {
        std::swap(result_, other.result_);
        return *this;
    }
    ~pending() {
        if (result_ != nullptr && result_->drop()) delete result_;
    }

    /// Whether the result is there.
    bool ready() const { return result_->finished(); }
    /// Blocks the thread until the result is there; throws what went wrong. For plain functions;
    /// in a coroutine on the executor it would wait for itself and aborts.
    T get() const {
        result_->wait();
        return take();
    }

    bool await_ready() const { return ready(); }
    bool await_suspend(std::coroutine_handle<> waiting) const { return result_->suspend(waiting); }
    T await_resume() const { return take(); }

private:
    T take() const {
        if (result_->failure) std::rethrow_exception(result_->failure);
        return *result_->value;
    }
    state* result_;
};

}  // namespace leat
