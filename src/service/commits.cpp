#include "service/commits.hpp"

#include "base/log.hpp"

namespace leat::service {
namespace {

using std::chrono::milliseconds;
using Seconds = std::chrono::duration<double>;

constexpr milliseconds shortest_gap{100};

}  // namespace

Commits::Commits(std::string group, CommitOptions options, Histogram duration, Metrics& metrics,
                 const Clock& clock)
    : group_(std::move(group)),
      options_(options),
      duration_(duration),
      metrics_(metrics),
      clock_(clock),
      last_(clock.now()) {}

MonoTime Commits::next_due() const {
    return under_way_ ? MonoTime::max() : last_ + options_.interval;
}

void Commits::commit_if_due(rdkafka::Consumer& consumer, const Assignment& assignment,
                            MonoTime now) {
    // Between a revocation and its end the group would refuse commits.
    if (under_way_ || assignment.revocation()) return;
    std::size_t done = 0;
    for (const auto& [place, p] : assignment.partitions()) done += p->tracker.done_since_commit();
    const bool full = done >= options_.records && now >= last_ + shortest_gap;
    if (!full && now < last_ + options_.interval) return;
    last_ = now;
    rdkafka::TopicPartitions offsets;
    for (const auto& [place, p] : assignment.partitions())
        if (const auto offset = p->tracker.to_commit())
            offsets.push_back({place.first, place.second, *offset});
    if (offsets.empty()) return;
    begun_ = clock_.now();
    if (const auto started = consumer.commit(offsets); !started)
        log::warn("commit not sent", {{"group", group_}, {"error", started.error().what}});
    else
        under_way_ = true;
}

void Commits::ended(Assignment& assignment, const rdkafka::TopicPartitions& partitions,
                    const std::string& error) {
    under_way_ = false;
    duration_.observe(Seconds{clock_.now() - begun_}.count());
    metrics_
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
        if (auto* p = assignment.find(tp.topic, tp.partition)) p->tracker.committed(tp.offset);
}

bool Commits::commit_revoked(rdkafka::Consumer& consumer, Assignment& assignment, MonoTime now) {
    constexpr milliseconds shortest{100};
    constexpr milliseconds pause{50};
    auto& revocation = *assignment.revocation();
    rdkafka::TopicPartitions offsets;
    for (const auto& tp : revocation.partitions)
        if (const auto* p = assignment.find(tp.topic, tp.partition); p != nullptr)
            if (const auto offset = p->tracker.to_commit())
                offsets.push_back({tp.topic, tp.partition, *offset});
    if (offsets.empty()) return true;
    const auto left = std::chrono::duration_cast<milliseconds>(revocation.deadline - now);
    const auto begun = clock_.now();
    const auto done = consumer.commit_and_wait(offsets, std::max(left, shortest));
    duration_.observe(Seconds{clock_.now() - begun}.count());
    if (done) return true;
    if (done.error().retriable && now + pause < revocation.deadline) {
        revocation.grace_ends = now + pause;
        return false;
    }
    log::warn("commit before giving partitions back failed",
              {{"group", group_}, {"error", done.error().what}});
    return true;
}

}  // namespace leat::service
