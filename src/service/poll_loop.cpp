#include "service/poll_loop.hpp"

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>

#include "base/log.hpp"
#include "service/retry.hpp"

namespace leat::service {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds tick_interval{1000};

}  // namespace

PollLoop::PollLoop(PollLoopPlan plan, Publisher& publisher, Inbox& inbox, const Clock& clock,
                   int wake_fd)
    : plan_(std::move(plan)),
      publisher_(publisher),
      inbox_(inbox),
      clock_(clock),
      wake_fd_(wake_fd),
      last_tick_(clock.now()) {}

PollLoop::~PollLoop() {
    if (thread_.joinable()) leave(milliseconds{0});
}

void PollLoop::add(std::unique_ptr<GroupConsumer> consumer) {
    consumers_.push_back(std::move(consumer));
}

void PollLoop::start() {
    beat_ns_ = clock_.now().time_since_epoch().count();
    thread_ = std::thread{[this] { run(); }};
    pthread_setname_np(thread_.native_handle(), "leat-poll");
}

void PollLoop::wake() {
    const std::uint64_t one = 1;
    if (::write(wake_fd_, &one, sizeof one) < 0) {
        // A full eventfd is readable already.
    }
}

void PollLoop::run() {
    started_up_ = wait_for_broker() && make_topics() && learn_topics() && open_members();
    while (stage_.load() != Stage::ended) turn();
}

bool PollLoop::wait_for_broker() {
    for (int attempt = 1; !stopping(); ++attempt) {
        const auto answer = publisher_.producer().list_topics(milliseconds{1000});
        beat_ns_ = clock_.now().time_since_epoch().count();
        if (answer) {
            forget_existing(*answer);
            return true;
        }
        if (const auto never = publisher_.producer().refused()) {
            fail("The brokers " + plan_.bootstrap + " cannot be used: " + never->what + ". "
                 + never->cure);
            return false;
        }
        log::warn(
            "waiting for a broker",
            {{"bootstrap", plan_.bootstrap}, {"attempt", attempt}, {"error", answer.error().what}});
        pause(backoff({.first = milliseconds{50}, .max = milliseconds{1000}}, attempt));
    }
    return false;
}

void PollLoop::forget_existing(const std::vector<std::string>& topics) {
    auto& wanted = plan_.topics;
    wanted.erase(std::remove_if(wanted.begin(), wanted.end(),
                                [&](const auto& t) {
                                    return std::find(topics.begin(), topics.end(), t.name)
                                           != topics.end();
                                }),
                 wanted.end());
}

bool PollLoop::make_topics() {
    for (int attempt = 1; !plan_.topics.empty() && !stopping(); ++attempt) {
        if (const auto never = ask_for_topics()) {
            fail(*never);
            return false;
        }
        if (!plan_.topics.empty())
            pause(backoff({.first = milliseconds{100}, .max = milliseconds{2000}}, attempt));
    }
    return !stopping();
}

std::optional<std::string> PollLoop::ask_for_topics() {
    auto& missing = plan_.topics;
    const auto never = [](const std::string& name, const std::string& why) {
        return "The topic " + name + " does not exist and cannot be created: " + why
               + ". Create it (leat topic create " + name + ") or mend the cause.";
    };
    const auto results = publisher_.producer().create_topics(missing, milliseconds{5000});
    beat_ns_ = clock_.now().time_since_epoch().count();
    if (!results) {
        const auto& error = results.error();
        if (!error.retriable) return never(missing.front().name, error.what);
        log::warn("waiting for topics to be created", {{"error", error.what}});
        return std::nullopt;
    }
    for (const auto& topic : *results) {
        if (!topic.error.empty()) {
            if (topic.refusal != rdkafka::Refusal::passing) return never(topic.name, topic.error);
            log::warn("waiting for topics to be created",
                      {{"topic", topic.name}, {"error", topic.error}});
            continue;
        }
        if (topic.created) {
            log::info("topic created", {{"topic", topic.name}});
            created_.push_back(topic.name);
        }
        missing.erase(std::remove_if(missing.begin(), missing.end(),
                                     [&](const auto& t) { return t.name == topic.name; }),
                      missing.end());
    }
    return std::nullopt;
}

void PollLoop::pause(milliseconds time) {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, time, [this] { return stopping(); });
}

