// One member of one consumer group: assignment, lanes, retries, dead letters and commits.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "service/assignment.hpp"
#include "service/commits.hpp"
#include "service/failures.hpp"
#include "service/messaging_metrics.hpp"
#include "service/pool.hpp"
#include "service/rdkafka_consumer.hpp"
#include "service/run.hpp"
#include "service/runner.hpp"

namespace leat::service {

struct ConsumerOptions {
    LaneLimits limits;
    CommitOptions commit;
    std::chrono::milliseconds revoke_timeout{5000};
    std::chrono::milliseconds session_timeout{10'000};
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
///   partition queue → lane → run (on a worker or the executor) → back → done
///                                                                    └→ Failures → again, or done
///   done → commit tracker → Commits
///
/// A partition that is taken away stops at once; the records in hand may finish for a while, then
/// what is done is committed and the partition given back. Whatever comes back later is dropped. A
/// stop does the same with all partitions.
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

    /// Finishes the records that are in their handlers and begins no other: what waits in lanes or
    /// for a retry is left to whoever has the partition next.
    void drain();
    /// Whether nothing runs any more.
    bool idle() const;
    /// Gives all partitions back, committing what is done, and leaves; true from left() follows.
    void leave();
    bool left() const;

    /// Whether the group has answered with an assignment, be it empty.
    bool joined() const { return joined_; }
    /// Why the member cannot go on, if so.
    const std::optional<std::string>& fatal() const {
        return fatal_ ? fatal_ : failures_.hopeless();
    }
    const std::string& group() const { return group_; }
    /// Updates the gauges and, while a rebalance takes its time, says what it waits for; about once
    /// a second.
    void tick(MonoTime now);

    void on_assigned(const rdkafka::TopicPartitions& partitions, bool settled) override;
    void on_revoked(const rdkafka::TopicPartitions& partitions, bool lost) override;
    void on_committed(const rdkafka::TopicPartitions& partitions,
                      const std::string& error) override;
    void on_error(const rdkafka::Trouble& trouble) override;

private:
    bool fetch(Partition& partition, MonoTime now);
    void note_trouble(const Partition& partition, const rdkafka::Trouble& trouble);
    void give_up(const std::string& reading, const rdkafka::Trouble& trouble);
    void admit(Partition& partition, rdkafka::Message message, MonoTime now);
    void dispatch(Partition& partition);
    void send_out(Run& run);
    void send_out_due(MonoTime now);

    void count_finished(Run& run);
    void count_finished();
    void end_run(Run& run);
    void abandon(Run& run);
    void drop_queued(Partition& partition);
    void drop(Partition& partition, Record& record);
    void finish_revocation(MonoTime now);

    void count_rebalance(const char* kind);
    void tell_what_it_waits_for(MonoTime now);
    void measure();
    void measure_partition(Partition& partition);
    void clear_gauges(const Partition& partition);

    std::string group_;
    std::vector<Subscription*> subscriptions_;
    ConsumerTools tools_;
    ConsumerOptions options_;
    MemberMetrics metrics_;
    std::unique_ptr<rdkafka::Consumer> consumer_;
    int wake_fd_ = -1;

    Assignment assignment_;
    Failures failures_;
    Commits commits_;
    bool joined_ = false;
    std::optional<MonoTime> rebalancing_since_;
    MonoTime told_waiting_;
    bool draining_ = false;
    bool leaving_ = false;
    std::optional<std::string> fatal_;

    std::vector<Job*> jobs_;
    std::vector<Run*> due_;
    std::vector<rdkafka::Message> messages_;
    Pool<Record> records_;
    Pool<Run> runs_;
};

}  // namespace leat::service
