// Where partitions begin and end, and what groups have committed. One thread per Cluster.
#pragma once

#include <optional>

#include "client/leaders.hpp"

namespace leat::client {

/// What to look for in a partition: a time in ms since 1970, or one of these.
inline constexpr std::int64_t at_end = -1;
inline constexpr std::int64_t at_beginning = -2;
inline constexpr std::int64_t at_largest_timestamp = -3;

struct OffsetQuery {
    TopicPartition partition;
    std::int64_t timestamp = at_end;
};

struct FoundOffset {
    TopicPartition partition;
    kafka::ErrorCode error_code = kafka::ErrorCode::none;
    /// The first offset whose record is at or after the asked time; -1 if there is none.
    std::int64_t offset = -1;
    std::int64_t timestamp = -1;
    std::int32_t leader_epoch = -1;
};

/// Answers in the order of the queries. `read_committed` ends at the last stable offset. Errors:
/// not_found, unavailable, timed_out; a partition's own error is in its answer.
Result<std::vector<FoundOffset>> list_offsets(Cluster& cluster, std::vector<OffsetQuery> queries,
                                              bool read_committed = false);

/// The begin and end of partitions; the next record will have the end's offset.
struct OffsetRange {
    TopicPartition partition;
    std::int64_t begin = 0;
    std::int64_t end = 0;
};

/// Errors as list_offsets(), and the first partition's error.
Result<std::vector<OffsetRange>> offset_ranges(Cluster& cluster,
                                               const std::vector<TopicPartition>& partitions,
                                               bool read_committed = false);

/// Every partition of `topic`, by number. Errors: not_found, unavailable.
Result<std::vector<TopicPartition>> partitions_of(Cluster& cluster, const std::string& topic);

struct CommittedOffset {
    TopicPartition partition;
    std::int64_t offset = -1;
    std::int32_t leader_epoch = -1;
    std::string metadata = {};
};

/// All offsets that `group` has committed, by topic and partition. A group that is not there has
/// none; if one of them cannot be read, that is the error. Errors: not_found, unavailable,
/// invalid_argument.
Result<std::vector<CommittedOffset>> committed_offsets(Cluster& cluster, const std::string& group);

/// Who commits: a member of a generation, or nobody, for a group without members.
struct Membership {
    std::int32_t generation_id = -1;
    std::string member_id = {};
};

/// Commits as `member`; gives the broker's answer, the first that is not good;
/// UNKNOWN_TOPIC_OR_PARTITION only if there is no other. Errors: unavailable, timed_out,
/// unsupported.
Result<kafka::ErrorCode> commit_offsets_as(Cluster& cluster, const std::string& group,
                                           const Membership& member,
                                           const std::vector<CommittedOffset>& offsets);

/// Commits for a group without members. Error: invalid_argument with the broker's reason, such as
/// UNKNOWN_MEMBER_ID while the group is active.
Result<void> commit_offsets(Cluster& cluster, const std::string& group,
                            const std::vector<CommittedOffset>& offsets);

}  // namespace leat::client
