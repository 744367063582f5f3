// leat::task<T>, the coroutine of handlers, and leat::pending<T>, a result that is on its way.
#pragma once

#include <atomic>
#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace leat {

template <class T>
class task;

namespace detail {

struct task_promise_base {
    std::coroutine_handle<> continuation = std::noop_coroutine();
    std::exception_ptr failure;

    struct final_awaiter {
        bool await_ready() const noexcept { return false; }
        template <class P>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<P> done) const noexcept {
            return done.promise().continuation;
        }
        void await_resume() const noexcept {}
    };
    std::suspend_always initial_suspend() const noexcept { return {}; }
    final_awaiter final_suspend() const noexcept { return {}; }
    void unhandled_exception() { failure = std::current_exception(); }
};

template <class T>
struct task_promise : task_promise_base {
    std::optional<T> value;
    task<T> get_return_object();
    template <class U>
    requires std::is_constructible_v<T, U&&>
    void return_value(U&& result) { value.emplace(std::forward<U>(result)); }
    T take() { return std::move(*value); }
};
template <>
struct task_promise<void> : task_promise_base {
    task<void> get_return_object();
    void return_void() const noexcept {}
    void take() const noexcept {}
};

}  // namespace detail

/// A coroutine with a result. It starts when it is awaited, and its exception comes out there.
/// Handlers return one to wait without holding a thread; they run on the service's executor and
/// must not block it. Parameters of coroutines by value, except what a handler is given. Owns its
/// coroutine; one await only.
template <class T = void>
class [[nodiscard]] task {
public:
    using promise_type = detail::task_promise<T>;
    using value_type = T;

    explicit task(std::coroutine_handle<promise_type> coroutine) : coroutine_(coroutine) {}
    task(task&& other) noexcept : coroutine_(std::exchange(other.coroutine_, {})) {}
    task& operator=(task&& other) noexcept {
        std::swap(coroutine_, other.coroutine_);
        return *this;
    }
    ~task() {
        if (coroutine_) coroutine_.destroy();
    }

    auto operator co_await() && {
        struct awaiter {
            std::coroutine_handle<promise_type> coroutine;
            bool await_ready() const noexcept { return false; }
            std::coroutine_handle<> await_suspend(std::coroutine_handle<> caller) const noexcept {
                coroutine.promise().continuation = caller;
                return coroutine;
            }
            T await_resume() const {
                if (coroutine.promise().failure)
                    std::rethrow_exception(coroutine.promise().failure);
                return coroutine.promise().take();
            }
        };
        return awaiter{coroutine_};
    }

private:
    std::coroutine_handle<promise_type> coroutine_;
};

namespace detail {

template <class T>
task<T> task_promise<T>::get_return_object() {
    return task<T>{std::coroutine_handle<task_promise<T>>::from_promise(*this)};
}
inline task<void> task_promise<void>::get_return_object() {
    return task<void>{std::coroutine_handle<task_promise<void>>::from_promise(*this)};
}

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
