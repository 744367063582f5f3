// A blocking TCP connection of which every call has a deadline. One thread at a time.
#pragma once

#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/host_port.hpp"
#include "base/result.hpp"

namespace leat::client {

/// The monotonic time: what deadlines are compared with.
MonoTime now();

/// Blocks the calling thread for `time`, or until `interrupt` (a descriptor; -1: none) is readable.
void pause_for(std::chrono::milliseconds time, int interrupt = -1);

class Socket {
public:
    Socket() = default;
    Socket(Socket&& other) noexcept;
    Socket& operator=(Socket&& other) noexcept;
    ~Socket();

    /// Connects to the first address of `peer` that accepts before `deadline`. Resolving a name is
    /// the system's and keeps to its own time. Every wait ends when the descriptor `interrupt` (-1:
    /// none) is readable. Errors: unavailable (retriable), timed_out, cancelled.
    static Result<Socket> connect(const HostPort& peer, MonoTime deadline, int interrupt = -1);

    /// Sends all `pieces` in order. Errors: unavailable, timed_out, cancelled; the connection is
    /// then of no more use.
    Result<void> send(const std::vector<ByteView>& pieces, MonoTime deadline);

    /// Fills `target`. Errors as for send().
    Result<void> receive(std::span<std::byte> target, MonoTime deadline);

private:
    Socket(int descriptor, int interrupt) : descriptor_(descriptor), interrupt_(interrupt) {}
    Result<void> wait_for(short events, MonoTime deadline) const;

    int descriptor_ = -1;
    int interrupt_ = -1;
};

}  // namespace leat::client
