// What becomes of a record that failed: another attempt later, or the dead-letter topic.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "service/publisher.hpp"
#include "service/retry.hpp"
#include "service/run.hpp"

namespace leat::service {

/// The failed records of a group member. A run that is given to it comes back by take_due() for
/// another attempt, by take_waiting() if its partition is taken away, or through the inbox when its
/// dead letter was delivered or not. Lives on the poll thread.
class Failures {
public:
    /// Both outlive it.
    Failures(Publisher& publisher, const Clock& clock) : publisher_(publisher), clock_(clock) {}

    /// Makes known how the records of a handler are retried.
    void add(const Subscription& subscription, const retry_options& retry, std::uint64_t seed) {
        policies_.emplace(&subscription, RetryPolicy{retry, seed});
    }

    /// The verdict on `run.current` is neither ok nor skip.
    void decide(Run& run);
    /// The dead letter of `run.current` was not delivered: it is sent again, shorter or later.
    void dead_letter_failed(Run& run);

    /// Takes the runs whose time has come, for another attempt.
    void take_due(MonoTime now, std::vector<Run*>& into);
    /// Takes the runs that wait on `partition`, since there is no point in waiting any more.
    void take_waiting(const Partition& partition, std::vector<Run*>& into);

    /// When take_due() has something to do; MonoTime::max() if nothing waits.
    MonoTime next_due() const;
    /// How many runs wait.
    std::size_t waiting() const { return waiting_.size(); }

    /// Why a record can neither be handled nor laid aside, if there is one.
    const std::optional<std::string>& hopeless() const { return hopeless_; }

private:
    void retry_later(Run& run, std::optional<std::chrono::milliseconds> delay);
    void begin_dead_letter(Run& run);
    void give_up(Run& run);
    std::chrono::milliseconds pause(Run& run);
    void wait(Run& run, std::chrono::milliseconds delay, std::string_view what,
              std::string_view why);
    void send_dead_letter(Run& run);
    RetryPolicy& policy_of(const Run& run) { return policies_.at(run.partition->subscription); }

    Publisher& publisher_;
    const Clock& clock_;
    std::optional<std::string> hopeless_;
    std::multimap<MonoTime, Run*> waiting_;
    std::map<const Subscription*, RetryPolicy> policies_;
};

}  // namespace leat::service
