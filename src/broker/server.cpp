#include "broker/server.hpp"

#include <sys/resource.h>

#include <boost/asio/ip/tcp.hpp>
#include <map>
#include <unordered_map>

#include "base/log.hpp"
#include "broker/admin.hpp"
#include "broker/asio_runtime.hpp"
#include "broker/broker.hpp"
#include "broker/connection.hpp"
#include "storage/posix_disk.hpp"

namespace leat::broker {
namespace {

using boost::asio::ip::tcp;

// Where frames begin; the rest of a large one is read into its place, so little of it is copied.
constexpr std::size_t scratch_size = std::size_t{32} << 10;
constexpr auto idle_check = std::chrono::seconds{1};
// A descriptor limit makes accept() fail again and again: wait a little before trying anew.
constexpr auto accept_pause = std::chrono::milliseconds{100};

Error cannot_listen(const HostPort& at, const std::string& why) {
    return {Errc::io, "cannot listen on " + at.host + ":" + std::to_string(at.port) + ": " + why
                          + "; choose another address with --listen HOST:PORT"};
}

// Raises the limit of open files as far as it goes, and returns it: each connection and each
// partition holds one, and the soft limit is often 1,024, for programs that use select().
std::size_t raise_file_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return RLIM_INFINITY;
    const auto before = std::exchange(limit.rlim_cur, limit.rlim_max);
    if (before == limit.rlim_max || ::setrlimit(RLIMIT_NOFILE, &limit) == 0) return limit.rlim_max;
    log::warn("the limit of open files cannot be raised", {{"limit", limit.rlim_max}});
    return before;
}

// Half of the open files are kept for logs: a flood of clients must not stop them.
std::size_t connection_limit(const Config& config, std::size_t file_limit) {
    const auto wanted = static_cast<std::size_t>(config.number("max.connections"));
    if (wanted <= file_limit / 2) return wanted;
    log::info("max.connections is more than half of the files that may be open (ulimit -n)",
              {{"max.connections", wanted}, {"used", file_limit / 2}});
    return file_limit / 2;
}

// Half of the memory for requests, but room for two of the largest.
std::size_t unfinished_limit(const Config& config) {
    return static_cast<std::size_t>(std::max(config.number("leat.request.memory.bytes") / 2,
                                             2 * config.number("socket.request.max.bytes")));
}

}  // namespace

struct Server::State {
    explicit State(Config c)
        : config(std::move(c)),
          timers(*core),
          pool(*core, static_cast<std::size_t>(config.number("leat.disk.threads"))),
          reads(*core, static_cast<std::size_t>(config.number("leat.disk.threads"))),
          budget(static_cast<std::size_t>(config.number("leat.request.memory.bytes"))),
          unfinished(unfinished_limit(config)),
          scratch(scratch_size),
          acceptor(std::make_unique<tcp::acceptor>(*core)) {}

    Result<void> listen(const HostPort& at);
    void accept();
    void accepted(tcp::socket socket);
    void close_connection(std::uint64_t id);
    void close_idle();
    void update_metrics();
    std::size_t connections_of(const std::string& host) const;

    Config config;
    SystemClock clock;
    Metrics metrics;
    storage::PosixDisk disk;
    // Work that still waits in it refers to what stands below: ~Server() drops the core first.
    std::unique_ptr<boost::asio::io_context> core = std::make_unique<boost::asio::io_context>(1);
    AsioTimers timers;
    AsioPool pool;
    AsioPool reads;
    std::size_t connection_limit = 0;
    MemoryBudget budget;
    UnfinishedFrames unfinished;
    Bytes scratch;
    std::unique_ptr<tcp::acceptor> acceptor;
    std::unique_ptr<Broker> broker;
    std::unique_ptr<Admin> admin;
    std::unique_ptr<ConnectionEnvironment> environment;
    std::unordered_map<std::uint64_t, std::shared_ptr<Connection>> connections;
    std::uint64_t last_connection_id = 0;
    bool stopping = false;
    Result<void> ended;
};

Server::Server(Config config) : state_(std::make_unique<State>(std::move(config))) {}

Server::~Server() {
    state_->pool.join();
    state_->reads.join();
    state_->connections.clear();
    state_->admin.reset();
    state_->acceptor.reset();
    state_->core.reset();
}

Result<void> Server::State::listen(const HostPort& at) {
    boost::system::error_code error;
    const auto host = at.host == "localhost" ? std::string{"127.0.0.1"} : at.host;
    const auto address = boost::asio::ip::make_address(host, error);
    if (error) return cannot_listen(at, "'" + at.host + "' is not an address of this machine");
    const tcp::endpoint endpoint{address, at.port};
    const auto backlog = static_cast<int>(config.number("socket.listen.backlog.size"));
    acceptor->open(endpoint.protocol(), error);
    if (!error) acceptor->set_option(tcp::acceptor::reuse_address{true}, error);
    if (!error) acceptor->bind(endpoint, error);
    if (!error) acceptor->listen(backlog, error);
    if (error) return cannot_listen(at, error.message());
    return {};
}

