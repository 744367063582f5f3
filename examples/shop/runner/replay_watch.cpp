#include "runner/replay_watch.hpp"

#include <poll.h>
#include <unistd.h>

#include <iostream>
#include <stdexcept>

#include "leat/json.hpp"

namespace shop {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

}  // namespace

Progress ReplayWatch::run(Process& replay, const std::function<bool()>& interrupted) {
    bar_ = isatty(STDOUT_FILENO) == 1;
    const int output = replay.start_with_pipe();
    moved_at_ = steady_clock::now();
    while (read_reports(output)) {
        fleet_.tend();
        kill_when_due();
        show();
        if (interrupted()) throw std::runtime_error("interrupted");
        if (steady_clock::now() - moved_at_ > 60s)
            throw std::runtime_error("the replay has not moved for a minute");
    }
    close(output);
    while (replay.running()) usleep(1000);
    shown_at_ = {};
    show();
    if (bar_) std::cout << std::endl;
    if (replay.exit_code() != 0 || !progress_.done())
        throw std::runtime_error("the replay failed; see " + replay.log_file());
    if (next_kill_ < kills_.size())
        throw std::runtime_error("the replay ended before the last kill");
    return progress_;
}

// Waits a little for reports; false at the end of the replay.
bool ReplayWatch::read_reports(int output) {
    pollfd readable{output, POLLIN, 0};
    if (poll(&readable, 1, 10) <= 0) return true;
    char bytes[4096];
    const auto count = read(output, bytes, sizeof bytes);
    if (count <= 0) return count < 0 && errno == EINTR;
    unread_.append(bytes, static_cast<std::size_t>(count));
    for (auto end = unread_.find('\n'); end != std::string::npos; end = unread_.find('\n')) {
        take_report(unread_.substr(0, end));
        unread_.erase(0, end + 1);
    }
    return true;
}

void ReplayWatch::take_report(const std::string& line) {
    const auto report = leat::json::decode<Progress>(line);
    if (!report) throw std::runtime_error("the replay said: " + line);
    if (report->accepted > progress_.accepted) moved_at_ = steady_clock::now();
    progress_ = *report;
}

void ReplayWatch::kill_when_due() {
    if (next_kill_ == kills_.size()) return;
    const auto& kill = kills_[next_kill_];
    if (!kill_due_) {
        if (progress_.accepted < kill.after_orders) return;
        kill_due_ = steady_clock::now() + kill.delay;
    }
    if (steady_clock::now() < *kill_due_) return;
    kill_due_.reset();
    ++next_kill_;
    fleet_.kill(kill.victim, kill.down);
    say("kill -9 " + fleet_.name(kill.victim) + " after " + with_commas(progress_.accepted)
        + " orders (" + std::to_string(next_kill_) + " of " + std::to_string(kills_.size())
        + "), back in " + std::to_string(kill.down.count()) + " ms");
}

void ReplayWatch::show() {
    const auto now = steady_clock::now();
    if (now - shown_at_ < (bar_ ? 100ms : 1000ms)) return;
    shown_at_ = now;
    if (bar_)
        std::cout << "\r" << draw_bar(progress_) << "\033[K" << std::flush;
    else
        say(describe(progress_));
}

void ReplayWatch::say(const std::string& line) {
    std::cout << (bar_ ? "\r\033[K" : "") << "  " << line << std::endl;
}

}  // namespace shop
