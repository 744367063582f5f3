// The only source of time. Pure code takes time as an argument; whatever waits takes a Clock.
#pragma once

#include <chrono>
#include <cstdint>

namespace leat {

/// Milliseconds since the Unix epoch, as Kafka writes timestamps.
using TimestampMs = std::int64_t;
using MonoTime = std::chrono::steady_clock::time_point;

/// Reads the time. Implementations are safe to call from any thread.
class Clock {
public:
    virtual ~Clock() = default;
    /// Wall-clock time: for timestamps and retention only; it may jump.
    virtual TimestampMs wall_ms() const = 0;
    /// Monotonic time: for every timeout and session.
    virtual MonoTime now() const = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
public:
    TimestampMs wall_ms() const override;
    MonoTime now() const override;
};

/// A clock that moves only when told to. Not thread-safe: for single-threaded tests.
class ManualClock final : public Clock {
public:
    TimestampMs wall_ms() const override { return wall_ms_; }
    MonoTime now() const override { return now_; }
    void advance(std::chrono::milliseconds by) {
        wall_ms_ += by.count();
        now_ += by;
    }

private:
    TimestampMs wall_ms_ = 1'700'000'000'000;
    MonoTime now_{};
};

}  // namespace leat
