// Which log is compacted next: Kafka's log cleaner, one log at a time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "broker/config.hpp"
#include "broker/runtime.hpp"
#include "broker/topics.hpp"
#include "storage/compactor.hpp"

namespace leat::broker {

/// Core thread. Internal topics are left to their coordinators, which trim them.
class Cleaner {
public:
    /// All of it outlives the cleaner.
    struct Owners {
        Topics& topics;
        storage::DataDir& data_dir;
        storage::Flusher& flusher;
        log::LimitedLog& events;
    };
    Cleaner(const Runtime& runtime, const Config& config, const Owners& owners);
    ~Cleaner() { *alive_ = false; }
    Cleaner(const Cleaner&) = delete;
    Cleaner& operator=(const Cleaner&) = delete;

    /// Reads what was compacted before, and begins to look for work, unless log.cleaner.enable says
    /// no. What cannot be read is compacted anew.
    void start();
    /// Begins nothing any more; what runs ends.
    void stop();
    /// The topic is about to go: `idle` is called when nothing of ours is in its folders.
    void release(const Topic& topic, std::function<void()> idle);

private:
    struct Choice {
        std::shared_ptr<Partition> partition;
        storage::Compactable what;
    };
    void look_later();
    void look();
    std::optional<Choice> filthiest();
    void begin(const Choice& choice);
    void ended(const std::shared_ptr<Partition>& partition,
               const Result<std::int64_t>& first_dirty);
    void save();
    std::string checkpoint_path() const;

    const Runtime& runtime_;
    const Config& config_;
    Owners owners_;
    storage::Compactor compactor_;
    storage::OffsetCheckpoint first_dirty_;
    std::set<storage::TopicPartition> damaged_;  // left alone until the next start
    bool saving_ = false;
    bool save_follows_ = false;
    bool stopped_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace leat::broker
