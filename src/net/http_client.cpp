// The HTTP client: pools and waiting lines per origin, and every call's deadline, on one strand.
#include "net/http_client.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>
#include <map>
#include <unordered_map>
#include <vector>

#include "net/http_client_connection.hpp"

namespace leat::net {

namespace asio = boost::asio;
using CallPtr = std::shared_ptr<ClientCall>;
using ConnectionPtr = std::shared_ptr<ClientConnection>;

/// One scheme, host and port: its connections and the calls that wait for one.
struct Origin {
    struct Idle {
        ConnectionPtr connection;
        MonoTime since;
    };
    std::vector<Idle> idle;  // the newest last, and taken first
    std::size_t open = 0;    // connections: idle, connecting and busy
    std::list<CallPtr> waiting;
};

/// Runs on strand_, except where it says otherwise.
class HttpClient::Core : public std::enable_shared_from_this<Core> {
public:
    Core(asio::any_io_executor executor, HttpClientOptions options, const Clock& clock)
        : executor_(std::move(executor)),
          strand_(asio::make_strand(executor_)),
          options_(std::move(options)),
          clock_(clock),
          timer_(strand_) {}

    /// Any thread.
    void call(const ClientRequest& request, MonoTime deadline, HttpCallback done) {
        calls_.fetch_add(1, std::memory_order_relaxed);
        auto made = make_client_call(request, deadline);
        if (!made) {
            auto failed = [done = std::move(done), error = made.error()] { done(error); };
            return asio::post(executor_, std::move(failed));
        }
        (*made)->done = std::move(done);
        asio::post(strand_,
                   [self = shared_from_this(), call = std::move(*made)] { self->begin(call); });
    }

    /// Any thread.
    void close() {
        asio::dispatch(strand_, [self = shared_from_this()] { self->close_now(); });
    }

    HttpClientStats stats() const {
        return {.calls = calls_,
                .connections_opened = opened_,
                .reused = reused_,
                .stale_retries = stale_retries_};
    }

private:
    void begin(const CallPtr& call) {
        if (closed_) return finish(call, cancelled());
        if (call->secure && !tls_) {
            auto made = TlsContext::for_client(options_.tls_ca_file);
            if (!made) return finish(call, made.error());
            tls_ = std::move(*made);
        }
        const auto now = clock_.now();
        call->deadline_at = deadlines_.emplace(call->deadline, call);
        if (call->deadline <= now) return finish(call, timed_out(*call, "before it began"));
        wake_at(call->deadline);
        assign(call);
    }

    void assign(const CallPtr& call) {
        auto& origin = origins_[call->base];
        if (auto pooled = take_idle(origin)) {
            reused_.fetch_add(1, std::memory_order_relaxed);
            return send(pooled, call);
        }
        if (origin.open < options_.max_connections_per_origin) return open(origin, call);
        if (origin.waiting.size() >= options_.max_waiting_per_origin)
            return finish(call, too_many_waiting(*call));
        origin.waiting.push_back(call);
    }

    ConnectionPtr take_idle(Origin& origin) {
        while (!origin.idle.empty()) {
            auto idle = std::move(origin.idle.back());
            origin.idle.pop_back();
            const bool old = clock_.now() - idle.since >= options_.idle_timeout;
            if (!old && idle.connection->is_alive()) return idle.connection;
            idle.connection->close();
            --origin.open;
        }
        return nullptr;
    }

    void open(Origin& origin, const CallPtr& call) {
        ++origin.open;
        opened_.fetch_add(1, std::memory_order_relaxed);
        const http::ParserLimits limits{options_.max_header_bytes, options_.max_response_bytes};
        const auto tls = call->secure ? tls_ : nullptr;
        send(std::make_shared<ClientConnection>(strand_, limits, tls), call);
    }

    void send(const ConnectionPtr& connection, const CallPtr& call) {
        call->connection = connection;
        connection->run(call, [self = shared_from_this(), call](ClientExchange exchange) {
            self->on_exchange(call, std::move(exchange));
        });
    }

    void on_exchange(const CallPtr& call, ClientExchange exchange) {
        const auto connection = std::exchange(call->connection, {}).lock();
        if (!connection) return;  // the call is over: its deadline came first
        auto& origin = origins_[call->base];
        if (!exchange.reusable) {
            connection->close();
            --origin.open;
        }
        if (exchange.stale && !call->retried && (call->idempotent || exchange.nothing_written)) {
            call->retried = true;
            stale_retries_.fetch_add(1, std::memory_order_relaxed);
            return open(origin, call);
        }
        finish(call, std::move(exchange.result));
        if (exchange.reusable)
            release(origin, connection);
        else
            serve_waiting(origin);
    }

    void release(Origin& origin, const ConnectionPtr& connection) {
        if (const auto next = take_waiting(origin)) {
            reused_.fetch_add(1, std::memory_order_relaxed);
            return send(connection, next);
        }
        const auto now = clock_.now();
        origin.idle.push_back({connection, now});
        wake_at(now + options_.idle_timeout);
    }

    /// After a connection went away: its place is free for a call that waits.
    void serve_waiting(Origin& origin) {
        while (origin.open < options_.max_connections_per_origin) {
            const auto next = take_waiting(origin);
            if (!next) return;
            open(origin, next);
        }
    }

