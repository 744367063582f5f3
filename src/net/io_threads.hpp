// IoThreads: the threads that run an Asio executor; Signals: SIGTERM and SIGINT as a callback.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace leat::net {

/// A pool of threads running one Asio context. Owned by the program's top; outlives everything that
/// was given its executor(), except that such objects may be destroyed after stop().
class IoThreads {
public:
    /// Starts `threads` (at least 1) threads called `name` (15 characters are kept).
    explicit IoThreads(std::size_t threads, const std::string& name = "leat-io");
    /// stop()
    ~IoThreads();
    IoThreads(const IoThreads&) = delete;
    IoThreads& operator=(const IoThreads&) = delete;

    boost::asio::any_io_executor executor() const;

    /// Abandons what is queued and joins the threads. Idempotent. Never from one of the threads.
    void stop();

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Turns SIGTERM and SIGINT into calls of `on_signal(signal number, how often so far)` on a thread
/// of `executor`, from construction to destruction; the first call has count 1. One a process.
class Signals {
public:
    Signals(const boost::asio::any_io_executor& executor,
            std::function<void(int signal, int count)> on_signal);
    /// Restores the default action of both signals, once the executor gets to it.
    ~Signals();
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace leat::net
