#include "broker/partition.hpp"

#include <algorithm>

namespace leat::broker {

Partition::Partition(storage::TopicPartition id, std::shared_ptr<storage::Log> log)
    : id_(std::move(id)), log_(std::move(log)) {
    log_->on_progress = [this] { moved(); };
}

Partition::~Partition() { log_->on_progress = nullptr; }

void Partition::when_safe(std::int64_t offset, std::function<void(bool)> done) {
    if (closed_ || log_->is_offline()) return done(false);
    if (offset <= log_->high_watermark()) return done(true);
    waiters_.push_back({offset, std::move(done)});
}

void Partition::watch(std::weak_ptr<PartitionWatcher> watcher) {
    std::erase_if(watchers_, [](const auto& w) { return w.expired(); });
    watchers_.push_back(std::move(watcher));
}

void Partition::close() {
    closed_ = true;
    moved();
}

void Partition::moved() {
    const bool failed = closed_ || log_->is_offline();
    // A waiter may append and wait again, or drop the topic: take what is due out first.
    std::vector<std::function<void(bool)>> due;
    std::vector<std::function<void(bool)>> lost;
    while (!waiters_.empty()) {
        const bool safe = waiters_.front().offset <= log_->high_watermark();
        if (!safe && !failed) break;
        (safe ? due : lost).push_back(std::move(waiters_.front().done));
        waiters_.pop_front();
    }
    const auto watchers = watchers_;
    for (const auto& done : due) done(true);
    for (const auto& done : lost) done(false);
    for (const auto& watcher : watchers)
        if (const auto alive = watcher.lock()) alive->partition_moved();
}

}  // namespace leat::broker
