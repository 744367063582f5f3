// A partition as the broker serves it: its log, and who waits for it to move.
#pragma once

#include <memory>
#include <vector>

#include "storage/checkpoint.hpp"
#include "storage/commit_queue.hpp"

namespace leat::broker {

/// Someone to be told when a partition's high watermark moved or its log went offline.
class PartitionWatcher {
public:
    virtual ~PartitionWatcher() = default;
    virtual void partition_moved() = 0;
};

/// Core thread. Held by shared_ptr: a request that waits keeps it while its topic is deleted.
class Partition {
public:
    /// The Flusher watches the log already, and outlives the partition.
    Partition(storage::TopicPartition id, std::shared_ptr<storage::Log> log,
              storage::Flusher& flusher);
    Partition(const Partition&) = delete;
    Partition& operator=(const Partition&) = delete;

    const storage::TopicPartition& id() const { return id_; }
    storage::Log& log() { return *queue_.log(); }
    const std::shared_ptr<storage::Log>& shared_log() const { return queue_.log(); }
    /// Appends to the log; waits for what was appended, and for what was promised.
    storage::CommitQueue& queue() { return queue_; }

    /// Tells `watcher` of every move while it lives.
    void watch(std::weak_ptr<PartitionWatcher> watcher);
    /// Wakes all who wait: the topic is gone.
    void close() { queue_.close(); }
    /// Forgets all who wait, unheard: the broker ends.
    void abandon() { queue_.abandon(); }
    bool is_closed() const { return queue_.is_closed(); }

private:
    void moved();

    storage::TopicPartition id_;
    std::vector<std::weak_ptr<PartitionWatcher>> watchers_;
    storage::CommitQueue queue_;
};

}  // namespace leat::broker