    static CallPtr take_waiting(Origin& origin) {
        while (!origin.waiting.empty()) {
            auto next = std::move(origin.waiting.front());
            origin.waiting.pop_front();
            if (next->done) return next;
        }
        return nullptr;
    }

    /// Reports the call's end on the pool, so that a callback never runs inside the strand.
    void finish(const CallPtr& call, Result<http::Response> result) {
        if (!call->done) return;
        if (call->deadline_at) deadlines_.erase(*std::exchange(call->deadline_at, std::nullopt));
        asio::post(executor_, [done = std::exchange(call->done, nullptr),
                               result = std::move(result)]() mutable { done(std::move(result)); });
    }

    /// Ends a call from outside its exchange: frees its place in the line or its connection. By
    /// value: the caller may hold no more than a reference into deadlines_.
    void abandon(CallPtr call, Error error) {
        auto& origin = origins_[call->base];
        finish(call, std::move(error));
        if (const auto connection = std::exchange(call->connection, {}).lock()) {
            connection->close();
            --origin.open;
            serve_waiting(origin);
        } else {
            origin.waiting.remove(call);
        }
    }

    static Error timed_out(const ClientCall& call, const std::string& when) {
        const auto connection = call.connection.lock();
        const bool harmless = call.idempotent || !connection || connection->nothing_written();
        return {Errc::timed_out,
                "The call to " + call.base + call.target + " ran out of time " + when + ".",
                harmless};
    }

    static Error too_many_waiting(const ClientCall& call) {
        return {Errc::unavailable, "Too many calls wait for a connection to " + call.base + ".",
                true};
    }

    static Error cancelled() { return {Errc::cancelled, "The HTTP client was closed.", false}; }

    void wake_at(MonoTime at) {
        if (closed_ || (wake_at_ && *wake_at_ <= at)) return;
        wake_at_ = at;
        timer_.expires_after(std::max(at - clock_.now(), MonoTime::duration::zero()));
        timer_.async_wait([self = shared_from_this()](const boost::system::error_code& code) {
            if (!code) self->on_wake();
        });
    }

    void on_wake() {
        wake_at_.reset();
        const auto now = clock_.now();
        while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
            const auto call = deadlines_.begin()->second;
            abandon(call, timed_out(*call, call->connection.expired() ? "waiting for a connection"
                                                                      : "waiting for the answer"));
        }
        std::optional<MonoTime> next;
        if (!deadlines_.empty()) next = deadlines_.begin()->first;
        for (auto& [name, origin] : origins_) {
            drop_old(origin, now);
            if (origin.idle.empty()) continue;
            const auto old_at = origin.idle.front().since + options_.idle_timeout;
            next = next ? std::min(*next, old_at) : old_at;
        }
        std::erase_if(origins_, [](const auto& entry) { return entry.second.open == 0; });
        if (next) wake_at(*next);
    }

    void drop_old(Origin& origin, MonoTime now) const {
        origin.open -= std::erase_if(origin.idle, [&](const Origin::Idle& idle) {
            return now - idle.since >= options_.idle_timeout;
        });
    }

    void close_now() {
        if (std::exchange(closed_, true)) return;
        timer_.cancel();
        for (auto& [name, origin] : origins_) origin.waiting.clear();
        while (!deadlines_.empty()) abandon(deadlines_.begin()->second, cancelled());
        origins_.clear();
    }

    const asio::any_io_executor executor_;
    const asio::any_io_executor strand_;
    const HttpClientOptions options_;
    const Clock& clock_;
    std::shared_ptr<TlsContext> tls_;  // from the first call with https on
    asio::steady_timer timer_;
    std::optional<MonoTime> wake_at_;
    std::unordered_map<std::string, Origin> origins_;
    ClientDeadlines deadlines_;
    bool closed_ = false;
    std::atomic<std::uint64_t> calls_{0};
    std::atomic<std::uint64_t> opened_{0};
    std::atomic<std::uint64_t> reused_{0};
    std::atomic<std::uint64_t> stale_retries_{0};
};

HttpClient::HttpClient(asio::any_io_executor executor, HttpClientOptions options,
                       const Clock& clock)
    : core_(std::make_shared<Core>(std::move(executor), std::move(options), clock)) {}

HttpClient::~HttpClient() { close(); }

void HttpClient::call(const ClientRequest& request, MonoTime deadline, HttpCallback done) {
    core_->call(request, deadline, std::move(done));
}

asio::awaitable<Result<http::Response>> HttpClient::call(ClientRequest request, MonoTime deadline) {
    const auto core = core_;
    auto initiate = [&](auto handler) {
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        core->call(request, deadline, [shared](Result<http::Response> result) {
            const auto executor = asio::get_associated_executor(*shared);
            asio::post(executor, [shared, result = std::move(result)]() mutable {
                std::move (*shared)(std::move(result));
            });
        });
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>,
                                            void(Result<http::Response>)>(initiate,
                                                                          asio::use_awaitable);
}

void HttpClient::close() { core_->close(); }

HttpClientStats HttpClient::stats() const { return core_->stats(); }

}  // namespace leat::net
