// Classic consumer groups and their committed offsets: membership, rebalances, commits, admin.
//
// Pure: no I/O, no clock, no thread. Every call takes the time and returns Effects; the caller (the
// broker's core thread, always the same) appends, sends, and reports what became of the appends.
// What a Persist holds is visible and acknowledged only once on_persisted() says that it is
// durable. (KIP-62, KIP-345, KIP-394, KIP-211, KIP-496, KIP-709)
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/uuid.hpp"
#include "broker/group/deadlines.hpp"
#include "broker/group/group_effects.hpp"
#include "broker/group/offset_store.hpp"

namespace leat::broker {

class Group;
struct PendingReply;
struct PendingWrite;
struct Turn;

class GroupCoordinator {
public:
    /// `make_uuid` makes the random part of member ids; tests pass a seeded one.
    explicit GroupCoordinator(GroupConfig config, std::function<Uuid()> make_uuid = Uuid::random);
    ~GroupCoordinator();
    GroupCoordinator(const GroupCoordinator&) = delete;
    GroupCoordinator& operator=(const GroupCoordinator&) = delete;

    // Start: replay() every record of every partition in log order, then loaded() once, then serve.

    /// Takes in one record of partition `partition` (control records excepted). Error: corrupt or
    /// unsupported; the caller adds the record's offset and refuses to start. `producer_id`: of the
    /// transaction that the record is in.
    Result<void> replay(std::int32_t partition, ByteView key, std::optional<ByteView> value,
                        std::optional<std::int64_t> producer_id = {});
    /// Takes in the end of a producer's transaction.
    void replay_end(std::int32_t partition, std::int64_t producer_id, bool commit);
    /// Ends the replay: sessions of loaded members start now.
    Effects loaded(Moment now);
    /// Records of types that we do not know (KIP-848 and later), by type, for one line in the log.
    /// They are kept and are part of every snapshot().
    std::map<std::int16_t, std::size_t> unknown_records() const;

    // Requests. `version` is the request's API version. The answer, under context.token, is among
    // the effects of this call or of a later one.

    Effects join_group(const kafka::JoinGroupRequest& request, std::int16_t version,
                       const GroupContext& context);
    Effects sync_group(const kafka::SyncGroupRequest& request, std::int16_t version,
                       const GroupContext& context);
    Effects heartbeat(const kafka::HeartbeatRequest& request, std::int16_t version,
                      const GroupContext& context);
    Effects leave_group(const kafka::LeaveGroupRequest& request, std::int16_t version,
                        const GroupContext& context);

    /// From version 10 on the caller has set `name` from the topic id; a name left empty is
    /// answered with UNKNOWN_TOPIC_ID. With `producer`, who has the partition of the group in its
    /// transaction, it is a TxnOffsetCommit in the form of version 8: what it commits holds once
    /// the transaction is committed.
    Effects offset_commit(const kafka::OffsetCommitRequest& request, std::int16_t version,
                          const GroupContext& context, const PartitionJudge& judge,
                          const std::optional<ProducerIdentity>& producer = {});
    /// Answered at once, but with `require_stable` after the commits that are on their way. From
    /// version 10 on the caller sets names as above, and sets the topic ids that are zero in an
    /// answer about all topics.
    Effects offset_fetch(const kafka::OffsetFetchRequest& request, std::int16_t version,
                         const GroupContext& context);
    Effects offset_delete(const kafka::OffsetDeleteRequest& request, std::int16_t version,
                          const GroupContext& context, const PartitionJudge& judge);

    Effects list_groups(const kafka::ListGroupsRequest& request, std::int16_t version,
                        const GroupContext& context) const;
    /// authorized_operations is left at its default: the caller fills it.
    Effects describe_groups(const kafka::DescribeGroupsRequest& request, std::int16_t version,
                            const GroupContext& context) const;
    Effects delete_groups(const kafka::DeleteGroupsRequest& request, std::int16_t version,
                          const GroupContext& context);

    // Events.

