// For tests and benchmarks only: a blocking socket that sends raw bytes, a listener that plays a
// server, a clock.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.hpp"
#include "base/clock.hpp"

namespace leat::net {

/// A clock that tests move while other threads read it.
class SteppedClock final : public Clock {
public:
    TimestampMs wall_ms() const override { return 784'111'777'000; }
    MonoTime now() const override { return MonoTime{std::chrono::milliseconds{now_ms_.load()}}; }
    void advance(std::chrono::milliseconds by) { now_ms_ += by.count(); }

private:
    std::atomic<std::int64_t> now_ms_{1'000'000};
};

/// One blocking loopback socket. A read that takes 20 s aborts the test instead of hanging it.
class TestPeer {
public:
    explicit TestPeer(int descriptor) : descriptor_(descriptor) {
        const timeval limit{20, 0};
        ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    }
    TestPeer(TestPeer&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    TestPeer& operator=(TestPeer&&) = delete;
    ~TestPeer() { close(); }

    static sockaddr_in loopback(std::uint16_t port) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return address;
    }

    static TestPeer connect(std::uint16_t port) {
        const auto address = loopback(port);
        const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
        check(
            ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
            "a test can connect");
        return TestPeer{descriptor};
    }

    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }

    /// Reads until `text` has arrived, or the end; returns all that came, `text` included.
    std::string read_until(std::string_view text) {
        for (;;) {
            const auto at = received_.find(text);
            if (at != std::string::npos) {
                auto got = received_.substr(0, at + text.size());
                received_.erase(0, at + text.size());
                return got;
            }
            if (!receive()) return std::exchange(received_, {});
        }
    }

    /// Reads to the end of the stream.
    std::string read_to_end() {
        while (receive()) {
        }
        check(ended_, "the other side closes the connection within 20 s");
        return std::exchange(received_, {});
    }

    void end_sending() { ::shutdown(descriptor_, SHUT_WR); }
    void close() {
        if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
    }
    /// Closes with a reset instead of an orderly end.
    void reset() {
        const linger hard{1, 0};
        ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        close();
    }

private:
    bool receive() {
        char bytes[16 * 1024];
        const auto got = ::recv(descriptor_, bytes, sizeof bytes, 0);
        if (got > 0) received_.append(bytes, static_cast<std::size_t>(got));
        if (got == 0) ended_ = true;
        return got > 0;
    }

    int descriptor_;
    std::string received_;
    bool ended_ = false;
};

/// A listener whose accepted connections a test plays by hand.
class TestListener {
public:
    TestListener() : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
        auto address = TestPeer::loopback(0);
        socklen_t size = sizeof address;
        check(::bind(descriptor_, reinterpret_cast<sockaddr*>(&address), size) == 0,
              "a test can bind");
        check(::listen(descriptor_, 16) == 0, "a test can listen");
        ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
    }
    ~TestListener() { ::close(descriptor_); }
    TestListener(const TestListener&) = delete;
    TestListener& operator=(const TestListener&) = delete;

    std::uint16_t port() const { return port_; }
    TestPeer accept() { return TestPeer{::accept(descriptor_, nullptr, nullptr)}; }

private:
    int descriptor_;
    std::uint16_t port_ = 0;
};

}  // namespace leat::net
