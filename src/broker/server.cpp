#include "broker/server.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <map>
#include <thread>
#include <unordered_map>

#include "base/log.hpp"
#include "broker/admin.hpp"
#include "broker/asio_runtime.hpp"
#include "broker/broker.hpp"
#include "broker/connection.hpp"
#include "broker/listeners.hpp"
#include "net/listen.hpp"
#include "storage/posix_disk.hpp"

namespace leat::broker {
namespace {

using boost::asio::ip::tcp;

// Where frames begin; the rest of a large one is read into its place, so little of it is copied.
constexpr std::size_t scratch_size = std::size_t{32} << 10;
constexpr auto idle_check = std::chrono::seconds{1};
// A descriptor limit makes accept() fail again and again: wait a little before trying anew.
constexpr auto accept_pause = std::chrono::milliseconds{100};

// A row of the listener table at work.
struct Bound {
    Listener row;
    tcp::acceptor acceptor;
    std::uint16_t port = 0;
};

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
std::size_t most_connections(const Config& config) {
    const auto wanted = static_cast<std::size_t>(config.number("max.connections"));
    const std::size_t most = raise_file_limit() / 2;
    if (wanted > most)
        log::info("max.connections is more than half of the files that may be open (ulimit -n)",
                  {{"max.connections", wanted}, {"used", most}});
    return most;
}

// One processor is the core thread's; more than some are of no use to what it hands out.
std::size_t compute_threads() {
    constexpr unsigned most = 16;
    return std::clamp(std::thread::hardware_concurrency(), 2U, most + 1) - 1;
}

// Every address, in a form that a client on this machine can use.
std::string shown_host(const HostPort& bind) { return bind.host.empty() ? "0.0.0.0" : bind.host; }

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
          upkeep(*core, 1),
          compute(*core, compute_threads()),
          budget(static_cast<std::size_t>(config.number("leat.request.memory.bytes"))),
          unfinished(unfinished_limit(config)),
          scratch(scratch_size) {}

    Result<void> listen(const std::vector<Listener>& rows);
    Result<ServingAt> begin(const Addresses& addresses);
    void accept(Bound& bound);
    void accepted(const Bound& bound, tcp::socket socket);
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
    AsioPool upkeep;
    AsioPool compute;
    std::size_t most_connections = 0;  // whatever max.connections says
    MemoryBudget budget;
    UnfinishedFrames unfinished;
    Bytes scratch;
    std::vector<std::unique_ptr<Bound>> listening;
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
    state_->upkeep.join();
    state_->compute.join();
    state_->connections.clear();
    state_->admin.reset();
    state_->listening.clear();
    state_->core.reset();
}

Result<void> Server::State::listen(const std::vector<Listener>& rows) {
    for (const auto& row : rows) {
        const net::ListenOptions options{
            .backlog = static_cast<int>(config.number("socket.listen.backlog.size")),
            .v6_only = row.v6_only,
            .flag = "--listen"};
        auto acceptor = net::listen_on(core->get_executor(), row.bind, options);
        if (!acceptor) return acceptor.error();
        const auto port = acceptor->local_endpoint().port();
        listening.push_back(std::make_unique<Bound>(Bound{row, std::move(*acceptor), port}));
    }
    return {};
}

void Server::State::accept(Bound& bound) {
    bound.acceptor.async_accept(
        [this, &bound](const boost::system::error_code& error, tcp::socket socket) {
            if (stopping) return;
            if (!error) {
                accepted(bound, std::move(socket));
                return accept(bound);
            }
            broker->events().warn("cannot accept a connection", {{"error", error.message()}});
            timers.call_after(accept_pause, [this, &bound] {
                if (!stopping) accept(bound);
            });
        });
}

void Server::State::accepted(const Bound& bound, tcp::socket socket) {
    boost::system::error_code gone;
    const auto remote = socket.remote_endpoint(gone);
    const auto local = socket.local_endpoint(gone);
    if (gone) return;
    ClientInfo client;
    client.host = "/" + net::plain_text(remote.address());
    client.connection_id = ++last_connection_id;
    client.listener = bound.row.name;
    client.told = bound.row.told(net::plain_text(local.address()), bound.port);
    const auto refuse = [&](std::string_view limit) {
        broker->events().warn("a connection over a limit is closed",
                              {{"limit", limit}, {"client", client.host}});
    };
    const auto limit = [this](std::string_view key) {  // may change while we run
        return static_cast<std::size_t>(broker->config().number(key));
    };
    if (connections.size() >= std::min(limit("max.connections"), most_connections))
        return refuse("max.connections");
    const auto per_ip = limit("max.connections.per.ip");
    if (per_ip < connections.size() && connections_of(client.host) >= per_ip)
        return refuse("max.connections.per.ip");
    const auto id = client.connection_id;
    net::Stream stream{std::move(socket)};
    client.takes_files = stream.sends_files();
    auto connection =
        std::make_shared<Connection>(*environment, std::move(stream), std::move(client));
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
    const bool never = limit.count() < 0;
    std::vector<std::shared_ptr<Connection>> idle;
    for (const auto& [id, connection] : connections) {
        const auto since = connection->idle_since();
        if (!never && since && clock.now() - *since > limit) idle.push_back(connection);
    }
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

// Opens the broker and everything it is reached by; nothing is accepted before all of it stands.
Result<ServingAt> Server::State::begin(const Addresses& addresses) {
    auto opened =
        Broker::open({disk, clock, pool, reads, upkeep, compute, timers, metrics}, config);
    if (!opened) return opened.error();
    broker = std::move(*opened);
    if (auto done = listen(addresses.listeners); !done) return done.error();
    ServingAt serving;
    for (const auto& bound : listening)
        serving.kafka.push_back({shown_host(bound->row.bind), bound->port});
    admin = std::make_unique<Admin>(core->get_executor(), *broker, metrics, clock);
    if (addresses.admin) {
        const auto port = admin->listen(*addresses.admin);
        if (!port) return port.error();
        serving.admin = HostPort{shown_host(*addresses.admin), *port};
    }
    environment = std::make_unique<ConnectionEnvironment>(
        ConnectionEnvironment{*broker, clock, budget, scratch,
                              static_cast<std::size_t>(config.number("socket.request.max.bytes")),
                              static_cast<std::size_t>(config.number("queued.max.requests")),
                              unfinished, [this](std::uint64_t id) { close_connection(id); }});
    return serving;
}

Result<void> Server::run(const std::function<void(const ServingAt&)>& ready) {
    auto& s = *state_;
    s.most_connections = most_connections(s.config);
    const auto addresses = read_addresses(s.config);
    if (!addresses.problems.empty())
        return Error{Errc::invalid_argument, addresses.problems.front()};
    const auto serving = s.begin(addresses);
    if (!serving) return serving.error();
    for (const auto& note : s.config.notes()) log::info(note);
    for (const auto& note : addresses.notes) log::info(note);
    for (const auto& bound : s.listening) s.accept(*bound);
    s.close_idle();
    ready(*serving);
    s.core->run();
    return s.ended;
}

void Server::stop() {
    boost::asio::post(*state_->core, [this] {
        auto& s = *state_;
        log::info("stopping", {{"connections", s.connections.size()}});
        s.stopping = true;
        boost::system::error_code ignored;
        for (const auto& bound : s.listening) bound->acceptor.close(ignored);
        const auto connections = s.connections;
        for (const auto& [id, connection] : connections) connection->close();
        s.broker->close([&s](Result<void> closed) {
            if (closed) log::info("stopped: everything is synced");
            s.ended = std::move(closed);
            s.core->stop();
        });
    });
}

}  // namespace leat::broker