    /// The outcome of a Persist: `none` once durable, or why the append failed (as Produce would
    /// say: KAFKA_STORAGE_ERROR, MESSAGE_TOO_LARGE …). Exactly once for each, in any order: it is
    /// acted upon once the outcomes of all earlier appends to the same partition are known.
    Effects on_persisted(PersistId id, kafka::ErrorCode outcome, Moment now);
    /// Does what is due: sessions, rebalances, expiry of offsets. Cheap if nothing is.
    Effects tick(Moment now);
    /// When tick() is next needed; nothing before loaded(). Ask again after every call.
    std::optional<MonoTime> next_deadline() const;
    /// The marker that ends the transaction of a producer in `partition` is durable.
    void on_transaction_end(std::int32_t partition, std::int64_t producer_id, bool commit);
    /// Takes the offsets of a deleted topic out of every group.
    Effects on_topic_deleted(const std::string& topic, Moment now);

    /// Everything that partition `partition` holds at the end of its log, appends on their way
    /// included: appended behind them, it stands for all that is before it. Nothing while a
    /// transaction is open there: it is told by the records themselves.
    std::optional<std::vector<GroupRecord>> snapshot(std::int32_t partition) const;
    /// The partition that holds what is known of a group.
    std::int32_t partition_of(const std::string& group_id) const;

    /// Groups that exist, members of them, and committed partitions: for metrics.
    struct Size {
        std::size_t groups = 0;
        std::size_t members = 0;
        std::size_t offsets = 0;
    };
    Size size() const;

private:
    using GroupPtr = std::shared_ptr<Group>;

    // group_coordinator.cpp
    GroupPtr find(const std::string& group_id) const;
    GroupPtr create(const std::string& group_id, const Moment& now);
    void finish(const GroupPtr& group, Turn& turn, Effects& effects,
                const std::shared_ptr<PendingReply>& reply = {});
    void act_on_outcome(PersistId id, PendingWrite& write, const Moment& now, Effects& effects);
    void issue(PendingWrite write, std::vector<GroupRecord> records, const Moment& now,
               Effects& effects);
    static void conclude(PendingReply& reply, Effects& effects);
    void forget_if_unused(const GroupPtr& group);
    // coordinator_offsets.cpp
    void write_commits(PendingWrite write, const kafka::OffsetCommitRequest& request,
                       const Moment& now, Effects& effects);
    kafka::OffsetFetchResponse fetch(const kafka::OffsetFetchRequest& request,
                                     std::int16_t version) const;
    std::optional<PersistId> newest_commit_in_flight(const std::string& group_id) const;
    void settle_transactional(PendingWrite& write, PersistId id, bool durable);
    void open_offset(const GroupPtr& group, std::int64_t producer_id,
                     const TopicPartition& partition, CommittedOffset offset, CommitOrder order);
    // coordinator_admin.cpp
    static bool is_visible(const Group& group);
    void remove_offsets(const PendingWrite& whole, const Moment& now, Effects& effects);
    void remove_group(const GroupPtr& group, const std::shared_ptr<PendingReply>& reply,
                      const Moment& now, Effects& effects);
    void expire(const GroupPtr& group, const Moment& now, Effects& effects);

    const GroupConfig config_;
    const std::function<Uuid()> make_uuid_;
    std::map<std::string, GroupPtr> groups_;
    Deadlines<std::string> due_;  // of groups, by id
    std::optional<MonoTime> expiry_at_;
    PersistId next_id_ = 1;
    std::map<PersistId, std::unique_ptr<PendingWrite>> writes_;
    std::vector<std::deque<PersistId>> issued_;  // by partition, oldest first
    /// By partition and producer: the groups whose offsets its open transaction commits.
    std::vector<std::map<std::int64_t, std::set<GroupPtr>>> in_transactions_;
    std::vector<std::map<Bytes, Bytes>> carried_;  // by partition: records of unknown types
    std::map<std::int16_t, std::size_t> unknown_;
};

}  // namespace leat::broker
