// Which topics there are: names, ids, configurations and partitions, durable before acknowledged.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/limited_log.hpp"
#include "base/topic_name.hpp"
#include "broker/config.hpp"
#include "broker/partition.hpp"
#include "broker/runtime.hpp"
#include "broker/tentative.hpp"
#include "kafka/compression.hpp"
#include "kafka/error_code.hpp"
#include "storage/data_dir.hpp"
#include "storage/flusher.hpp"
#include "storage/state_log.hpp"

namespace leat::broker {

inline constexpr std::string_view offsets_topic = "__consumer_offsets";
inline constexpr std::string_view transaction_topic = "__transaction_state";

struct Topic {
    std::string name;
    Uuid id;
    ConfigMap overrides;
    Tentative<ConfigMap> changes;  // of `overrides`
    // What every produce asks for, kept in numbers: max.message.bytes, message.timestamp.*,
    // cleanup.policy with compact, and compression.type, with its level, unless it is producer.
    std::size_t max_message_bytes = 0;
    std::int64_t timestamp_before_max_ms = 0;
    std::int64_t timestamp_after_max_ms = 0;
    std::size_t max_inflated_bytes = 0;  // of one batch's records: socket.request.max.bytes
    bool keys_required = false;
    std::optional<kafka::Compression> compress_with;
    /// As many partitions as the durable state says; the newest may still be opening.
    std::int32_t partition_count = 0;
    std::vector<std::shared_ptr<Partition>> partitions;

    bool is_internal() const { return name == offsets_topic || name == transaction_topic; }
    std::shared_ptr<Partition> partition(std::int32_t index) const {
        const auto at = static_cast<std::size_t>(index);
        return index >= 0 && at < partitions.size() ? partitions[at] : nullptr;
    }
};

/// An error code with a sentence for the client.
struct Refusal {
    kafka::ErrorCode code = kafka::ErrorCode::none;
    std::string message;
};

/// Core thread. What is refused changes nothing; what is accepted is called back for when durable.
class Topics {
public:
    using Done = std::function<void(Refusal)>;

    /// All of it outlives the topics.
    struct Owners {
        storage::DataDir& data_dir;
        storage::Flusher& flusher;
        storage::StateLog& state;
        log::LimitedLog& events;
    };
    Topics(const Runtime& runtime, const Config& config, const Owners& owners);
    ~Topics();
    Topics(const Topics&) = delete;
    Topics& operator=(const Topics&) = delete;

    /// Opens the logs of every topic that the state holds; finishes interrupted deletions. Error:
    /// a log that refuses to open, by name.
    Result<void> open_all();

    std::shared_ptr<Topic> find(std::string_view name) const;
    std::shared_ptr<Topic> find(const Uuid& id) const;
    /// By name, ascending.
    const std::map<std::string, std::shared_ptr<Topic>, std::less<>>& all() const {
        return by_name_;
    }
    std::size_t partition_count() const { return partition_count_; }

    struct NewTopic {
        std::string name;
        std::int32_t partitions = -1;  // -1: num.partitions
        std::int16_t replication_factor = -1;
        ConfigMap overrides;
    };
    /// Why no topic of this name could be created; code none if one could.
    Refusal check_new_name(const std::string& name) const;
    /// Why the topic could not be created; code none if it could. `others`: partitions that are to
    /// be made beside it.
    Refusal check_new(const NewTopic& topic, std::size_t others = 0) const;
    void create(const NewTopic& topic, Done done);
    void remove(const std::string& name, Done done);
    /// Why the topic could not have `count` partitions; `others` as above.
    Refusal check_growth(const std::string& name, std::int32_t count, std::size_t others = 0) const;
    /// Raises the number of partitions to `count`.
    void grow(const std::string& name, std::int32_t count, Done done);
    /// Replaces a topic's overrides. They must be what checked_topic_config() gave.
    void configure(const std::string& name, ConfigMap overrides, Done done);
    /// Brings every topic in line with changed broker defaults.
    void defaults_changed();

    /// Called before a topic's folders go, with what is to be called when nobody is in them.
    std::function<void(const Topic&, std::function<void()> idle)> on_leaving;
    /// Called after a topic is gone.
    std::function<void(const Topic&)> on_removed;

private:
    // A topic on its way out: it has gone once that is durable and no sync of its logs runs.
    struct Removal {
        std::shared_ptr<Topic> topic;
        std::string marker;
        Done done;
        std::size_t awaited = 0;
    };
    void let_go(const std::shared_ptr<Removal>& removal);
    void advance(Removal& removal);
    Result<void> open_partitions(Topic& topic);
    Result<void> remove_leftovers();
    Result<void> finish_deletions();
    Result<void> remove_folders(const std::vector<storage::TopicPartition>& partitions,
                                std::vector<std::string> markers);
    bool has_room_for(std::size_t partitions) const;
    void insert(std::shared_ptr<Topic> topic);
    void apply_config(Topic& topic);
    std::string encoded(const Topic& topic) const;
    ConfigMap usable_overrides(const std::string& topic, const ConfigMap& stored) const;
    void tell_without_effect(const Topic& topic, std::int16_t replication_factor = 1);
    void tell_once(const std::string& key, const std::string& value, const std::string& topic,
                   std::string_view why);

    const Runtime& runtime_;
    const Config& config_;
    storage::DataDir& data_dir_;
    storage::Flusher& flusher_;
    storage::StateLog& state_;
    log::LimitedLog& events_;
    std::set<std::pair<std::string, std::string>> told_;  // keys without effect, and why
    std::map<std::string, std::shared_ptr<Topic>, std::less<>> by_name_;
    std::unordered_map<Uuid, std::shared_ptr<Topic>> by_id_;
    std::set<std::string, std::less<>> creating_;  // names that are being made or taken away
    std::size_t partition_count_ = 0;
    std::size_t promised_partitions_ = 0;  // that are being made
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace leat::broker
