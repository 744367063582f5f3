// A partition as the broker serves it: its log, and who waits for it to move.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "storage/checkpoint.hpp"
#include "storage/log.hpp"

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
    Partition(storage::TopicPartition id, std::shared_ptr<storage::Log> log);
    ~Partition();
    Partition(const Partition&) = delete;
    Partition& operator=(const Partition&) = delete;

    const storage::TopicPartition& id() const { return id_; }
    storage::Log& log() { return *log_; }
    const std::shared_ptr<storage::Log>& shared_log() const { return log_; }

    /// Calls `done(true)` once all below `offset` is under the high watermark, at once if it is;
    /// `done(false)` if the log goes offline or the partition is deleted first.
    void when_safe(std::int64_t offset, std::function<void(bool)> done);
    /// Tells `watcher` of every move while it lives.
    void watch(std::weak_ptr<PartitionWatcher> watcher);
    /// Wakes all who wait: the topic is gone.
    void close();
    bool is_closed() const { return closed_; }

private:
    void moved();

    struct Waiter {
        std::int64_t offset;
        std::function<void(bool)> done;
    };
    storage::TopicPartition id_;
    std::shared_ptr<storage::Log> log_;
    std::deque<Waiter> waiters_;  // offsets ascend: appends are in order
    std::vector<std::weak_ptr<PartitionWatcher>> watchers_;
    bool closed_ = false;
};

}  // namespace leat::broker
