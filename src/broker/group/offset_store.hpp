// The committed offsets of one group: durable ones for readers, appended ones for the log.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/topic_partition.hpp"
#include "broker/group/group_effects.hpp"
#include "broker/group/staged.hpp"
#include "kafka/messages/group_records.hpp"

namespace leat::broker {

using CommittedOffset = kafka::OffsetCommitValue;

/// When an offset's retention counts from its own commit, or from one moment for all.
struct ExpiryRule {
    std::optional<TimestampMs> since;  // nothing: each offset's commit timestamp
    TimestampMs retention_ms = 0;
};

class OffsetStore {
public:
    using Visit = std::function<void(const std::string& topic, std::int32_t partition,
                                     const CommittedOffset& offset)>;

    /// Sets (or, with nothing, removes) what the log already holds.
    void load(const std::string& topic, std::int32_t partition,
              std::optional<CommittedOffset> offset);
    /// Notes a commit on its way (nothing: a tombstone). One settle() follows for each.
    void append(const std::string& topic, std::int32_t partition,
                std::optional<CommittedOffset> offset);
    void settle(const std::string& topic, std::int32_t partition, bool durable);

    /// The durable commit of a partition; null if there is none. Valid until the next change.
    const CommittedOffset* durable(const std::string& topic, std::int32_t partition) const;
    /// Whether the end of the log holds a commit of the partition.
    bool appended(const std::string& topic, std::int32_t partition) const;
    /// Whether the partition is known, if only by an append on its way.
    bool contains(const std::string& topic, std::int32_t partition) const;

    /// Visits all durable, or all appended, commits in the order of topic and partition.
    void each_durable(const Visit& visit) const;
    void each_appended(const Visit& visit) const;
    void each_appended(const std::string& topic, const Visit& visit) const;

    bool empty() const { return by_topic_.empty(); }
    /// Partitions known.
    std::size_t size() const { return size_; }
    /// Partitions with a durable commit.
    std::size_t durable_count() const { return durable_count_; }
    /// Appends that have not settled.
    std::size_t in_flight() const { return in_flight_; }

    /// Whether `offset` has outlived `rule` at `now`.
    static bool is_expired(const CommittedOffset& offset, const ExpiryRule& rule, TimestampMs now);

private:
    using Partitions = std::map<std::int32_t, Staged<CommittedOffset>>;
    void forget_if_unused(const std::string& topic, std::int32_t partition);
    Staged<CommittedOffset>& at(const std::string& topic, std::int32_t partition);
    const Staged<CommittedOffset>* find(const std::string& topic, std::int32_t partition) const;

    std::map<std::string, Partitions> by_topic_;
    std::size_t size_ = 0;
    std::size_t durable_count_ = 0;
    std::size_t in_flight_ = 0;
};

}  // namespace leat::broker
