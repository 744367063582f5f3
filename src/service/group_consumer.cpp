#include "service/group_consumer.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/log.hpp"

namespace leat::service {
namespace {

using std::chrono::milliseconds;
using Seconds = std::chrono::duration<double>;

constexpr std::size_t records_a_run = 64;
constexpr std::size_t records_a_fetch = 512;
// Done records behind an undone one are remembered; beyond this many the partition waits for it.
constexpr std::size_t longest_span = 100'000;

std::uint32_t lane_of(const Subscription& subscription, const rdkafka::Message& message) {
    switch (subscription.ordering) {
        case order::by_partition:
            return 0;
        case order::none:
            return static_cast<std::uint32_t>(message.offset()
                                              % static_cast<std::int64_t>(Lanes::lane_count));
        case order::by_key:
            break;
    }
    const auto key = message.key();
    return key ? Lanes::lane_of(*key) : 0;
}

}  // namespace

GroupConsumer::GroupConsumer(std::string group, std::vector<Subscription*> subscriptions,
                             ConsumerTools tools, ConsumerOptions options)
    : group_(std::move(group)),
      subscriptions_(std::move(subscriptions)),
      tools_(tools),
      options_(options),
      metrics_(tools.metrics, group_, subscriptions_),
      assignment_(options.limits),
      failures_(tools.runner.publisher(), tools.clock),
      commits_(group_, options.commit, metrics_.commit, tools.metrics, tools.clock) {
    std::uint64_t seed = options.seed;
    for (const auto* s : subscriptions_) failures_.add(*s, *s->retry, seed++);
}

GroupConsumer::~GroupConsumer() = default;

Result<void> GroupConsumer::open(const rdkafka::Settings& settings, int wake_fd) {
    auto consumer = rdkafka::Consumer::open(settings, *this, wake_fd);
    if (!consumer) return consumer.error();
    consumer_ = std::move(*consumer);
    wake_fd_ = wake_fd;
    std::vector<std::string> topics;
    for (const auto* s : subscriptions_) topics.push_back(s->topic);
    rebalancing_since_ = tools_.clock.now();
    return consumer_->subscribe(topics);
}

bool GroupConsumer::turn(MonoTime now) {
    if (!consumer_) return false;
    consumer_->serve();
    if (assignment_.revocation()) finish_revocation(now);
    if (!draining_) send_out_due(now);
    bool more = false;
    for (const auto& [place, partition] : assignment_.partitions()) {
        if (partition->cancelled.load(std::memory_order_relaxed)) continue;
        if (!draining_ && fetch(*partition, now)) more = true;
        if (!draining_) dispatch(*partition);
    }
    tools_.workers.push(jobs_);
    if (now >= commits_.next_due()) count_finished();
    commits_.commit_if_due(*consumer_, assignment_, now);
    return more;
}

MonoTime GroupConsumer::next_due() const {
    if (!consumer_) return MonoTime::max();
    const auto& revocation = assignment_.revocation();
    const auto due = revocation ? revocation->grace_ends : commits_.next_due();
    return draining_ ? due : std::min(due, failures_.next_due());
}

// True if the partition's queue may hold more that could be taken now.
bool GroupConsumer::fetch(Partition& partition, MonoTime now) {
    if (!partition.lanes.accepts() || partition.tracker.span() >= longest_span) return false;
    const auto want = std::min(partition.lanes.room(), records_a_fetch);
    messages_.clear();
    const auto got = partition.queue.take(messages_, want);
    for (auto& message : messages_) {
        if (message.failed())
            note_trouble(partition, message.trouble());
        else
            admit(partition, std::move(message), now);
    }
    messages_.clear();
    partition.subscription->metrics->consumed.add(static_cast<double>(got));
    return got == want;
}

void GroupConsumer::note_trouble(const Partition& partition, const rdkafka::Trouble& trouble) {
    log::warn("partition error", {{"topic", partition.topic},
                                  {"partition", partition.number},
                                  {"group", group_},
                                  {"error", trouble.what}});
    if (trouble.refusal == rdkafka::Refusal::permanent)
        give_up(partition.topic + "/" + std::to_string(partition.number), trouble);
}

// What will be refused again is not waited for: the service says why and ends.
void GroupConsumer::give_up(const std::string& reading, const rdkafka::Trouble& trouble) {
    if (!fatal_)
        fatal_ = "The group " + group_ + " cannot read " + reading + ": " + trouble.what + ". "
                 + trouble.cure;
}

void GroupConsumer::admit(Partition& partition, rdkafka::Message message, MonoTime now) {
    if (message.offset() <= partition.tracker.highest_delivered()) {
        // The log was cut back and the offset reset: what was known of it counts no more.
        log::warn("offsets went back, starting over",
                  {{"topic", partition.topic},
                   {"partition", partition.number},
                   {"offset", message.offset()},
                   {"highest", partition.tracker.highest_delivered()}});
        assignment_.start_over(partition);
    }
    Record& record = records_.take();
    record.source = &partition;
    record.origin = {partition.topic,        partition.number,          message.offset(),
                     message.timestamp_ms(), message.log_append_time(), group_};
    record.epoch = partition.tracker.epoch();
    record.sequence = partition.tracker.delivered(message.offset(), {now, message.timestamp_ms()});
    record.arrived = now;
    record.begun = false;
    record.attempts = 0;
    record.blocked = 0;
    record.first_failed_ms = 0;
    record.bytes = static_cast<std::uint32_t>(message.bytes());
    record.lane = lane_of(*partition.subscription, message);
    record.message = std::move(message);
    partition.lanes.push(record);
}

void GroupConsumer::dispatch(Partition& partition) {
    auto& subscription = *partition.subscription;
    while (partition.lanes.runnable() && subscription.running < subscription.concurrency) {
        const auto batch = partition.lanes.take(records_a_run);
        Run& run = runs_.take(tools_.runner);
        run.partition = &partition;
        run.lane = batch.lane;
        run.first = run.current = static_cast<Record*>(batch.head);
        run.finished.store(0, std::memory_order_relaxed);
        run.counted = 0;
        partition.runs.push_back(&run);
        send_out(run);
    }
}

void GroupConsumer::send_out(Run& run) {
    auto& subscription = *run.partition->subscription;
    ++subscription.running;
    if (subscription.handler.call)
        jobs_.push_back(&run);
    else
        tools_.runner.start(run);
}

void GroupConsumer::send_out_due(MonoTime now) {
    due_.clear();
    failures_.take_due(now, due_);
    for (auto* run : due_) send_out(*run);
}

void GroupConsumer::take_back(Run& run) {
    auto& partition = *run.partition;
    const bool was_handling = run.phase == RunPhase::handled || run.phase == RunPhase::stopped;
    if (was_handling) --partition.subscription->running;
    if (run.phase == RunPhase::dead_lettered) {
        partition.subscription->metrics->dead_letters.add();
        run.current = run.current->next_record();
        run.finished.fetch_add(1, std::memory_order_relaxed);
    }
    count_finished(run);
    if (partition.cancelled.load(std::memory_order_relaxed))
        abandon(run);
    else if (run.phase == RunPhase::dead_letter_failed)
        failures_.dead_letter_failed(run);
    else if (run.phase == RunPhase::handled && run.current != nullptr)
        failures_.decide(run);
    else
        end_run(run);
}

// The run may be out: only its records that are done are touched.
void GroupConsumer::count_finished(Run& run) {
    const auto finished = run.finished.load(std::memory_order_acquire);
    for (; run.counted != finished; ++run.counted) {
        Record& record = *run.first;
        run.first = record.next_record();
        record.source->tracker.done(record.epoch, record.sequence);
        drop(*record.source, record);
    }
}

void GroupConsumer::count_finished() {
    for (const auto& [place, partition] : assignment_.partitions())
        for (auto* run : partition->runs) count_finished(*run);
}

void GroupConsumer::drop(Partition& partition, Record& record) {
    partition.lanes.done(record);
    record.message.reset();
    records_.give_back(record);
}

// The run's records from `current` on go back to the front of their lane.
void GroupConsumer::end_run(Run& run) {
    auto& partition = *run.partition;
    partition.lanes.release(run.lane, run.current);
    auto& out = partition.runs;
    *std::find(out.begin(), out.end(), &run) = out.back();
    out.pop_back();
    run.trace.reset();
    runs_.give_back(run);
}

void GroupConsumer::abandon(Run& run) {
    auto& partition = *run.partition;
    while (run.current != nullptr) {
        Record& record = *run.current;
        run.current = record.next_record();
        drop(partition, record);
    }
    end_run(run);
    drop_queued(partition);
    assignment_.bury(partition);
}

void GroupConsumer::drop_queued(Partition& partition) {
    for (auto* item = static_cast<Record*>(partition.lanes.clear()); item != nullptr;) {
        Record& record = *item;
        item = record.next_record();
        drop(partition, record);
    }
}

void GroupConsumer::count_rebalance(const char* kind) {
    tools_.metrics
        .counter("leat_rebalances_total", "Changes of the assignment",
                 {{"group", group_}, {"kind", kind}})
        .add();
}

void GroupConsumer::on_assigned(const rdkafka::TopicPartitions& partitions, bool settled) {
    joined_ = true;
    // Of a rebalance that takes nothing away the member hears only when it is over.
    if (settled && rebalancing_since_)
        metrics_.rebalance.observe(Seconds{tools_.clock.now() - *rebalancing_since_}.count());
    if (settled) rebalancing_since_.reset();
    count_rebalance("assign");
    for (const auto& tp : partitions) {
        const auto of = std::find_if(subscriptions_.begin(), subscriptions_.end(),
                                     [&](const auto* s) { return s->topic == tp.topic; });
        check(of != subscriptions_.end(), "only subscribed topics are assigned");
        auto& partition = assignment_.add(tp.topic, tp.partition, **of);
        partition.consumer = this;
        partition.queue = consumer_->open_partition(tp.topic, tp.partition);
    }
    consumer_->confirm_assigned(partitions);
    log::info("partitions assigned", {{"group", group_},
                                      {"count", partitions.size()},
                                      {"now", assignment_.partitions().size()}});
}

void GroupConsumer::on_revoked(const rdkafka::TopicPartitions& partitions, bool lost) {
    count_rebalance(lost ? "lost" : "revoke");
    const auto now = tools_.clock.now();
    rebalancing_since_ = now;
    // Two fifths of the time are left for the commit. A member that leaves has waited in drain().
    const auto grace = leaving_ ? milliseconds{0} : options_.revoke_timeout * 3 / 5;
    for (auto* partition : assignment_.begin_revocation(
             {partitions, lost, now + grace, now + options_.revoke_timeout})) {
        due_.clear();
        failures_.take_waiting(*partition, due_);
        for (auto* run : due_) abandon(*run);
        drop_queued(*partition);
    }
    finish_revocation(now);
}

void GroupConsumer::finish_revocation(MonoTime now) {
    const auto& revocation = *assignment_.revocation();
    const bool running = assignment_.revoked_runs_are_out();
    if (running && !revocation.lost && now < revocation.grace_ends) return;
    count_finished();
    if (!revocation.lost && !commits_.commit_revoked(*consumer_, assignment_, now)) return;

    consumer_->confirm_revoked(revocation.partitions);
    for (const auto& tp : revocation.partitions)
        if (const auto* p = assignment_.find(tp.topic, tp.partition)) clear_gauges(*p);
    log::info("partitions given back", {{"group", group_},
                                        {"count", revocation.partitions.size()},
                                        {"lost", revocation.lost},
                                        {"still_running", running}});
    assignment_.end_revocation();
}

void GroupConsumer::on_committed(const rdkafka::TopicPartitions& partitions,
                                 const std::string& error) {
    commits_.ended(assignment_, partitions, error);
}

void GroupConsumer::tick(MonoTime now) {
    if (consumer_ == nullptr) return;
    tell_what_it_waits_for(now);
    if (joined_) measure();
}

void GroupConsumer::tell_what_it_waits_for(MonoTime now) {
    constexpr milliseconds worth_telling{2000};
    if (!rebalancing_since_ || draining_) return;
    if (now < std::max(*rebalancing_since_, told_waiting_) + worth_telling) return;
    told_waiting_ = now;
    const auto waited = std::chrono::duration_cast<milliseconds>(now - *rebalancing_since_);
    log::info(
        "waiting for the group to assign partitions: a member that died holds its own until "
        "its session has timed out",
        {{"group", group_},
         {"waited_ms", waited.count()},
         {"session_timeout_ms", options_.session_timeout.count()}});
}

void GroupConsumer::on_error(const rdkafka::Trouble& trouble) {
    const bool permanent = trouble.refusal == rdkafka::Refusal::permanent;
    log::write(permanent ? log::Level::error : log::Level::warn, "kafka consumer error",
               {{"group", group_}, {"permanent", permanent}, {"error", trouble.what}});
    if (!permanent) return;
    std::string topics;
    for (const auto* s : subscriptions_) topics += (topics.empty() ? "" : ", ") + s->topic;
    give_up(topics, trouble);
}

void GroupConsumer::drain() {
    if (std::exchange(draining_, true)) return;
    for (const auto& [place, partition] : assignment_.partitions()) partition->winding_down = true;
}

bool GroupConsumer::idle() const {
    std::size_t out = 0;
    for (const auto& [place, p] : assignment_.partitions()) out += p->runs.size();
    return out == failures_.waiting();
}

void GroupConsumer::leave() {
    drain();
    if (leaving_ || !consumer_) return;
    leaving_ = true;
    consumer_->close();
}

bool GroupConsumer::left() const { return !consumer_ || (leaving_ && consumer_->closed()); }

}  // namespace leat::service
