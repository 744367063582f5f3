#include "net/task_group.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/system/system_error.hpp>
#include <csignal>
#include <future>
#include <stdexcept>

#include "net/deadline.hpp"
#include "net/io_threads.hpp"

namespace leat::net {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

asio::awaitable<void> wait_for_ever(std::atomic<int>& ended) {
    asio::steady_timer timer{co_await asio::this_coro::executor,
                             asio::steady_timer::time_point::max()};
    struct AtEnd {
        std::atomic<int>& count;
        ~AtEnd() { ++count; }
    } at_end{ended};
    co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<void> add_one(std::atomic<int>& sum) {
    ++sum;
    co_return;
}

asio::awaitable<void> fail() {
    throw std::runtime_error("on purpose");
    co_return;
}

asio::awaitable<int> give(int value) { co_return value; }
asio::awaitable<Result<int>> give_error() {
    co_return Error{Errc::not_found, "No such thing.", false};
}

class TaskGroupTest : public ::testing::Test {
protected:
    IoThreads io_{2, "net-test"};
};

TEST_F(TaskGroupTest, waits_for_all_its_tasks) {
    std::atomic<int> sum{0};
    TaskGroup group{io_.executor()};
    for (int i = 0; i < 100; ++i) group.spawn("add", add_one(sum));
    group.wait();
    EXPECT_EQ(sum, 100);
    EXPECT_EQ(group.size(), 0U);
}

TEST_F(TaskGroupTest, cancels_what_waits_and_refuses_what_comes_later) {
    std::atomic<int> ended{0};
    TaskGroup group{io_.executor()};
    for (int i = 0; i < 10; ++i) group.spawn("wait", wait_for_ever(ended));
    group.cancel();
    group.wait();
    group.spawn("late", wait_for_ever(ended));
    EXPECT_EQ(group.size(), 0U);
}

TEST_F(TaskGroupTest, reports_failures_but_not_cancellations) {
    std::promise<std::string> failure;
    std::atomic<int> ended{0};
    TaskGroup group{io_.executor(), [&](const std::string& task, const std::string& what) {
                        failure.set_value(task + ": " + what);
                    }};
    group.spawn("waiter", wait_for_ever(ended));
    group.spawn("broken", fail());
    EXPECT_EQ(failure.get_future().get(), "broken: on purpose");
    group.cancel();
    asio::co_spawn(io_.executor(), group.async_wait(), asio::use_future).get();
    EXPECT_EQ(group.size(), 0U);
}

class DeadlineTest : public ::testing::Test {
protected:
    template <class T>
    T run(asio::awaitable<T> task) {
        // use_future wants a default-constructible value; a Result is none.
        auto kept = std::make_shared<std::optional<T>>();
        asio::co_spawn(io_.executor(), keep(std::move(task), kept), asio::use_future).get();
        return std::move(**kept);
    }
    template <class T>
    static asio::awaitable<void> keep(asio::awaitable<T> task,
                                      std::shared_ptr<std::optional<T>> into) {
        into->emplace(co_await std::move(task));
    }
    IoThreads io_{1, "net-test"};
    std::atomic<int> ended_{0};
};

TEST_F(DeadlineTest, gives_the_value_of_a_task_that_is_in_time) {
    EXPECT_EQ(*run(with_deadline(20s, "Giving", give(7))), 7);
    EXPECT_EQ(run(with_deadline(20s, "Giving", give_error())).error().code, Errc::not_found);
}

TEST_F(DeadlineTest, cancels_a_task_that_is_late_and_names_it) {
    const auto result = run(with_deadline(1ms, "Waiting", wait_for_ever(ended_)));
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, Errc::timed_out);
    EXPECT_EQ(result.error().what, "Waiting did not finish within 1 ms.");
    EXPECT_EQ(ended_, 1) << "the task has ended before the result is given";
}

TEST_F(DeadlineTest, passes_exceptions_through) {
    EXPECT_THROW(run(with_deadline(20s, "Failing", fail())), std::runtime_error);
}

asio::awaitable<void> bounded_wait(std::atomic<int>& ended) {
    co_await with_deadline(3600s, "Waiting", wait_for_ever(ended));
}

TEST_F(DeadlineTest, hands_a_cancellation_from_outside_to_the_task) {
    TaskGroup group{io_.executor()};
    std::atomic<int> started{0};
    group.spawn("bounded", bounded_wait(ended_));
    group.spawn("started", add_one(started));
    group.cancel();
    group.wait();
    EXPECT_EQ(group.size(), 0U);
}

TEST(Signals, tell_which_signal_came_and_how_often) {
    IoThreads io{1, "net-test"};
    std::promise<std::pair<int, int>> second;
    {
        const Signals signals{io.executor(), [&](int signal, int count) {
                                  if (count == 1) std::raise(SIGINT);
                                  if (count == 2) second.set_value({signal, count});
                              }};
        std::raise(SIGTERM);
        EXPECT_EQ(second.get_future().get(), std::pair(SIGINT, 2));
    }
    io.stop();
}

}  // namespace
}  // namespace leat::net
