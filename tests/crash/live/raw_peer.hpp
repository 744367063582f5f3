// A client that keeps no rule: raw bytes to the broker, and what comes back.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace leat::crash {

/// One connection to 127.0.0.1. Any one thread.
class RawPeer {
public:
    explicit RawPeer(std::uint16_t port);
    ~RawPeer();
    RawPeer(RawPeer&& other) noexcept;
    RawPeer& operator=(RawPeer&& other) noexcept;

    /// Sends as much as the broker takes within `limit` a piece; false if that is not all.
    bool send(std::string_view bytes, std::chrono::milliseconds limit = std::chrono::seconds{5});
    /// Takes whatever has come and throws it away; false if the connection is closed.
    bool drain();
    /// The next frame without its size; nothing if the broker closes or says nothing for `limit`.
    std::optional<std::string> receive(std::chrono::milliseconds limit = std::chrono::seconds{10});
    /// Whether anything has come within `limit`; it is left where it is.
    bool receives_something(std::chrono::milliseconds limit) const { return wait(readable, limit); }
    /// Whether the broker closes within `limit`; answers are thrown away.
    bool closes_within(std::chrono::milliseconds limit);

private:
    static constexpr short readable = 1;  // POLLIN
    bool wait(short events, std::chrono::milliseconds limit) const;
    std::int64_t read_some(char* into, std::size_t size) const;
    int fd_;
};

}  // namespace leat::crash
