// When a group member commits, and what: the watermarks of its partitions.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "service/assignment.hpp"
#include "service/rdkafka_consumer.hpp"

namespace leat::service {

struct CommitOptions {
    std::chrono::milliseconds interval{1000};
    /// Done records that make a commit due before the interval is over.
    std::size_t records = 1000;
};

/// Commits every second or thousand records, one request at a time. Lives on the poll thread.
class Commits {
public:
    /// All that is referenced outlives it.
    Commits(std::string group, CommitOptions options, Histogram duration, Metrics& metrics,
            const Clock& clock);

    void commit_if_due(rdkafka::Consumer& consumer, const Assignment& assignment, MonoTime now);
    /// When commit_if_due() has something to do; MonoTime::max() while a commit is under way.
    MonoTime next_due() const;
    /// The commit under way has ended; `error` is empty if it succeeded.
    void ended(Assignment& assignment, const rdkafka::TopicPartitions& partitions,
               const std::string& error);

    /// Commits what is done of the partitions that are being taken away, and waits for the answer.
    /// False: the group is in the middle of a rebalance, and there is time to try again.
    bool commit_revoked(rdkafka::Consumer& consumer, Assignment& assignment, MonoTime now);

private:
    std::string group_;
    CommitOptions options_;
    Histogram duration_;
    Metrics& metrics_;
    const Clock& clock_;
    bool under_way_ = false;
    MonoTime last_;
    MonoTime begun_;
};

}  // namespace leat::service
