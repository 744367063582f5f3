// POSIX sockets in non-blocking mode, with poll(2) to keep to deadlines.
#include "client/socket.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace leat::client {
namespace {

Error unavailable(std::string what) { return {Errc::unavailable, std::move(what), true}; }

std::string text_of(int number) { return std::generic_category().message(number); }

int remaining_ms(MonoTime deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000'000));
}

// The addresses that a name stands for, freed with their owner.
struct AddressList {
    addrinfo* first = nullptr;
    ~AddressList() {
        if (first != nullptr) freeaddrinfo(first);
    }
};

int pending_error(int descriptor) {
    int number = 0;
    socklen_t size = sizeof number;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &size) != 0) return errno;
    return number;
}

}  // namespace

MonoTime now() { return SystemClock{}.now(); }

void pause_for(std::chrono::milliseconds time, int interrupt) {
    // poll() passes over descriptors that are negative.
    pollfd entry{.fd = interrupt, .events = POLLIN, .revents = 0};
    poll(&entry, 1, static_cast<int>(std::max<std::int64_t>(time.count(), 0)));
}

Socket::Socket(Socket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), interrupt_(other.interrupt_) {}

Socket& Socket::operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(interrupt_, other.interrupt_);
    return *this;
}

Socket::~Socket() {
    if (descriptor_ >= 0) close(descriptor_);
}

Result<void> Socket::wait_for(short events, MonoTime deadline) const {
    for (;;) {
        std::array<pollfd, 2> entries{pollfd{.fd = descriptor_, .events = events, .revents = 0},
                                      pollfd{.fd = interrupt_, .events = POLLIN, .revents = 0}};
        const int ready = poll(entries.data(), entries.size(), remaining_ms(deadline));
        if (ready > 0 && entries[1].revents != 0) return Error{Errc::cancelled, "interrupted"};
        if (ready > 0) return {};
        if (ready < 0 && errno != EINTR) return unavailable(text_of(errno));
        if (ready == 0 && now() >= deadline)
            return Error{Errc::timed_out, "no answer within the deadline", true};
    }
}

Result<Socket> Socket::connect(const HostPort& peer, MonoTime deadline, int interrupt) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
    AddressList found;
    const auto port = std::to_string(peer.port);
    int fault = getaddrinfo(peer.host.c_str(), port.c_str(), &hints, &found.first);
    // RFC 6761 6.3: always the loopback address, also where no /etc/hosts says so.
    if (fault != 0 && peer.host == "localhost")
        fault = getaddrinfo("127.0.0.1", port.c_str(), &hints, &found.first);
    if (fault != 0)
        return unavailable("the name cannot be resolved (" + std::string{gai_strerror(fault)}
                           + ")");
    Error last = unavailable("the name has no address");
    for (const auto* each = found.first; each != nullptr; each = each->ai_next) {
        Socket candidate{socket(each->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
                         interrupt};
        if (candidate.descriptor_ < 0) return unavailable(text_of(errno));
        fault = 0;
        if (::connect(candidate.descriptor_, each->ai_addr, each->ai_addrlen) != 0) fault = errno;
        if (fault == EINPROGRESS) {
            if (auto waited = candidate.wait_for(POLLOUT, deadline); !waited) {
                last = waited.error();
                continue;
            }
            fault = pending_error(candidate.descriptor_);
        }
        if (fault == 0) {
            const int on = 1;
            setsockopt(candidate.descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            return candidate;
        }
        last = unavailable(text_of(fault));
    }
    return last;
}

Result<void> Socket::send(const std::vector<ByteView>& pieces, MonoTime deadline) {
    for (const auto piece : pieces) {
        for (ByteView rest = piece; !rest.empty();) {
            const auto sent = ::send(descriptor_, rest.data(), rest.size(), MSG_NOSIGNAL);
            if (sent >= 0) {
                rest = rest.subspan(static_cast<std::size_t>(sent));
            } else if (errno == EAGAIN) {
                if (auto waited = wait_for(POLLOUT, deadline); !waited) return waited;
            } else if (errno != EINTR) {
                return unavailable(text_of(errno));
            }
        }
    }
    return {};
}

Result<void> Socket::receive(std::span<std::byte> target, MonoTime deadline) {
    while (!target.empty()) {
        const auto got = recv(descriptor_, target.data(), target.size(), 0);
        if (got > 0) {
            target = target.subspan(static_cast<std::size_t>(got));
        } else if (got == 0) {
            return unavailable("the broker closed the connection");
        } else if (errno == EAGAIN) {
            if (auto waited = wait_for(POLLIN, deadline); !waited) return waited;
        } else if (errno != EINTR) {
            return unavailable(text_of(errno));
        }
    }
    return {};
}

}  // namespace leat::client