// A new topic that the client has not heard of costs its first record a second. One that never
// appears, since it was deleted at once, must not keep the others waiting.
bool PollLoop::learn_topics() {
    const auto until = clock_.now() + std::chrono::seconds{5};
    while (!created_.empty() && !stopping() && clock_.now() < until) {
        const auto topics = publisher_.producer().list_topics(milliseconds{1000});
        beat_ns_ = clock_.now().time_since_epoch().count();
        if (topics && std::all_of(created_.begin(), created_.end(), [&](const auto& name) {
                return std::find(topics->begin(), topics->end(), name) != topics->end();
            }))
            break;
        pause(milliseconds{20});
    }
    return !stopping();
}

bool PollLoop::open_members() {
    for (auto& consumer : consumers_) {
        const auto opened = consumer->open(plan_.consumer_settings(consumer->group()), wake_fd_);
        if (opened) continue;
        fail(opened.error().what);
        return false;
    }
    return true;
}

void PollLoop::turn() {
    inbox_.take(returned_);
    for (auto* run : returned_) run->partition->consumer->take_back(*run);
    const auto now = clock_.now();
    beat_ns_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
    bool more = false;
    for (auto& consumer : consumers_) more = consumer->turn(now) || more;
    if (now >= last_tick_ + tick_interval) tick(now);
    if (!ready_ && started_up_ && !stopping()
        && std::all_of(consumers_.begin(), consumers_.end(),
                       [](const auto& c) { return c->joined(); })) {
        ready_ = true;
        plan_.on_ready();
    }
    advance();
    if (stage_.load() != Stage::ended) wait(more);
}

// Moves a stop along: each stage is asked for by the owner and reached by the thread.
void PollLoop::advance() {
    const auto all = [&](auto&& holds) {
        return std::all_of(consumers_.begin(), consumers_.end(), holds);
    };
    const auto stage = stage_.load();
    bool reached = false;
    if (stage == Stage::draining) {
        for (auto& c : consumers_) c->drain();
        reached = all([](const auto& c) { return c->idle(); });
    } else if (stage == Stage::leaving) {
        for (auto& c : consumers_) c->leave();
        reached = all([](const auto& c) { return c->left(); });
    }
    if (!reached) return;
    const std::lock_guard lock{mutex_};
    auto expected = stage;
    stage_.compare_exchange_strong(expected,
                                   stage == Stage::draining ? Stage::drained : Stage::ended);
    changed_.notify_all();
}

void PollLoop::wait(bool more) {
    auto due = last_tick_ + tick_interval;
    for (const auto& c : consumers_) due = std::min(due, c->next_due());
    auto left = std::chrono::ceil<milliseconds>(due - clock_.now());
    // librdkafka tells of a finished leave by no event, so that is looked for.
    if (stage_.load() == Stage::leaving) left = std::min(left, milliseconds{5});
    if (more) left = milliseconds{0};
    pollfd descriptor{wake_fd_, POLLIN, 0};
    if (::poll(&descriptor, 1, static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1000)))
        <= 0)
        return;
    std::uint64_t count = 0;
    while (::read(wake_fd_, &count, sizeof count) > 0) {
    }
}

void PollLoop::tick(MonoTime now) {
    last_tick_ = now;
    publisher_.measure();
    for (auto& consumer : consumers_) {
        consumer->tick(now);
        if (consumer->fatal()) fail(*consumer->fatal());
    }
    if (const auto why = publisher_.producer().fatal_error()) fail(*why);
}

void PollLoop::fail(const std::string& why) {
    if (std::exchange(failed_, true)) return;
    log::error(started_up_ ? "cannot go on" : "cannot start", {{"error", why}});
    plan_.on_fatal(why);
}

bool PollLoop::reach(Stage stage, milliseconds limit) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, limit, [&] { return stage_.load() >= stage; });
}

bool PollLoop::drain(milliseconds limit) {
    {
        const std::lock_guard lock{mutex_};
        stage_ = Stage::draining;
    }
    changed_.notify_all();
    wake();
    return reach(Stage::drained, limit);
}

bool PollLoop::leave(milliseconds limit) {
    {
        const std::lock_guard lock{mutex_};
        stage_ = Stage::leaving;
    }
    changed_.notify_all();
    wake();
    const bool in_time = reach(Stage::ended, limit);
    {
        const std::lock_guard lock{mutex_};
        stage_ = Stage::ended;
    }
    wake();
    thread_.join();
    return in_time;
}

bool PollLoop::alive(milliseconds limit) const {
    const MonoTime beat{MonoTime::duration{beat_ns_.load(std::memory_order_relaxed)}};
    return clock_.now() - beat < limit;
}

}  // namespace leat::service
