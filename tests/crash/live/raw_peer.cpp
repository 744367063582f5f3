#include "raw_peer.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/bytes.hpp"
#include "base/check.hpp"

namespace leat::crash {
namespace {
using Clock = std::chrono::steady_clock;
constexpr std::int64_t closed = -1;
}  // namespace

RawPeer::RawPeer(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    check(::connect(fd_, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0,
          "the broker accepts connections");
}
RawPeer::~RawPeer() {
    if (fd_ >= 0) ::close(fd_);
}
RawPeer::RawPeer(RawPeer&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
RawPeer& RawPeer::operator=(RawPeer&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}

bool RawPeer::wait(short events, std::chrono::milliseconds limit) const {
    pollfd waiting{fd_, events, 0};
    return ::poll(&waiting, 1, static_cast<int>(limit.count())) > 0;
}

// 0 if nothing has come, `closed` at the end.
std::int64_t RawPeer::read_some(char* into, std::size_t size) const {
    const auto count = ::recv(fd_, into, size, MSG_DONTWAIT);
    if (count > 0) return count;
    return count < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : closed;
}

bool RawPeer::send(std::string_view bytes, std::chrono::milliseconds limit) {
    while (!bytes.empty()) {
        const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0)
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        else if (errno != EAGAIN || !wait(POLLOUT, limit))
            return false;
    }
    return true;
}

bool RawPeer::drain() {
    std::array<char, 65536> bytes;
    for (;;) {
        const auto count = read_some(bytes.data(), bytes.size());
        if (count <= 0) return count == 0;
    }
}

std::optional<std::string> RawPeer::receive(std::chrono::milliseconds limit) {
    std::string frame;
    std::size_t wanted = 4;
    while (frame.size() < wanted) {
        std::array<char, 65536> bytes;
        if (!wait(POLLIN, limit)) return std::nullopt;
        const auto count = read_some(bytes.data(), std::min(bytes.size(), wanted - frame.size()));
        if (count < 0) return std::nullopt;
        frame.append(bytes.data(), static_cast<std::size_t>(count));
        if (wanted == 4 && frame.size() == 4)
            wanted += load_be<std::uint32_t>(as_bytes(frame).data());
    }
    return frame.substr(4);
}

bool RawPeer::closes_within(std::chrono::milliseconds limit) {
    const auto until = Clock::now() + limit;
    while (drain()) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
        if (left.count() <= 0 || !wait(POLLIN, left)) return !drain();
    }
    return true;
}

}  // namespace leat::crash
