// What a coordinator has to remember, kept in an internal topic: replayed, written, held small.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/state_record.hpp"
#include "broker/topics.hpp"

namespace leat::broker {

/// Knows nothing of what the records mean. Core thread.
class StateTopic {
public:
    struct Options {
        Topics::NewTopic topic;  // as it is created when first needed
        /// All that lives in a partition, as records that bring it back.
        std::function<std::vector<StateRecord>(std::int32_t partition)> snapshot;
        /// A partition is trimmed when its log is larger than this and several times what lives.
        std::uint64_t trim_floor_bytes = std::uint64_t{16} << 20;
    };
    StateTopic(const Runtime& runtime, Topics& topics, storage::Flusher& flusher, Options options);
    ~StateTopic();
    StateTopic(const StateTopic&) = delete;
    StateTopic& operator=(const StateTopic&) = delete;

    using Visit = std::function<Result<void>(std::int32_t partition, ByteView key,
                                             std::optional<ByteView> value)>;
    /// At a start: calls `visit` for each record of each partition in order, if the topic exists.
    /// Error: `visit`'s, or a record that cannot be read, by partition and offset.
    Result<void> load(const Visit& visit);
    /// Calls `then` once the topic exists, creating it if need be; with
    /// COORDINATOR_NOT_AVAILABLE, if that is not possible.
    void when_ready(std::function<void(kafka::ErrorCode)> then);

    /// Appends the records to a partition as one batch. `done` hears when it is durable, or why it
    /// is not: from the event loop, never from inside this call, and in the order of the writes,
    /// also of those that failed.
    void write(std::int32_t partition, const std::vector<StateRecord>& records,
               TimestampMs timestamp, std::function<void(kafka::ErrorCode)> done);

private:
    struct Trim;
    std::shared_ptr<Partition> find(std::int32_t partition) const;
    Result<void> replay(Partition& partition, const Visit& visit);
    void attach_trims();
    void trim_if_due(std::int32_t partition);

    const Runtime& runtime_;
    Topics& topics_;
    storage::Flusher& flusher_;
    Options options_;
    std::vector<std::function<void(kafka::ErrorCode)>> waiting_;
    std::map<std::int32_t, std::shared_ptr<Trim>> trims_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace leat::broker
