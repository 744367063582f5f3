// with_deadline(): a race between a coroutine and a timer, decided on the coroutine's own strand.
#include "net/deadline.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <exception>

namespace leat::net {

namespace asio = boost::asio;

namespace {

struct Race {
    explicit Race(const asio::any_io_executor& executor) : timer(executor) {}
    asio::steady_timer timer;
    asio::cancellation_signal cancel;
    bool done = false;
    std::exception_ptr error;
};

bool is_cancellation(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const boost::system::system_error& system) {
        return system.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

}  // namespace

asio::awaitable<Result<void>> with_deadline(std::chrono::milliseconds limit, std::string what,
                                            asio::awaitable<void> task) {
    const auto executor = co_await asio::this_coro::executor;
    const auto race = std::make_shared<Race>(executor);
    race->timer.expires_after(limit);
    auto on_end = [race](std::exception_ptr error) {
        race->done = true;
        race->error = std::move(error);
        race->timer.cancel();
    };
    asio::co_spawn(executor, std::move(task),
                   asio::bind_cancellation_slot(race->cancel.slot(), on_end));

    // A cancellation from outside must not throw here before the task has ended: it may refer to
    // what the awaiting coroutine owns.
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    bool expired = false;
    if (!race->done) {
        const auto [code] = co_await race->timer.async_wait(asio::as_tuple(asio::use_awaitable));
        expired = !code && !race->done;
    }
    const bool cancelled = !race->done && !expired;
    if (!race->done) race->cancel.emit(asio::cancellation_type::terminal);
    while (!race->done) {
        race->timer.expires_at(asio::steady_timer::time_point::max());
        co_await race->timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    co_await asio::this_coro::throw_if_cancelled(throws);

    if (race->error && !(expired && is_cancellation(race->error)))
        std::rethrow_exception(race->error);
    if (cancelled) throw boost::system::system_error(asio::error::operation_aborted);
    if (expired)
        co_return Error{Errc::timed_out,
                        what + " did not finish within " + std::to_string(limit.count()) + " ms.",
                        true};
    co_return Result<void>{};
}

}  // namespace leat::net
