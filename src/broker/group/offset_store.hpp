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
/// Where a commit stands in its log: later ones have larger numbers.
using CommitOrder = std::uint64_t;

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
              std::optional<CommittedOffset> offset, CommitOrder order);
    /// Notes a commit on its way (nothing: a tombstone). One settle() follows for each.
    void append(const std::string& topic, std::int32_t partition,
                std::optional<CommittedOffset> offset, CommitOrder order);
    void settle(const std::string& topic, std::int32_t partition, bool durable);

    // Commits in a transaction hold once that is committed. A tombstone takes them away.

    /// A commit in the open transaction of a producer, which is durable.
    void open(std::int64_t producer_id, const std::string& topic, std::int32_t partition,
              CommittedOffset offset, CommitOrder order);
    /// One that is on its way counts as in flight: settle_open() follows for each.
    void append_open() { ++in_flight_; }
    void settle_open();
    /// Ends the producer's transaction: what it committed holds, unless something later does.
    void end_transaction(std::int64_t producer_id, bool commit);
    /// Whether a transaction that is open has committed for the partition.
    bool is_open(const std::string& topic, std::int32_t partition) const;
    /// Visits partitions with such commits.
    void each_open(const std::function<void(const TopicPartition&)>& visit) const;

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

    bool empty() const { return by_topic_.empty() && open_.empty() && in_flight_ == 0; }
    /// Partitions known otherwise than by an open transaction.
    std::size_t size() const { return size_; }
    bool has_open() const { return !open_.empty(); }
    /// Partitions with a durable commit.
    std::size_t durable_count() const { return durable_count_; }
    /// Appends that have not settled.
    std::size_t in_flight() const { return in_flight_; }

    /// Whether `offset` has outlived `rule` at `now`.
    static bool is_expired(const CommittedOffset& offset, const ExpiryRule& rule, TimestampMs now);

private:
    struct Placed {
        CommittedOffset offset;
        CommitOrder order = 0;
    };
    using Partitions = std::map<std::int32_t, Staged<Placed>>;
    void forget_if_unused(const std::string& topic, std::int32_t partition);
    Staged<Placed>& at(const std::string& topic, std::int32_t partition);
    const Staged<Placed>* find(const std::string& topic, std::int32_t partition) const;
    void drop_open(const TopicPartition& partition);

    std::map<std::string, Partitions> by_topic_;
    std::map<std::int64_t, std::map<TopicPartition, Placed>> open_;  // by producer id
    std::map<TopicPartition, std::size_t> open_count_;               // in how many transactions
    std::size_t size_ = 0;
    std::size_t durable_count_ = 0;
    std::size_t in_flight_ = 0;
};

}  // namespace leat::broker
