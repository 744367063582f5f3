// What the coordinator remembers of an append until it hears of its outcome.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "broker/group/group.hpp"
#include "broker/group/group_effects.hpp"

namespace leat::broker {

/// A response that waits for the last of its writes.
struct PendingReply {
    RequestToken token = 0;
    GroupResponse response;
    std::size_t writes = 0;
};

/// An OffsetFetch that waits for commits on their way.
struct PendingFetch {
    RequestToken token = 0;
    std::int16_t version = 0;
    kafka::OffsetFetchRequest request;
    std::size_t writes = 0;
};

/// One Persist. The group is held, so that its outcome never reaches a namesake that came later.
struct PendingWrite {
    std::shared_ptr<Group> group;
    std::vector<TopicPartition> offsets{};  // to settle
    /// In a transaction: its producer, and what it commits for each of `offsets`.
    std::optional<ProducerIdentity> producer{};
    std::vector<CommittedOffset> opened{};
    bool group_record = false;            // to settle
    std::optional<GroupWrite> meaning{};  // to tell the group
    bool deletes_group = false;           // undone if the append fails
    std::shared_ptr<PendingReply> reply{};
    std::vector<std::shared_ptr<PendingFetch>> fetches{};
    std::int32_t partition = 0;
    std::optional<kafka::ErrorCode> outcome{};
};

/// What clients are told when an append fails with `outcome`, so that they look for the
/// coordinator again, or retry.
kafka::ErrorCode group_error(kafka::ErrorCode outcome);

/// Puts `error` in the place where `response` tells of a failed append; `group_id` is the group
/// whose append it was.
void set_error(GroupResponse& response, kafka::ErrorCode error, const std::string& group_id);

}  // namespace leat::broker
