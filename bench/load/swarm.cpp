#include "load/swarm.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "kafka/header.hpp"
#include "kafka/messages/api_versions.hpp"
#include "kafka/messages/produce.hpp"
#include "kafka/record_batch.hpp"
#include "load/cluster.hpp"

namespace leat::bench {
namespace {

constexpr std::int16_t greeting_version = 0;
constexpr std::int16_t produce_version = 8;
// Handshakes under way: fewer than what a listener queues (50 with Apache Kafka), as one beyond
// that waits a second to ask again.
constexpr std::size_t opening_at_once = 32;
constexpr auto patience = std::chrono::seconds{60};

[[noreturn]] void give_up_on(const std::string& what) {
    give_up(what + ": " + std::generic_category().message(errno));
}

sockaddr_in address_of(const std::string& bootstrap) {
    const auto peer = must(parse_host_port(bootstrap));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(peer.port);
    if (inet_pton(AF_INET, peer.host.c_str(), &address.sin_addr) != 1)
        give_up("connections takes an IPv4 address, not " + peer.host);
    return address;
}

Bytes record_for(const Options& options, std::int32_t partition) {
    const Bytes value(options.size, std::byte{'x'});
    const std::array records{kafka::NewRecord{
        .timestamp = SystemClock{}.wall_ms(), .key = {}, .value = value, .headers = {}}};
    return produce_frame(options.topic, partition, kafka::build_batch(records), produce_version);
}

}  // namespace

Swarm::Swarm(const Options& options)
    : options_(options), broker_(address_of(options.bootstrap)), epoll_(epoll_create1(0)) {
    if (epoll_ < 0) give_up_on("epoll");
    greeting_ =
        kafka::request_frame(kafka::ApiVersionsRequest{}, greeting_version, 1, "bench").flat();
    for (int p = 0; p < options.partitions; ++p) records_.push_back(record_for(options, p));
}

Swarm::~Swarm() {
    for (const auto& link : links_) close(link.descriptor);
    close(epoll_);
}

void Swarm::open(int count) {
    const auto wanted = links_.size() + static_cast<std::size_t>(count);
    while (ready_ < wanted) {
        while (links_.size() < wanted && links_.size() - ready_ < opening_at_once) connect();
        const auto before = ready_;
        const auto deadline = Clock::now() + patience;
        while (ready_ == before) {
            if (Clock::now() > deadline)
                give_up("no answer on connection " + std::to_string(ready_) + " for 60 s");
            turn(deadline);
        }
    }
}

std::vector<double> Swarm::pace(int active, std::int64_t count) {
    ms_.clear();
    const auto begin = Clock::now();
    for (std::int64_t i = 0; i < count; ++i) {
        const auto meant = begin
                           + std::chrono::nanoseconds{static_cast<std::int64_t>(
                               static_cast<double>(i) * 1e9 / options_.rate)};
        while (Clock::now() < meant) turn(meant);
        const auto number = static_cast<std::size_t>(i % active);
        links_[number].meant.push_back(meant);
        send(number, records_[number % records_.size()]);
    }
    const auto deadline = Clock::now() + patience;
    while (ms_.size() < static_cast<std::size_t>(count)) {
        if (Clock::now() > deadline) give_up("a record was not acknowledged for 60 s");
        turn(deadline);
    }
    return std::move(ms_);
}

void Swarm::rest(std::chrono::milliseconds time) {
    const auto until = Clock::now() + time;
    while (Clock::now() < until) turn(until);
}

void Swarm::connect() {
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) give_up_on("a socket");
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&broker_), sizeof broker_) != 0
        && errno != EINPROGRESS)
        give_up_on("connection " + std::to_string(links_.size()));
    epoll_event wanted{.events = EPOLLOUT, .data = {.u64 = links_.size()}};
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &wanted) != 0) give_up_on("epoll");
    links_.push_back({.descriptor = descriptor});
}

// Requests are small and few: the socket has room, or the broker stands still.
void Swarm::send(std::size_t number, const Bytes& frame) {
    const auto sent = ::send(links_[number].descriptor, frame.data(), frame.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(frame.size()))
        give_up_on("connection " + std::to_string(number) + " does not take a request");
}

void Swarm::turn(Clock::time_point until) {
    // epoll_wait() counts in milliseconds, which is too coarse for a rate.
    const auto left = std::max(until - Clock::now(), Clock::duration::zero());
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec timeout{.tv_sec = whole.count(),
                           .tv_nsec = std::chrono::nanoseconds{left - whole}.count()};
    pollfd ready{.fd = epoll_, .events = POLLIN, .revents = 0};
    if (ppoll(&ready, 1, &timeout, nullptr) <= 0) return;
    std::array<epoll_event, 256> events{};
    const int count = epoll_wait(epoll_, events.data(), events.size(), 0);
    for (int i = 0; i < count; ++i) {
        const auto& event = events[static_cast<std::size_t>(i)];
        handle(event.data.u64, event.events);
    }
}

void Swarm::handle(std::size_t number, std::uint32_t events) {
    auto& link = links_[number];
    if ((events & (EPOLLERR | EPOLLHUP)) != 0)
        give_up("connection " + std::to_string(number) + " was refused or closed by the broker");
    if (link.state != State::connecting) return read(number);
    link.state = State::greeting;
    epoll_event wanted{.events = EPOLLIN, .data = {.u64 = number}};
    epoll_ctl(epoll_, EPOLL_CTL_MOD, link.descriptor, &wanted);
    send(number, greeting_);
}

void Swarm::read(std::size_t number) {
    auto& link = links_[number];
    std::array<std::byte, 4096> bytes;
    const auto got = recv(link.descriptor, bytes.data(), bytes.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) give_up("connection " + std::to_string(number) + " was closed by the broker");
    link.received.insert(link.received.end(), bytes.begin(), bytes.begin() + got);
    constexpr auto prefix = sizeof(std::int32_t);
    while (link.received.size() >= prefix) {
        const auto end = prefix + load_be<std::uint32_t>(link.received.data());
        if (link.received.size() < end) return;
        take(link, ByteView{link.received}.subspan(prefix, end - prefix));
        link.received.erase(link.received.begin(),
                            link.received.begin() + static_cast<std::ptrdiff_t>(end));
    }
}

void Swarm::take(Link& link, ByteView frame) {
    if (link.state == State::greeting) {
        if (!kafka::open_response<kafka::ApiVersionsResponse>(frame, greeting_version))
            give_up("an answer to ApiVersions is malformed");
        link.state = State::open;
        ++ready_;
        return;
    }
    const auto answer = kafka::open_response<kafka::ProduceResponse>(frame, produce_version);
    if (!answer || link.meant.empty()) give_up("an answer to Produce is malformed");
    const auto& partition = answer->second.responses.at(0).partition_responses.at(0);
    if (partition.error_code != kafka::ErrorCode::none)
        give_up(std::string{name_of(partition.error_code)});
    const std::chrono::duration<double, std::milli> took = Clock::now() - link.meant.front();
    link.meant.pop_front();
    ms_.push_back(took.count());
}

}  // namespace leat::bench
