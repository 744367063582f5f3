// One member of a classic consumer group (KIP-62, KIP-394): joins, keeps alive, commits, leaves.
// One thread; whoever uses it calls keep_alive() often.
#pragma once

#include "client/assignor.hpp"
#include "client/offsets.hpp"
#include "kafka/messages/group.hpp"

namespace leat::client {

struct MemberOptions {
    std::string group;
    std::vector<std::string> topics;
    /// How long the group waits for a sign of life, and for members that must join again.
    std::chrono::milliseconds session_timeout{45'000};
    std::chrono::milliseconds rebalance_timeout{60'000};
    std::chrono::milliseconds heartbeat_interval{3'000};
};

class GroupMember {
public:
    /// `cluster` must outlive it.
    GroupMember(Cluster& cluster, MemberOptions options)
        : cluster_(cluster), options_(std::move(options)) {}

    /// Joins, for the first time or again, and waits for the others: what this member is to read
    /// from now on. As the group's leader it assigns to all. Errors: unavailable, timed_out,
    /// cancelled; invalid_argument (what the broker refuses); corrupt (what other members wrote).
    Result<std::vector<TopicPartition>> join();

    /// Tells the group, when it is time, that this member lives. False: the assignment is over;
    /// join again, after a last commit. A coordinator that is away changes nothing yet. Errors:
    /// cancelled, invalid_argument.
    Result<bool> keep_alive();

    /// Commits for this generation. False: the group went on without this member, and what was read
    /// since the last commit is read again by whoever has it now. Errors: as join().
    Result<bool> commit(const std::vector<CommittedOffset>& offsets);

    /// Tells the group at once that its partitions are free. Errors: as join().
    Result<void> leave();

    /// Takes effect with the next join().
    void subscribe(std::vector<std::string> topics) { options_.topics = std::move(topics); }
    const MemberOptions& options() const { return options_; }

private:
    struct Joined;
    Result<Joined> ask_to_join();
    Result<std::vector<kafka::SyncGroupRequest::SyncGroupRequestAssignment>> assign(
        const kafka::JoinGroupResponse& joined);
    Error refused(std::string_view doing, kafka::ErrorCode code) const;
    Error unreadable(const std::string& what, const Error& why) const;
    CallOptions call_options(std::chrono::milliseconds timeout) const;

    Cluster& cluster_;
    MemberOptions options_;
    Membership membership_;
    MonoTime next_heartbeat_;
};

}  // namespace leat::client
