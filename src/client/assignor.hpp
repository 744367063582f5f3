// Kafka's range assignor, and what consumers tell each other of subscriptions and assignments
// through JoinGroup and SyncGroup. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "client/leaders.hpp"

namespace leat::client {

/// "range": every client knows it.
inline constexpr std::string_view range_assignor = "range";

/// A member as the group's leader sees it.
struct Subscriber {
    std::string member_id;
    /// The name of a static member; empty for others.
    std::string instance_id = {};
    std::vector<std::string> topics = {};
};

/// Gives each topic's partitions, in order, to those who want the topic, in the order of their
/// names: as even as may be, the first with one more. By member id; each member has an entry.
std::map<std::string, std::vector<TopicPartition>> assign_ranges(
    std::vector<Subscriber> members, const std::map<std::string, std::int32_t>& partition_counts);

Bytes write_subscription(const std::vector<std::string>& topics);
/// The topics in a subscription. Error: corrupt, what the bytes are ("7 bytes that are not …"), for
/// the sentence of whoever knows the member.
Result<std::vector<std::string>> read_subscription(ByteView bytes);

Bytes write_assignment(const std::vector<TopicPartition>& partitions);
/// The partitions in a member's assignment, sorted; none in no bytes, which a member has before the
/// leader has assigned to it. Error: as read_subscription().
Result<std::vector<TopicPartition>> read_assignment(ByteView bytes);

}  // namespace leat::client