void Server::State::accept() {
    acceptor->async_accept([this](const boost::system::error_code& error, tcp::socket socket) {
        if (stopping) return;
        if (!error) {
            accepted(std::move(socket));
            return accept();
        }
        log::warn("cannot accept a connection", {{"error", error.message()}});
        timers.call_after(accept_pause, [this] {
            if (!stopping) accept();
        });
    });
}

void Server::State::accepted(tcp::socket socket) {
    if (connections.size() >= connection_limit) return;
    const auto id = ++last_connection_id;
    auto connection = std::make_shared<Connection>(*environment, std::move(socket), id);
    const auto per_ip = static_cast<std::size_t>(config.number("max.connections.per.ip"));
    if (per_ip < connections.size() && connections_of(connection->host()) >= per_ip) return;
    connections.emplace(id, connection);
    connection->start([this, id] { connections.erase(id); });
}

std::size_t Server::State::connections_of(const std::string& host) const {
    std::size_t count = 0;
    for (const auto& [id, connection] : connections) count += connection->host() == host ? 1 : 0;
    return count;
}

void Server::State::close_connection(std::uint64_t id) {
    const auto found = connections.find(id);
    if (found == connections.end()) return;
    const auto connection = found->second;  // close() takes it out of the map
    connection->close();
}

void Server::State::close_idle() {
    const auto limit = std::chrono::milliseconds{config.number("connections.max.idle.ms")};
    std::vector<std::shared_ptr<Connection>> idle;
    for (const auto& [id, connection] : connections)
        if (const auto since = connection->idle_since(); since && clock.now() - *since > limit)
            idle.push_back(connection);
    for (const auto& connection : idle) connection->close();
    update_metrics();
    timers.call_after(idle_check, [this] {
        if (!stopping) close_idle();
    });
}

void Server::State::update_metrics() {
    metrics.gauge("leat_broker_connections", "Open connections.")
        .set(static_cast<double>(connections.size()));
    metrics.gauge("leat_broker_request_memory_bytes", "Requests and unsent answers in memory.")
        .set(static_cast<double>(budget.used()));
    metrics.gauge("leat_broker_fetch_memory_bytes", "Fetched records that wait to be sent.")
        .set(static_cast<double>(broker->fetch_memory().used()));
}

Result<void> Server::run(const std::function<void(const ServingAt&)>& ready) {
    auto& s = *state_;
    s.connection_limit = connection_limit(s.config, raise_file_limit());
    auto listen_at = parse_host_port(s.config.text("listeners"), "127.0.0.1");
    if (!listen_at) return listen_at.error();
    const Runtime runtime{s.disk, s.clock, s.pool, s.reads, s.timers, s.metrics};
    auto opened = Broker::open(runtime, s.config);
    if (!opened) return opened.error();
    s.broker = std::move(*opened);
    if (auto listening = s.listen(*listen_at); !listening) return listening;
    listen_at->port = s.acceptor->local_endpoint().port();
    Endpoint endpoint{listen_at->host, listen_at->port};
    if (const auto advertised = s.config.find("advertised.listeners")) {
        const auto at = parse_host_port(*advertised, listen_at->host);
        if (!at) return at.error();
        endpoint = {at->host, at->port != 0 ? at->port : listen_at->port};
    }
    s.broker->set_endpoint(endpoint);
    s.environment = std::make_unique<ConnectionEnvironment>(
        ConnectionEnvironment{*s.broker, s.clock, s.budget, s.scratch,
                              static_cast<std::size_t>(s.config.number("socket.request.max.bytes")),
                              static_cast<std::size_t>(s.config.number("queued.max.requests")),
                              s.unfinished, [&s](std::uint64_t id) { s.close_connection(id); }});
    ServingAt serving{*listen_at, {}};
    s.admin = std::make_unique<Admin>(s.core->get_executor(), *s.broker, s.metrics, s.clock);
    auto admin_at = s.admin->listen(s.config.text("leat.admin.listener"));
    if (!admin_at) return admin_at.error();
    serving.admin = *admin_at;
    for (const auto& note : s.config.notes()) log::info(note);
    s.accept();
    s.close_idle();
    ready(serving);
    s.core->run();
    return s.ended;
}

void Server::stop() {
    boost::asio::post(*state_->core, [this] {
        auto& s = *state_;
        s.stopping = true;
        boost::system::error_code ignored;
        s.acceptor->close(ignored);
        const auto connections = s.connections;
        for (const auto& [id, connection] : connections) connection->close();
        s.broker->close([&s](Result<void> closed) {
            s.ended = std::move(closed);
            s.core->stop();
        });
    });
}

}  // namespace leat::broker
