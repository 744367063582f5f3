// Starts a task from plain code and hears of its end.
#pragma once

#include <exception>
#include <optional>
#include <utility>

#include "leat/task.hpp"

namespace leat::service {

/// Runs `work` here until it waits for the first time; it goes on wherever it is resumed, and
/// `done(result, failure)` hears of its end there. `done` must not throw.
template <class T, class F>
detail::detached start(task<T> work, F done) {
    std::optional<T> result;
    std::exception_ptr failure;
    try {
        result.emplace(co_await std::move(work));
    } catch (...) {
        failure = std::current_exception();
    }
    done(std::move(result), failure);
}

/// Marks the calling thread as one of the executor, where pending::get() would wait for itself.
void mark_executor_thread();

}  // namespace leat::service
