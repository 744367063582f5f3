// A run: some records of one lane on their way through the handler, from the poll thread and back.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "leat/context.hpp"
#include "leat/outcome.hpp"
#include "service/commit_tracker.hpp"
#include "service/dead_letter.hpp"
#include "service/lanes.hpp"
#include "service/rdkafka_consumer.hpp"
#include "service/rdkafka_producer.hpp"
#include "service/retry.hpp"
#include "service/subscription.hpp"
#include "service/trace.hpp"
#include "service/workers.hpp"

namespace leat::service {

class GroupConsumer;
class Runner;
struct Partition;
struct Run;

/// A consumed record in flight. Belongs to the poll thread, or to the run that carries it.
struct Record : LaneItem {
    rdkafka::Message message;
    Partition* source = nullptr;  // where it was fetched, and where it will count as done
    std::uint64_t epoch = 0;      // of the source's commit tracker, which knows it
    std::uint64_t sequence = 0;   // in that tracker
    /// What the record is to its handler, wherever it was fetched.
    Origin origin;
    MonoTime arrived;
    bool begun = false;  // a first attempt was
    int attempts = 0;
    int blocked = 0;  // failures in a row of what every record needs: they use up no attempt
    std::int64_t first_failed_ms = 0;
    Record* next_record() const { return static_cast<Record*>(next); }
};

/// One partition during one assignment. Owned by the poll thread; other threads read only what is
/// marked.
struct Partition {
    Partition(std::string t, std::int32_t n, std::uint64_t epoch, LaneLimits limits)
        : topic(std::move(t)), number(n), tracker(epoch), lanes(limits) {}

    const std::string topic;    // any thread
    const std::int32_t number;  // any thread
    /// Set when the partition is being taken away: work on it is pointless. Any thread.
    std::atomic<bool> cancelled{false};
    /// Set when the service stops: the record in hand is finished, no other is begun. Any thread.
    std::atomic<bool> winding_down{false};
    /// Whether no further record is to be begun. Any thread.
    bool stops() const {
        return cancelled.load(std::memory_order_relaxed)
               || winding_down.load(std::memory_order_relaxed);
    }
    Subscription* subscription = nullptr;
    GroupConsumer* consumer = nullptr;
    rdkafka::PartitionQueue queue;
    CommitTracker tracker;
    Lanes lanes;
    std::vector<Run*> runs;  // that are out, waiting for a retry included
};

/// Where a run is, for the poll thread that gets it back.
enum class RunPhase {
    handled,        // `current` was handled and `result` says how; or null: all records are done
    stopped,        // `current` and what follows were not begun
    dead_lettered,  // `current` lies in the dead-letter topic
    dead_letter_failed,
};

/// Hears that the dead-letter record of `current` was delivered.
class DeadLetterDelivery final : public rdkafka::Delivery {
public:
    explicit DeadLetterDelivery(Run& run) : run_(run) {}
    void delivered(const rdkafka::DeliveryReport& report) override;
    /// Why it was not delivered.
    rdkafka::DeliveryReport last;
    /// In which it was sent, or is to be sent.
    LetterForm form = LetterForm::full;

private:
    Run& run_;
};

/// Carries records of one lane through their handler, one after the other. It is with the poll
/// thread, on a worker, on the executor, or waiting for deliveries: always with one of them, and
/// it comes back to the poll thread once each time it was sent out.
struct Run final : Job {
    explicit Run(Runner& r) : runner(r), ctx(*this), dead_letter(*this) {}

    void run_on_worker() override;

    Runner& runner;
    context ctx;
    Partition* partition = nullptr;
    std::uint32_t lane = 0;
    Record* first = nullptr;    // of those that the poll thread has not counted as done
    Record* current = nullptr;  // null when all are done
    /// How many records were done since the run was sent out. The poll thread counts them while the
    /// run is out: the offset of a finished record does not wait for those behind it.
    std::atomic<std::uint32_t> finished{0};
    std::uint32_t counted = 0;  // of them, by the poll thread
    RunPhase phase = RunPhase::stopped;
    verdict result;
    bool timed_out = false;

    // Of the attempt under way.
    MonoTime started;
    MonoTime deadline;
    std::optional<TraceContext> trace;
    /// The handler itself and its publications that are not acknowledged; whoever takes the last
    /// one goes on with the run.
    std::atomic<int> pending{0};
    /// How a started coroutine and its end agree who goes on.
    std::atomic<int> coroutine_step{0};
    std::mutex publish_mutex;
    std::optional<publish_error> refusal;  // the worst of the attempt; guarded by publish_mutex

    DeadLetterDelivery dead_letter;

    const TraceContext& trace_context();
};

}  // namespace leat::service
