// The members of a classic group, their leader, and the protocol that they agree on.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/group/member.hpp"
#include "kafka/error_code.hpp"

namespace leat::broker {

/// Invariants: there is a leader if and only if there is a member; if there are members, some
/// protocol is offered by all of them.
class Membership {
public:
    const std::map<std::string, Member>& all() const { return members_; }
    std::map<std::string, Member>& all() { return members_; }
    std::size_t size() const { return members_.size(); }
    bool empty() const { return members_.empty(); }
    bool contains(const std::string& member_id) const { return members_.count(member_id) != 0; }
    /// Null if there is no such member.
    Member* find(const std::string& member_id);
    const Member* find(const std::string& member_id) const;
    /// The member that holds `instance_id` (KIP-345); null if none does.
    Member* find_static(const std::string& instance_id);

    /// NONE if `member_id` is a member and, where an instance id is given, the one that holds it;
    /// FENCED_INSTANCE_ID if another holds it; else UNKNOWN_MEMBER_ID.
    kafka::ErrorCode validate(const std::string& member_id,
                              const std::optional<std::string>& instance_id) const;

    /// Adds a member with a new id; the first one leads.
    Member& add(Member member);
    /// Takes a member out, with what it waits for; another leads if it led.
    std::optional<Member> remove(const std::string& member_id);
    /// Gives a static member a new id; its parked requests are dropped, so answer them before.
    Member& rename(const std::string& old_id, const std::string& new_id);
    void set_protocols(Member& member, std::vector<Protocol> protocols);

    const std::optional<std::string>& leader() const { return leader_; }
    void set_leader(std::optional<std::string> leader) { leader_ = std::move(leader); }
    bool is_leader(const std::string& member_id) const { return leader_ == member_id; }
    /// Makes a member that has joined the leader if the leader has not; false if none has joined.
    bool elect_joined_leader();

    /// Members with a parked join.
    std::size_t joined() const;
    /// The longest time that a member may take to join again.
    std::chrono::milliseconds rebalance_timeout() const;

    /// Whether one of `protocols` is offered by every member.
    bool supports(const std::vector<Protocol>& protocols) const;
    /// The protocol that most members prefer among those that all offer; of equals the one that
    /// comes first by name. There must be members.
    std::string select_protocol() const;

private:
    void count(const Member& member, int by);

    std::map<std::string, Member> members_;
    std::map<std::string, std::string> static_members_;  // instance id → member id
    std::map<std::string, std::size_t> offered_;         // by how many members
    std::optional<std::string> leader_;
};

/// The first of each name.
std::vector<Protocol> unique_protocols(const std::vector<Protocol>& protocols);

/// What the consumers among `members` subscribe under `protocol`; nothing if one cannot be read.
std::optional<std::set<std::string>> subscribed_topics(const std::map<std::string, Member>& members,
                                                       const std::string& protocol);

}  // namespace leat::broker
