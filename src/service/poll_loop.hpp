// The poll thread: waits for the broker, makes topics, and turns every group member. No user code.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "service/group_consumer.hpp"
#include "service/publisher.hpp"
#include "service/runner.hpp"

namespace leat::service {

/// What the loop brings up and keeps going. All referenced things outlive it.
struct PollLoopPlan {
    std::string bootstrap;
    /// Those that do not exist are made.
    std::vector<rdkafka::NewTopic> topics;
    /// The settings of the member of a group.
    std::function<rdkafka::Settings(const std::string& group)> consumer_settings;
    /// Once, on the poll thread: all groups have joined.
    std::function<void()> on_ready;
    /// Once, on the poll thread: the service cannot start or go on; the loop still drains.
    std::function<void(const std::string& why)> on_fatal;
};

/// The thread that serves librdkafka's queues. Methods are called from the thread that owns it.
class PollLoop {
public:
    /// `wake_fd` is an eventfd that the inbox writes as well.
    PollLoop(PollLoopPlan plan, Publisher& publisher, Inbox& inbox, const Clock& clock,
             int wake_fd);
    /// leave(0), if not done before. Runs that are still out die with it: whoever may have one, the
    /// workers and the executor, has to have ended.
    ~PollLoop();
    PollLoop(const PollLoop&) = delete;
    PollLoop& operator=(const PollLoop&) = delete;

    /// Adds a member; before start().
    void add(std::unique_ptr<GroupConsumer> consumer);
    void start();

    /// Begins no further record and waits for those in hand; false if `limit` was over before.
    bool drain(std::chrono::milliseconds limit);
    /// Commits, leaves all groups and ends the thread; false if `limit` was over before.
    bool leave(std::chrono::milliseconds limit);

    /// Whether the thread has ticked within the last `limit`. Any thread.
    bool alive(std::chrono::milliseconds limit) const;

private:
    enum class Stage { running, draining, drained, leaving, ended };
    void run();
    bool wait_for_broker();
    void forget_existing(const std::vector<std::string>& topics);
    bool make_topics();
    /// Asks once for the topics that are missing; gives why one can never be had, if so.
    std::optional<std::string> ask_for_topics();
    void pause(std::chrono::milliseconds time);
    bool learn_topics();
    bool open_members();
    void turn();
    void wait(bool more);
    void tick(MonoTime now);
    void fail(const std::string& why);
    bool stopping() const { return stage_.load() != Stage::running; }
    void advance();
    bool reach(Stage stage, std::chrono::milliseconds limit);
    void wake();

    PollLoopPlan plan_;
    Publisher& publisher_;
    Inbox& inbox_;
    const Clock& clock_;
    int wake_fd_;
    std::vector<std::unique_ptr<GroupConsumer>> consumers_;
    std::vector<std::string> created_;
    std::vector<Run*> returned_;
    bool started_up_ = false;
    bool ready_ = false;
    bool failed_ = false;
    MonoTime last_tick_;
    std::atomic<std::int64_t> beat_ns_{0};

    std::atomic<Stage> stage_{Stage::running};
    std::mutex mutex_;
    std::condition_variable changed_;
    std::thread thread_;
};

}  // namespace leat::service
