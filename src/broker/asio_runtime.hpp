// The broker's seams on Asio: timers and blocking work around one io_context.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <memory>

#include "broker/runtime.hpp"

namespace leat::broker {

class AsioTimers final : public Timers {
public:
    explicit AsioTimers(boost::asio::io_context& core) : core_(core) {}
    void call_after(std::chrono::milliseconds delay, std::function<void()> what) override {
        if (delay <= std::chrono::milliseconds{0}) return boost::asio::post(core_, std::move(what));
        auto timer = std::make_shared<boost::asio::steady_timer>(core_, delay);
        timer->async_wait([timer, what = std::move(what)](const boost::system::error_code& error) {
            if (!error) what();
        });
    }

private:
    boost::asio::io_context& core_;
};

class AsioPool final : public storage::BlockingPool {
public:
    AsioPool(boost::asio::io_context& core, std::size_t threads) : core_(core), pool_(threads) {}
    void run(std::function<void()> work, std::function<void()> done) override {
        boost::asio::post(pool_, [this, guard = boost::asio::make_work_guard(core_),
                                  work = std::move(work), done = std::move(done)]() mutable {
            work();
            boost::asio::post(core_, std::move(done));
        });
    }
    void join() { pool_.join(); }

private:
    boost::asio::io_context& core_;
    boost::asio::thread_pool pool_;
};

}  // namespace leat::broker
