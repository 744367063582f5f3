// What goes into and comes out of the group coordinator: tokens, time, answers, writes, limits.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "broker/producer_identity.hpp"
#include "broker/state_record.hpp"
#include "kafka/error_code.hpp"
#include "kafka/messages/group.hpp"
#include "kafka/messages/group_admin.hpp"
#include "kafka/messages/offsets.hpp"

namespace leat::broker {

/// Names one request until its answer; the caller chooses it, never twice.
using RequestToken = std::uint64_t;
/// Names one write until its outcome; the coordinator chooses it, counting from 1.
using PersistId = std::uint64_t;

/// One reading of both clocks. Timeouts and sessions go by `mono`, stored timestamps and the
/// retention of offsets by `wall_ms`.
struct Moment {
    MonoTime mono;
    TimestampMs wall_ms = 0;
};

/// Who asks. The views need to live for the call only.
struct GroupContext {
    std::string_view client_id;
    std::string_view client_host;  // as Kafka shows it: "/127.0.0.1"
    RequestToken token = 0;
    Moment now;
};

using GroupResponse =
    std::variant<kafka::JoinGroupResponse, kafka::SyncGroupResponse, kafka::HeartbeatResponse,
                 kafka::LeaveGroupResponse, kafka::OffsetCommitResponse, kafka::OffsetFetchResponse,
                 kafka::OffsetDeleteResponse, kafka::ListGroupsResponse,
                 kafka::DescribeGroupsResponse, kafka::DeleteGroupsResponse>;

/// The response to the request of `token`, of that request's kind. Each token is answered exactly
/// once; an answer whose connection is gone is dropped by the caller. throttle_time_ms is 0.
struct Answer {
    RequestToken token = 0;
    GroupResponse response;
};

/// Tells whether an offset of (topic, partition) may be committed or deleted: none, or the error
/// for that partition (UNKNOWN_TOPIC_OR_PARTITION, TOPIC_AUTHORIZATION_FAILED …). It is called
/// within the call it is given to, before the group is looked at.
using PartitionJudge =
    std::function<kafka::ErrorCode(const std::string& topic, std::int32_t partition)>;

/// One record of `__consumer_offsets`; no value makes it a tombstone.
using GroupRecord = StateRecord;

/// Records to append to partition `partition` of `__consumer_offsets`, in this order, as one batch,
/// with timestamp `timestamp_ms`. GroupCoordinator::on_persisted() wants their outcome.
struct Persist {
    PersistId id = 0;
    std::int32_t partition = 0;
    TimestampMs timestamp_ms = 0;
    std::vector<GroupRecord> records;
    std::optional<ProducerIdentity> producer{};  // in whose transaction they are
};

/// What an operator wants to know of a group, when it is durable.
struct GroupEvent {
    std::string group_id;
    std::int32_t generation = 0;
    std::size_t members = 0;  // 0: its last one has gone
};

/// What a call asks its caller to do: append first, in order, then send the answers.
struct Effects {
    std::vector<Persist> persists;
    std::vector<Answer> answers;
    std::vector<GroupEvent> events{};
};

/// The coordinator's settings; names and defaults are Kafka's unless a comment says otherwise.
struct GroupConfig {
    std::int32_t offsets_topic_num_partitions = 50;
    std::int32_t group_min_session_timeout_ms = 6'000;
    std::int32_t group_max_session_timeout_ms = 1'800'000;
    /// Kafka's default is 3000, which makes every first consumer wait.
    std::int32_t group_initial_rebalance_delay_ms = 0;
    std::int32_t group_max_size = std::numeric_limits<std::int32_t>::max();
    std::int32_t offset_metadata_max_bytes = 4096;
    std::int64_t offsets_retention_minutes = 10'080;
    std::int64_t offsets_retention_check_interval_ms = 600'000;
    // Limits of our own, against clients that would fill the memory.
    std::size_t max_groups = 100'000;
    std::size_t max_pending_members_per_group = 10'000;
    std::size_t max_offsets_per_group = 200'000;
};

}  // namespace leat::broker
