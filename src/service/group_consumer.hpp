// One member of one consumer group: assignment, lanes, retries, dead letters and commits.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "service/messaging_metrics.hpp"
#include "service/rdkafka_consumer.hpp"
#include "service/run.hpp"
#include "service/runner.hpp"

namespace leat::service {

struct ConsumerOptions {
    LaneLimits limits;
    std::chrono::milliseconds commit_interval{1000};
    std::size_t commit_records = 1000;
    std::chrono::milliseconds revoke_timeout{5000};
    retry_options retry;
    std::uint64_t seed = 0;
};

/// What a member works with. All outlive it.
struct ConsumerTools {
    Runner& runner;
    Workers& workers;
    Metrics& metrics;
    const Clock& clock;
};

/// A group member with the handlers of its topics. Lives on the poll thread alone and never runs
/// user code nor waits for it:
///
///   partition queue → lane → run (on a worker or the executor) → back → done | retry later
///                                                                    | dead letter → done
///   done → commit tracker → commit, every second or thousand records
///
/// A partition that is taken away stops at once; what runs may finish for a while, then what is
/// done is committed and the partition given back. Whatever comes back later is dropped.
class GroupConsumer final : public rdkafka::ConsumerEvents {
public:
    GroupConsumer(std::string group, std::vector<Subscription*> subscriptions, ConsumerTools tools,
                  ConsumerOptions options);
    ~GroupConsumer();

    /// Joins the group. `wake_fd` is written when turn() has something to do.
    Result<void> open(const rdkafka::Settings& settings, int wake_fd);

    /// Takes a run back that a worker, the executor or a delivery has posted.
    void take_back(Run& run);

    /// Does all that can be done without waiting; true if there may be more at once.
    bool turn(MonoTime now);
    /// When turn() is due even without a wake-up.
    MonoTime next_due() const;

    /// Stops to fetch; what is in the lanes goes on, but nothing is retried any more.
    void drain();
    /// Whether nothing runs and nothing can run.
    bool idle() const;
    /// Gives all partitions back, committing what is done, and leaves; true from left() follows.
    void leave();
    bool left() const;

    /// Whether the group has answered with an assignment, be it empty.
    bool joined() const { return joined_; }
    /// Why the member can never work again, if so.
    const std::optional<std::string>& fatal() const { return fatal_; }
    const std::string& group() const { return group_; }
    /// Updates the gauges; about once a second.
    void measure();

    void on_assigned(const rdkafka::TopicPartitions& partitions, bool settled) override;
    void on_revoked(const rdkafka::TopicPartitions& partitions, bool lost) override;
    void on_committed(const rdkafka::TopicPartitions& partitions,
                      const std::string& error) override;
    void on_error(const std::string& what, bool fatal) override;

private:
    using Place = std::pair<std::string, std::int32_t>;
    struct Revocation {
        rdkafka::TopicPartitions partitions;
        bool lost;
        MonoTime grace_ends;  // and when a refused commit is tried again
        MonoTime deadline;
    };

    Partition* find(const std::string& topic, std::int32_t number);
    bool fetch(Partition& partition, MonoTime now);
    void admit(Partition& partition, rdkafka::Message message, MonoTime now);
    void dispatch(Partition& partition);
    void send_out(Run& run);
    void fire_timers(MonoTime now);
    void wait_until(Run& run, MonoTime due);

    void decide(Run& run);
    void retry_later(Run& run);
    void send_dead_letter(Run& run);
    void finish_record(Partition& partition, Record& record);
    void end_run(Run& run);
    void abandon(Run& run);
    void drop_queued(Partition& partition);

    void finish_revocation(MonoTime now);
    /// False: the group is in the middle of a rebalance, and there is time to try again.
    bool commit_revoked(MonoTime now);
    rdkafka::TopicPartitions committable(const rdkafka::TopicPartitions& of);
    void commit_if_due(MonoTime now);
    void measure_partition(Partition& partition);
    void clear_gauges(const Partition& partition);

    std::string group_;
    std::vector<Subscription*> subscriptions_;
    ConsumerTools tools_;
    ConsumerOptions options_;
    MemberMetrics metrics_;
    std::unique_ptr<rdkafka::Consumer> consumer_;
    int wake_fd_ = -1;

    std::map<Place, std::unique_ptr<Partition>> partitions_;
    std::vector<std::unique_ptr<Partition>> retired_;
    std::optional<Revocation> revocation_;
    std::uint64_t epoch_ = 0;
    bool joined_ = false;
    std::optional<MonoTime> rebalancing_since_;
    bool draining_ = false;
    bool leaving_ = false;
    std::optional<std::string> fatal_;

    std::multimap<MonoTime, Run*> timers_;
    std::map<const Subscription*, RetryPolicy> policies_;
    bool committing_ = false;
    MonoTime last_commit_;
    MonoTime commit_begun_;

    std::vector<Job*> jobs_;
    std::vector<rdkafka::Message> messages_;
    std::vector<std::unique_ptr<Record>> records_;
    std::vector<Record*> free_records_;
    std::vector<std::unique_ptr<Run>> runs_;
    std::vector<Run*> free_runs_;
};

}  // namespace leat::service
