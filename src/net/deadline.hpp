// with_deadline(): bounds a coroutine's time, since Boost 1.81 has no asio::cancel_after.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "base/result.hpp"

namespace leat::net {

/// Awaits `task` for at most `limit`. When time is up the task is cancelled (its current co_await
/// throws operation_aborted) and, once it has ended, the result is Errc::timed_out naming `what`. A
/// task that ignores cancellation is waited for. An exception of the task passes through. Await it
/// on a strand or a single-threaded executor, as TaskGroup's tasks are.
boost::asio::awaitable<Result<void>> with_deadline(std::chrono::milliseconds limit,
                                                   std::string what,
                                                   boost::asio::awaitable<void> task);

namespace detail {
template <class T>
boost::asio::awaitable<void> store_result(boost::asio::awaitable<T> task,
                                          std::unique_ptr<T>& into) {
    into = std::make_unique<T>(co_await std::move(task));
}
}  // namespace detail

/// The same for a task with a value.
template <class T>
boost::asio::awaitable<Result<T>> with_deadline(std::chrono::milliseconds limit, std::string what,
                                                boost::asio::awaitable<T> task) {
    std::unique_ptr<T> value;
    auto done = co_await with_deadline(limit, std::move(what),
                                       detail::store_result<T>(std::move(task), value));
    if (!done) co_return done.error();
    co_return std::move(*value);
}

/// The same for a task that has a Result of its own: both kinds of error come out as one.
template <class T>
boost::asio::awaitable<Result<T>> with_deadline(std::chrono::milliseconds limit, std::string what,
                                                boost::asio::awaitable<Result<T>> task) {
    std::unique_ptr<Result<T>> value;
    auto done = co_await with_deadline(limit, std::move(what),
                                       detail::store_result<Result<T>>(std::move(task), value));
    if (!done) co_return done.error();
    co_return std::move(*value);
}

}  // namespace leat::net
