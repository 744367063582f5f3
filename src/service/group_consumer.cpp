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
constexpr milliseconds shortest_commit_gap{100};

Stage stage_of(const Run& run) {
    switch (run.result.what) {
        case verdict::kind::undecodable:
            return Stage::decode;
        case verdict::kind::invalid:
            return Stage::validate;
        default:
            break;
    }
    if (run.timed_out) return Stage::timeout;
    return run.result.type == publish_error_type ? Stage::produce : Stage::handle;
}

Headers headers_of(const rdkafka::Message& message) {
    Headers headers;
    for (const auto& h : message.headers()) {
        std::optional<std::string> value;
        if (h.value) value = std::string{*h.value};
        headers.push_back({std::string{h.name}, std::move(value)});
    }
    return headers;
}

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
      last_commit_(tools.clock.now()) {
    std::uint64_t seed = options.seed;
    for (auto* s : subscriptions_)
        policies_.emplace(s, RetryPolicy{s->retry.value_or(options.retry), seed++});
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

Partition* GroupConsumer::find(const std::string& topic, std::int32_t number) {
    const auto at = partitions_.find({topic, number});
    return at == partitions_.end() ? nullptr : at->second.get();
}

bool GroupConsumer::turn(MonoTime now) {
    if (!consumer_) return false;
    consumer_->serve();
    if (revocation_) finish_revocation(now);
    if (!draining_) fire_timers(now);
    bool more = false;
    for (auto& [place, partition] : partitions_) {
        if (partition->cancelled.load(std::memory_order_relaxed)) continue;
        if (!draining_ && fetch(*partition, now)) more = true;
        dispatch(*partition);
    }
    tools_.workers.push(jobs_);
    commit_if_due(now);
    return more;
}

MonoTime GroupConsumer::next_due() const {
    if (!consumer_) return MonoTime::max();
    auto due = MonoTime::max();
    if (!committing_ && !revocation_) due = last_commit_ + options_.commit_interval;
    if (!draining_ && !timers_.empty()) due = std::min(due, timers_.begin()->first);
    if (revocation_) due = std::min(due, revocation_->grace_ends);
    return due;
}

// True if the partition's queue may hold more that could be taken now.
bool GroupConsumer::fetch(Partition& partition, MonoTime now) {
    if (!partition.lanes.accepts() || partition.tracker.span() >= longest_span) return false;
    const auto want = std::min(partition.lanes.room(), records_a_fetch);
    messages_.clear();
    const auto got = partition.queue.take(messages_, want);
    for (auto& message : messages_) {
        if (const auto error = message.error(); !error.empty())
            log::warn("partition error", {{"topic", partition.topic},
                                          {"partition", partition.number},
                                          {"group", group_},
                                          {"error", error}});
        else
            admit(partition, std::move(message), now);
    }
    messages_.clear();
    partition.subscription->metrics->consumed.add(static_cast<double>(got));
    return got == want;
}

void GroupConsumer::admit(Partition& partition, rdkafka::Message message, MonoTime now) {
    if (message.offset() <= partition.tracker.highest_delivered()) {
        // The log was cut back and the offset reset: what was known of it counts no more.
        log::warn("offsets went back, starting over",
                  {{"topic", partition.topic},
                   {"partition", partition.number},
                   {"offset", message.offset()},
                   {"highest", partition.tracker.highest_delivered()}});
        partition.tracker = CommitTracker{++epoch_};
    }
    if (free_records_.empty()) {
        records_.push_back(std::make_unique<Record>());
        free_records_.push_back(records_.back().get());
    }
    Record& record = *free_records_.back();
    free_records_.pop_back();
    record.epoch = partition.tracker.epoch();
    record.sequence = partition.tracker.delivered(message.offset(), {now, message.timestamp_ms()});
    record.arrived = now;
    record.begun = false;
    record.attempts = 0;
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
        if (free_runs_.empty()) {
            runs_.push_back(std::make_unique<Run>(tools_.runner));
            free_runs_.push_back(runs_.back().get());
        }
        Run& run = *free_runs_.back();
        free_runs_.pop_back();
        run.partition = &partition;
        run.lane = batch.lane;
        run.first = run.current = static_cast<Record*>(batch.head);
        run.undelivered = 0;
        ++partition.runs;
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

void GroupConsumer::wait_until(Run& run, MonoTime due) {
    run.due = due;
    timers_.emplace(due, &run);
}

void GroupConsumer::fire_timers(MonoTime now) {
    while (!timers_.empty() && timers_.begin()->first <= now) {
        Run& run = *timers_.begin()->second;
        timers_.erase(timers_.begin());
        if (run.phase == RunPhase::dead_letter_failed)
            send_dead_letter(run);
        else
            send_out(run);
    }
}

void GroupConsumer::take_back(Run& run) {
    auto& partition = *run.partition;
    const bool was_handling = run.phase == RunPhase::handled || run.phase == RunPhase::stopped;
    if (was_handling) --partition.subscription->running;
    if (run.phase == RunPhase::dead_lettered) {
        partition.subscription->metrics->dead_letters.add();
        run.current = run.current->next_record();
        run.undelivered = 0;
    }
    while (run.first != run.current) {
        Record& record = *run.first;
        run.first = record.next_record();
        finish_record(partition, record);
    }
    if (partition.cancelled.load(std::memory_order_relaxed))
        abandon(run);
    else if (run.phase == RunPhase::dead_letter_failed)
        retry_later(run);
    else if (run.phase == RunPhase::handled && run.current != nullptr)
        decide(run);
    else
        end_run(run);
}

void GroupConsumer::finish_record(Partition& partition, Record& record) {
    partition.tracker.done(record.epoch, record.sequence);
    partition.lanes.done(record);
    record.message.reset();
    free_records_.push_back(&record);
}

// The run's records from `current` on go back to the front of their lane.
void GroupConsumer::end_run(Run& run) {
    auto& partition = *run.partition;
    partition.lanes.release(run.lane, run.current);
    --partition.runs;
    run.trace.reset();
    free_runs_.push_back(&run);
}

void GroupConsumer::abandon(Run& run) {
    auto& partition = *run.partition;
    while (run.current != nullptr) {
        Record& record = *run.current;
        run.current = record.next_record();
        partition.lanes.done(record);
        record.message.reset();
        free_records_.push_back(&record);
    }
    end_run(run);
    drop_queued(partition);
    if (partition.runs > 0) return;
    retired_.erase(std::remove_if(retired_.begin(), retired_.end(),
                                  [&](const auto& p) { return p.get() == &partition; }),
                   retired_.end());
}

void GroupConsumer::drop_queued(Partition& partition) {
    for (auto* item = static_cast<Record*>(partition.lanes.clear()); item != nullptr;) {
        Record& record = *item;
        item = record.next_record();
        partition.lanes.done(record);
        record.message.reset();
        free_records_.push_back(&record);
    }
}

// The handler's verdict on `current` is neither ok nor skip.
void GroupConsumer::decide(Run& run) {
    const auto now_ms = tools_.clock.wall_ms();
    if (run.current->first_failed_ms == 0) run.current->first_failed_ms = now_ms;
    switch (run.result.what) {
        case verdict::kind::defer:
            --run.current->attempts;
            wait_until(run, tools_.clock.now() + run.result.delay);
            break;
        case verdict::kind::retry:
            retry_later(run);
            break;
        default:
            send_dead_letter(run);
            break;
    }
}

void GroupConsumer::retry_later(Run& run) {
    auto& partition = *run.partition;
    const auto& message = run.current->message;
    auto& policy = policies_.at(partition.subscription);
    std::optional<milliseconds> delay;
    std::string_view what = "attempt failed";
    std::string_view reason = run.result.reason;
    if (run.phase == RunPhase::dead_letter_failed) {
        // The offset may not move before the dead letter lies safe, so there is no last attempt.
        delay = backoff(policy.options(), ++run.undelivered);
        what = "dead letter not delivered";
        reason = run.publish_error;
    } else if (run.result.type == publish_error_type) {
        // The broker's fault, not the record's.
        --run.current->attempts;
        delay = backoff(policy.options(), ++run.undelivered);
        what = "publication not delivered";
    } else {
        delay = policy.next_delay(run.current->attempts);
    }
    if (!delay) {
        send_dead_letter(run);
        return;
    }
    log::warn(what, {{"topic", partition.topic},
                     {"partition", partition.number},
                     {"offset", message.offset()},
                     {"group", group_},
                     {"handler", partition.subscription->name},
                     {"attempt", run.current->attempts},
                     {"retry_in_ms", delay->count()},
                     {"error_type", run.result.type},
                     {"error", reason}});
    partition.subscription->metrics->retries.add();
    wait_until(run, tools_.clock.now() + *delay);
}

void GroupConsumer::send_dead_letter(Run& run) {
    auto& partition = *run.partition;
    const auto& subscription = *partition.subscription;
    const auto& message = run.current->message;
    const Origin origin{partition.topic,        partition.number,          message.offset(),
                        message.timestamp_ms(), message.log_append_time(), group_};
    const Failure failure{stage_of(run),
                          run.result.type,
                          run.result.reason,
                          run.current->attempts,
                          run.current->first_failed_ms,
                          tools_.clock.wall_ms(),
                          subscription.name};
    if (run.phase != RunPhase::dead_letter_failed)
        log::warn("record goes to the dead-letter topic",
                  {{"topic", partition.topic},
                   {"partition", partition.number},
                   {"offset", message.offset()},
                   {"group", group_},
                   {"handler", subscription.name},
                   {"attempt", failure.attempts},
                   {"stage", name_of(failure.stage)},
                   {"dead_letter_topic", subscription.dead_letter},
                   {"error_type", failure.type},
                   {"error", failure.message}});
    Letter letter;
    letter.topic = subscription.dead_letter;
    if (const auto key = message.key()) letter.key.emplace(*key);
    if (const auto value = message.value()) letter.value.emplace(*value);
    letter.timestamp_ms = message.timestamp_ms();
    letter.headers = run.dead_letter.too_large
                         ? short_dead_letter_headers(headers_of(message), failure)
                         : dead_letter_headers(headers_of(message), origin, failure);
    run.dead_letter.too_large = false;
    tools_.runner.publisher().send_when_possible(std::move(letter), run.dead_letter);
}

void GroupConsumer::on_assigned(const rdkafka::TopicPartitions& partitions, bool settled) {
    joined_ = true;
    // Of a rebalance that takes nothing away the member hears only when it is over.
    if (settled && rebalancing_since_)
        metrics_.rebalance.observe(Seconds{tools_.clock.now() - *rebalancing_since_}.count());
    if (settled) rebalancing_since_.reset();
    tools_.metrics
        .counter("leat_rebalances_total", "Changes of the assignment",
                 {{"group", group_}, {"kind", "assign"}})
        .add();
    for (const auto& tp : partitions) {
        const auto of = std::find_if(subscriptions_.begin(), subscriptions_.end(),
                                     [&](const auto* s) { return s->topic == tp.topic; });
        check(of != subscriptions_.end(), "only subscribed topics are assigned");
        auto partition =
            std::make_unique<Partition>(tp.topic, tp.partition, ++epoch_, options_.limits);
        partition->subscription = *of;
        partition->consumer = this;
        partition->queue = consumer_->open_partition(tp.topic, tp.partition);
        partitions_[{tp.topic, tp.partition}] = std::move(partition);
    }
    consumer_->confirm_assigned(partitions);
    log::info("partitions assigned",
              {{"group", group_}, {"count", partitions.size()}, {"now", partitions_.size()}});
}

void GroupConsumer::on_revoked(const rdkafka::TopicPartitions& partitions, bool lost) {
    tools_.metrics
        .counter("leat_rebalances_total", "Changes of the assignment",
                 {{"group", group_}, {"kind", lost ? "lost" : "revoke"}})
        .add();
    const auto now = tools_.clock.now();
    rebalancing_since_ = now;
    // Two fifths of the time are left for the commit. A member that leaves has waited in drain().
    const auto grace = leaving_ ? milliseconds{0} : options_.revoke_timeout * 3 / 5;
    revocation_ = Revocation{partitions, lost, now + grace, now + options_.revoke_timeout};
    for (const auto& tp : partitions) {
        auto* partition = find(tp.topic, tp.partition);
        if (partition == nullptr) continue;
        partition->cancelled = true;
        for (auto at = timers_.begin(); at != timers_.end();) {
            Run& run = *at->second;
            at = run.partition == partition ? timers_.erase(at) : std::next(at);
            if (run.partition == partition) abandon(run);
        }
        drop_queued(*partition);
    }
    finish_revocation(now);
}

void GroupConsumer::finish_revocation(MonoTime now) {
    bool running = false;
    for (const auto& tp : revocation_->partitions)
        if (const auto* p = find(tp.topic, tp.partition); p != nullptr && p->runs > 0)
            running = true;
    if (running && !revocation_->lost && now < revocation_->grace_ends) return;

    if (!revocation_->lost && !commit_revoked(now)) return;

    const auto revocation = std::exchange(revocation_, std::nullopt);
    consumer_->confirm_revoked(revocation->partitions);
    for (const auto& tp : revocation->partitions) {
        const auto at = partitions_.find({tp.topic, tp.partition});
        if (at == partitions_.end()) continue;
        at->second->queue = {};
        clear_gauges(*at->second);
        if (at->second->runs > 0) retired_.push_back(std::move(at->second));
        partitions_.erase(at);
    }
    log::info("partitions given back", {{"group", group_},
                                        {"count", revocation->partitions.size()},
                                        {"lost", revocation->lost},
                                        {"still_running", running}});
}

bool GroupConsumer::commit_revoked(MonoTime now) {
    constexpr milliseconds shortest{100};
    constexpr milliseconds pause{50};
    const auto offsets = committable(revocation_->partitions);
    if (offsets.empty()) return true;
    const auto left = std::chrono::duration_cast<milliseconds>(revocation_->deadline - now);
    const auto begun = tools_.clock.now();
    const auto done = consumer_->commit_and_wait(offsets, std::max(left, shortest));
    metrics_.commit.observe(Seconds{tools_.clock.now() - begun}.count());
    if (done) return true;
    if (done.error().retriable && now + pause < revocation_->deadline) {
        revocation_->grace_ends = now + pause;
        return false;
    }
    log::warn("commit before giving partitions back failed",
              {{"group", group_}, {"error", done.error().what}});
    return true;
}

rdkafka::TopicPartitions GroupConsumer::committable(const rdkafka::TopicPartitions& of) {
    rdkafka::TopicPartitions offsets;
    for (const auto& tp : of) {
        const auto* partition = find(tp.topic, tp.partition);
        if (partition == nullptr) continue;
        if (const auto offset = partition->tracker.to_commit())
            offsets.push_back({tp.topic, tp.partition, *offset});
    }
    return offsets;
}

void GroupConsumer::commit_if_due(MonoTime now) {
    // Between a revocation and its end the group would refuse commits.
    if (committing_ || revocation_) return;
    std::size_t done = 0;
    for (const auto& [place, p] : partitions_) done += p->tracker.done_since_commit();
    const bool full = done >= options_.commit_records && now >= last_commit_ + shortest_commit_gap;
    if (!full && now < last_commit_ + options_.commit_interval) return;
    last_commit_ = now;
    rdkafka::TopicPartitions all;
    for (const auto& [place, p] : partitions_) all.push_back({place.first, place.second});
    const auto offsets = committable(all);
    if (offsets.empty()) return;
    commit_begun_ = tools_.clock.now();
    if (const auto started = consumer_->commit(offsets); !started)
        log::warn("commit not sent", {{"group", group_}, {"error", started.error().what}});
    else
        committing_ = true;
}

void GroupConsumer::on_committed(const rdkafka::TopicPartitions& partitions,
                                 const std::string& error) {
    committing_ = false;
    metrics_.commit.observe(Seconds{tools_.clock.now() - commit_begun_}.count());
    tools_.metrics
        .counter("leat_commits_total", "Commits of offsets",
                 {{"group", group_}, {"result", error.empty() ? "ok" : "error"}})
        .add();
    if (!error.empty()) {
        // The next commit sends the same offsets or higher ones.
        const bool usual = error == rdkafka::rebalance_in_progress;
        log::write(usual ? log::Level::debug : log::Level::warn, "commit failed",
                   {{"group", group_}, {"error_type", error}});
        return;
    }
    for (const auto& tp : partitions)
        if (auto* p = find(tp.topic, tp.partition)) p->tracker.committed(tp.offset);
}

void GroupConsumer::on_error(const std::string& what, bool fatal) {
    if (fatal) fatal_ = what;
    log::write(fatal ? log::Level::error : log::Level::warn, "kafka consumer error",
               {{"group", group_}, {"fatal", fatal}, {"error", what}});
}

void GroupConsumer::drain() { draining_ = true; }

bool GroupConsumer::idle() const {
    std::size_t out = 0;
    bool runnable = false;
    for (const auto& [place, p] : partitions_) {
        out += p->runs;
        runnable = runnable || p->lanes.runnable();
    }
    return out == timers_.size() && !runnable;
}

void GroupConsumer::leave() {
    draining_ = true;
    if (leaving_ || !consumer_) return;
    leaving_ = true;
    consumer_->close();
}

bool GroupConsumer::left() const { return !consumer_ || (leaving_ && consumer_->closed()); }

}  // namespace leat::service
