// The HTTP server's listener: accepts, counts, looks at timeouts each tick, drains.
#include "net/http_server.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <future>
#include <unordered_map>

#include "base/check.hpp"
#include "base/log.hpp"
#include "net/http_connection.hpp"
#include "net/listen.hpp"

namespace leat::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// Connections beyond the limit that may hear a 503; any further one is closed without a word.
constexpr std::size_t refused_at_once = 64;

}  // namespace

/// Listener and connection registry. Runs on strand_, except where it says otherwise.
class HttpServer::Core : public std::enable_shared_from_this<Core> {
public:
    Core(const asio::any_io_executor& executor, HttpServerOptions options, HttpHandler handler,
         const Clock& clock)
        : executor_(executor),
          strand_(asio::make_strand(executor)),
          serving_(std::make_shared<HttpServing>(std::move(options), std::move(handler), clock)),
          acceptor_(strand_),
          timer_(strand_) {}

    HttpServing& serving() { return *serving_; }
    std::uint16_t port() const { return port_.load(); }

    /// On the caller's thread, before anything runs on the strand.
    Result<std::uint16_t> listen(const std::string& host, std::uint16_t port) {
        auto listening = listen_on(strand_, {host, port}, {.flag = serving_->options.listen_flag});
        if (!listening) return listening.error();
        acceptor_ = std::move(*listening);
        port_ = acceptor_.local_endpoint().port();
        on_strand([](Core& core) {
            core.accept();
            core.wait_for_tick();
        });
        return port_.load();
    }

    /// Runs `work(*this)` on the strand. Any thread.
    template <class Work>
    void on_strand(Work work) {
        asio::dispatch(strand_, [self = shared_from_this(), work = std::move(work)]() mutable {
            work(*self);
        });
    }

    void stop_accepting() {
        error_code ignored;
        acceptor_.close(ignored);
        serving_->draining = true;
        for_each_connection([](HttpConnection& connection) { connection.drain(); });
    }

    void drain(MonoTime deadline, std::function<void(std::size_t)> done) {
        stop_accepting();
        drain_deadline_ = deadline;
        drained_ = std::move(done);
        finish_drain_if_empty();
    }

    void shut_down() {
        error_code ignored;
        acceptor_.close(ignored);
        stopped_ = true;
        timer_.cancel();
        for_each_connection([](HttpConnection& connection) { connection.cut(); });
        finish_drain_if_empty();
    }

private:
    void accept() {
        accepting_ = true;
        acceptor_.async_accept(
            asio::any_io_executor{asio::make_strand(executor_)},
            [self = shared_from_this()](const error_code& code, tcp::socket socket) {
                self->accepting_ = false;
                if (!self->acceptor_.is_open()) return;
                if (!code) {
                    self->admit(std::move(socket));
                    return self->accept();
                }
                // Out of descriptors, most likely: the next tick tries again instead of spinning.
                log::warn("Cannot accept an HTTP connection", {{"what", code.message()}});
            });
    }

    void admit(tcp::socket socket) {
        const auto limit = serving_->options.max_connections;
        const bool refused = connections_.size() >= limit;
        if (refused) serving_->refused.fetch_add(1);
        if (connections_.size() >= limit + refused_at_once) return;
        const auto id = next_id_++;
        const auto& tls = serving_->options.tls;
        auto connection = std::make_shared<HttpConnection>(
            Stream{std::move(socket), tls ? tls->accept() : nullptr}, serving_,
            [self = shared_from_this(), id] {
                // Posted: a connection may close while the registry is being walked.
                asio::post(self->strand_, [self, id] { self->forget(id); });
            });
        connections_.emplace(id, connection);
        serving_->connections = connections_.size();
        refused ? connection->start_refusing() : connection->start();
    }

    void forget(std::uint64_t id) {
        connections_.erase(id);
        serving_->connections = connections_.size();
        finish_drain_if_empty();
    }

    void wait_for_tick() {
        if (stopped_) return;
        timer_.expires_after(serving_->options.tick);
        timer_.async_wait([self = shared_from_this()](const error_code& code) {
            if (!code) self->tick();
        });
    }

    void tick() {
        const auto now = serving_->clock.now();
        for_each_connection([now](HttpConnection& connection) { connection.check_deadline(now); });
        if (!accepting_ && acceptor_.is_open()) accept();
        if (drained_ && now >= drain_deadline_ && cut_off_ == 0) {
            cut_off_ = connections_.size();
            for_each_connection([](HttpConnection& connection) { connection.cut(); });
        }
        wait_for_tick();
    }

    void finish_drain_if_empty() {
        if (drained_ && connections_.empty()) {
            timer_.cancel();
            stopped_ = true;
            std::exchange(drained_, nullptr)(cut_off_);
        }
    }

    template <class Act>
    void for_each_connection(Act act) {
        for (auto& [id, held] : connections_)
            if (const auto connection = held.lock()) act(*connection);
    }

    const asio::any_io_executor executor_;
    const asio::any_io_executor strand_;
    const std::shared_ptr<HttpServing> serving_;
    tcp::acceptor acceptor_;
    asio::steady_timer timer_;
    std::atomic<std::uint16_t> port_{0};
    bool accepting_ = false;
    bool stopped_ = false;
    // Weak: what keeps a connection is the operation or the Responder that it waits for.
    std::unordered_map<std::uint64_t, std::weak_ptr<HttpConnection>> connections_;
    std::uint64_t next_id_ = 0;
    MonoTime drain_deadline_;
    std::function<void(std::size_t)> drained_;
    std::size_t cut_off_ = 0;
};

HttpServer::HttpServer(const asio::any_io_executor& executor, HttpServerOptions options,
                       HttpHandler handler, const Clock& clock) {
    check(options.max_header_bytes >= 256, "max_header_bytes is at least 256");
    check(handler != nullptr, "an HTTP server has a handler");
    core_ = std::make_shared<Core>(executor, std::move(options), std::move(handler), clock);
}

HttpServer::~HttpServer() {
    core_->on_strand([](Core& core) { core.shut_down(); });
}

Result<std::uint16_t> HttpServer::listen(const std::string& host, std::uint16_t port) {
    check(core_->port() == 0, "listen() is called once");
    return core_->listen(host, port);
}

std::uint16_t HttpServer::port() const { return core_->port(); }

void HttpServer::stop_accepting() {
    core_->on_strand([](Core& core) { core.stop_accepting(); });
}

void HttpServer::drain(std::chrono::milliseconds limit, std::function<void(std::size_t)> done) {
    core_->on_strand([deadline = core_->serving().clock.now() + limit, done = std::move(done)](
                         Core& core) mutable { core.drain(deadline, std::move(done)); });
}

std::size_t HttpServer::drain(std::chrono::milliseconds limit) {
    auto promise = std::make_shared<std::promise<std::size_t>>();
    auto cut_off = promise->get_future();
    drain(limit, [promise](std::size_t count) { promise->set_value(count); });
    return cut_off.get();
}

HttpServerStats HttpServer::stats() const {
    const auto& serving = core_->serving();
    return {.connections = serving.connections,
            .in_flight = serving.in_flight,
            .requests = serving.requests,
            .refused = serving.refused,
            .malformed = serving.malformed};
}

}  // namespace leat::net
