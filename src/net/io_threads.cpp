// The threads under every Asio executor of a program, and its signals.
#include "net/io_threads.hpp"

#include <pthread.h>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/strand.hpp>
#include <csignal>
#include <thread>
#include <vector>

#include "base/check.hpp"

namespace leat::net {

namespace asio = boost::asio;

struct IoThreads::State {
    explicit State(std::size_t count)
        : context(static_cast<int>(count)), work(asio::make_work_guard(context)) {}

    asio::io_context context;
    asio::executor_work_guard<asio::io_context::executor_type> work;
    std::vector<std::thread> threads;
};

IoThreads::IoThreads(std::size_t threads, const std::string& name) {
    check(threads >= 1, "a pool has at least one thread");
    state_ = std::make_unique<State>(threads);
    for (std::size_t i = 0; i < threads; ++i) {
        auto& thread =
            state_->threads.emplace_back([state = state_.get()] { state->context.run(); });
        pthread_setname_np(thread.native_handle(), name.substr(0, 15).c_str());
    }
}

IoThreads::~IoThreads() { stop(); }

asio::any_io_executor IoThreads::executor() const { return state_->context.get_executor(); }

void IoThreads::stop() {
    state_->context.stop();
    for (auto& thread : state_->threads) {
        check(thread.get_id() != std::this_thread::get_id(), "a pool is not stopped by its thread");
        if (thread.joinable()) thread.join();
    }
}

struct Signals::State : std::enable_shared_from_this<State> {
    State(const asio::any_io_executor& executor, std::function<void(int, int)> call)
        : strand(asio::make_strand(executor)),
          signals(strand, SIGTERM, SIGINT),
          on_signal(std::move(call)) {}

    void wait() {
        signals.async_wait(
            [self = shared_from_this()](const boost::system::error_code& code, int signal) {
                if (code || self->closed) return;
                self->on_signal(signal, ++self->count);
                self->wait();
            });
    }

    const asio::any_io_executor strand;
    asio::signal_set signals;
    const std::function<void(int, int)> on_signal;
    int count = 0;
    bool closed = false;
};

Signals::Signals(const asio::any_io_executor& executor, std::function<void(int, int)> on_signal)
    : state_(std::make_shared<State>(executor, std::move(on_signal))) {
    state_->wait();
}

Signals::~Signals() {
    asio::dispatch(state_->strand, [state = state_] {
        state->closed = true;
        boost::system::error_code ignored;
        // clear() alone would leave the wait behind.
        state->signals.cancel(ignored);
        state->signals.clear(ignored);
    });
}

}  // namespace leat::net
