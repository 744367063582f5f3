// What a coordinator has to remember, kept in an internal topic: replayed, written, held small.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/producer_identity.hpp"
#include "broker/state_record.hpp"
#include "broker/topics.hpp"

namespace leat::broker {

/// Knows nothing of what the records mean. Core thread.
class StateTopic {
public:
    struct Options {
        Topics::NewTopic topic;  // as it is created when first needed
        /// All that lives in a partition, as records that bring it back; nothing, while records
        /// cannot tell all of it.
        std::function<std::optional<std::vector<StateRecord>>(std::int32_t partition)> snapshot;
        /// A partition is trimmed when its log is larger than this and several times what lives.
        std::uint64_t trim_floor_bytes = std::uint64_t{16} << 20;
    };
    StateTopic(const Runtime& runtime, Topics& topics, storage::Flusher& flusher, Options options);
    ~StateTopic();
    StateTopic(const StateTopic&) = delete;
    StateTopic& operator=(const StateTopic&) = delete;

    /// A record, and the producer in whose transaction it is.
    struct Replayed {
        std::int32_t partition = 0;
        ByteView key;
        std::optional<ByteView> value;
        std::optional<std::int64_t> producer_id;
    };
    struct Visitor {
        std::function<Result<void>(const Replayed&)> record;
        /// The transaction of a producer has ended in a partition.
        std::function<void(std::int32_t partition, std::int64_t producer_id, bool commit)> end{};
    };
    /// At a start: visits all records and ends of each partition in order, if the topic exists.
    /// Error: the visitor's, or a record that cannot be read, by partition and offset.
    Result<void> load(const Visitor& visitor);
    /// Calls `then` once the topic exists, creating it if need be; with
    /// COORDINATOR_NOT_AVAILABLE, if that is not possible.
    void when_ready(std::function<void(kafka::ErrorCode)> then);

    /// Appends the records to a partition as one batch. `done` hears when it is durable, or why it
    /// is not: from the event loop, never from inside this call, and in the order of the writes,
    /// also of those that failed. With `producer` they are in its transaction.
    using Done = std::function<void(kafka::ErrorCode)>;
    void write(std::int32_t partition, const std::vector<StateRecord>& records,
               TimestampMs timestamp, Done done,
               const std::optional<ProducerIdentity>& producer = {});
    /// Appends the marker `batch` in the same way.
    void write_marker(std::int32_t partition, const storage::IncomingBatch& batch, Done done);
    /// The leader epoch of a partition's log; -1 if there is none.
    std::int32_t leader_epoch(std::int32_t partition) const;

private:
    struct Trim;
    std::shared_ptr<Partition> find(std::int32_t partition) const;
    Result<void> replay(Partition& partition, const Visitor& visitor);
    void append(std::int32_t partition, const storage::IncomingBatch& batch, Done done);
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
