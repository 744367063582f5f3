// Which partitions a group member has, which it is giving back, and whose runs are still out.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "service/rdkafka_consumer.hpp"
#include "service/run.hpp"

namespace leat::service {

/// Partitions that are being taken away. Until they are given back the group waits.
struct Revocation {
    rdkafka::TopicPartitions partitions;
    bool lost;            // another member may have them already: commits will be refused
    MonoTime grace_ends;  // and when a refused commit is tried again
    MonoTime deadline;
};

/// The partitions of a member:
///
///   add() → its own → begin_revocation() → being taken away → end_revocation() → gone
///                                                                         └→ retired, while runs
///                                                                            are out → bury()
///
/// Lives on the poll thread.
class Assignment {
public:
    using Partitions = std::map<std::pair<std::string, std::int32_t>, std::unique_ptr<Partition>>;

    explicit Assignment(LaneLimits limits) : limits_(limits) {}

    /// Null if the member has no such partition.
    Partition* find(const std::string& topic, std::int32_t number);
    /// The member's partitions, those included that are being taken away.
    const Partitions& partitions() const { return partitions_; }

    Partition& add(const std::string& topic, std::int32_t number, Subscription& subscription);
    /// The offsets went back, so that what was known of the partition counts no more.
    void start_over(Partition& partition) { partition.tracker = CommitTracker{++epoch_}; }

    /// From here on work on these partitions is pointless. Gives those that the member has.
    std::vector<Partition*> begin_revocation(Revocation revocation);
    std::optional<Revocation>& revocation() { return revocation_; }
    const std::optional<Revocation>& revocation() const { return revocation_; }
    /// Whether runs of partitions that are being taken away are out.
    bool revoked_runs_are_out();
    /// They are given back. Runs that are out keep theirs until bury().
    void end_revocation();

    /// A run of `partition`, which was taken away, is back: forgets it if that was the last one.
    void bury(Partition& partition);

private:
    LaneLimits limits_;
    Partitions partitions_;
    std::vector<std::unique_ptr<Partition>> retired_;
    std::optional<Revocation> revocation_;
    std::uint64_t epoch_ = 0;
};

}  // namespace leat::service
