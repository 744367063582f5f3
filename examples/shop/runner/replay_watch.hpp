// Runs shop_replay, shows how far it is, and kills whom the plan says on the way.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "progress.hpp"
#include "runner/fleet.hpp"
#include "runner/kills.hpp"

namespace shop {

/// Use on the fleet's thread.
class ReplayWatch {
public:
    ReplayWatch(Fleet& fleet, std::vector<Kill> kills) : fleet_(fleet), kills_(std::move(kills)) {}

    /// Replays until every order is accepted. Throws std::runtime_error if the replay fails, or
    /// has made no progress for a minute, or was interrupted.
    Progress run(Process& replay, const std::function<bool()>& interrupted);

private:
    using Time = std::chrono::steady_clock::time_point;

    bool read_reports(int output);
    void take_report(const std::string& line);
    void kill_when_due();
    void show();
    void say(const std::string& line);

    Fleet& fleet_;
    std::vector<Kill> kills_;
    std::size_t next_kill_ = 0;
    std::optional<Time> kill_due_;
    Progress progress_;
    std::string unread_;
    Time moved_at_{};
    Time shown_at_{};
    bool bar_ = false;
};

}  // namespace shop
