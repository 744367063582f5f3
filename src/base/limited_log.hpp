// LimitedLog: what an operator wants to know of, without a flood: each kind of line has a budget.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>

#include "base/clock.hpp"
#include "base/log.hpp"

namespace leat::log {

/// A line's kind is its message: a literal of the code, never data. Beyond `lines` of a kind in one
/// period, the rest is counted, and the count is told when the period is over. One thread.
class LimitedLog {
public:
    struct Limit {
        std::size_t lines = 10;
        std::chrono::milliseconds period{10'000};
    };
    using Write = std::function<void(Level, std::string_view, Fields)>;

    /// `clock` outlives it. `write` is for tests.
    explicit LimitedLog(const Clock& clock) : LimitedLog(clock, Limit{}, &log::write) {}
    LimitedLog(const Clock& clock, Limit limit, Write write)
        : clock_(clock), limit_(limit), write_(std::move(write)) {}

    void info(std::string_view message, Fields fields = {}) { line(Level::info, message, fields); }
    void warn(std::string_view message, Fields fields = {}) { line(Level::warn, message, fields); }

    /// Tells what was left out in periods that are over. To be called about once a second.
    void tick();

private:
    struct Kind {
        Level level = Level::info;
        MonoTime since;
        std::size_t lines = 0;
    };
    void line(Level level, std::string_view message, Fields fields);

    const Clock& clock_;
    const Limit limit_;
    const Write write_;
    std::map<std::string, Kind, std::less<>> kinds_;
};

}  // namespace leat::log
