#include "broker/partition.hpp"

namespace leat::broker {

Partition::Partition(storage::TopicPartition id, std::shared_ptr<storage::Log> log,
                     storage::Flusher& flusher)
    : id_(std::move(id)), queue_(std::move(log), flusher, [this] { moved(); }) {}

void Partition::watch(std::weak_ptr<PartitionWatcher> watcher) {
    std::erase_if(watchers_, [](const auto& w) { return w.expired(); });
    watchers_.push_back(std::move(watcher));
}

void Partition::moved() {
    const auto watchers = watchers_;  // one of them may be the last who holds the partition
    for (const auto& watcher : watchers)
        if (const auto alive = watcher.lock()) alive->partition_moved();
}

}  // namespace leat::broker
