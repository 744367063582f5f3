// The members of a classic group, their leader, and the protocol that they agree on.
#include "broker/group/membership.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "kafka/codec.hpp"
#include "kafka/messages/consumer_protocol.hpp"

namespace leat::broker {

Member* Membership::find(const std::string& member_id) {
    const auto entry = members_.find(member_id);
    return entry == members_.end() ? nullptr : &entry->second;
}

const Member* Membership::find(const std::string& member_id) const {
    const auto entry = members_.find(member_id);
    return entry == members_.end() ? nullptr : &entry->second;
}

Member* Membership::find_static(const std::string& instance_id) {
    const auto entry = static_members_.find(instance_id);
    return entry == static_members_.end() ? nullptr : find(entry->second);
}

kafka::ErrorCode Membership::validate(const std::string& member_id,
                                      const std::optional<std::string>& instance_id) const {
    if (instance_id) {
        const auto holder = static_members_.find(*instance_id);
        if (holder == static_members_.end()) return kafka::ErrorCode::unknown_member_id;
        if (holder->second != member_id) return kafka::ErrorCode::fenced_instance_id;
    }
    return contains(member_id) ? kafka::ErrorCode::none : kafka::ErrorCode::unknown_member_id;
}

Member& Membership::add(Member member) {
    if (!leader_) leader_ = member.member_id;
    if (member.group_instance_id) static_members_[*member.group_instance_id] = member.member_id;
    count(member, 1);
    const auto id = member.member_id;
    const auto [entry, added] = members_.emplace(id, std::move(member));
    check(added, "a group member is added twice");
    return entry->second;
}

std::optional<Member> Membership::remove(const std::string& member_id) {
    auto node = members_.extract(member_id);
    if (node.empty()) return std::nullopt;
    count(node.mapped(), -1);
    if (node.mapped().group_instance_id) static_members_.erase(*node.mapped().group_instance_id);
    if (is_leader(member_id)) {
        leader_.reset();
        if (!members_.empty()) leader_ = members_.begin()->first;
    }
    return std::move(node.mapped());
}

Member& Membership::rename(const std::string& old_id, const std::string& new_id) {
    auto node = members_.extract(old_id);
    check(!node.empty() && node.mapped().is_static(), "only a static member can be replaced");
    node.key() = new_id;
    Member& member = members_.insert(std::move(node)).position->second;
    member.member_id = new_id;
    member.join.reset();
    member.sync.reset();
    member.is_new = false;
    static_members_[*member.group_instance_id] = new_id;
    if (is_leader(old_id)) leader_ = new_id;
    return member;
}

void Membership::set_protocols(Member& member, std::vector<Protocol> protocols) {
    count(member, -1);
    member.protocols = std::move(protocols);
    count(member, 1);
}

void Membership::count(const Member& member, int by) {
    for (const auto& protocol : member.protocols) {
        auto& members = offered_[protocol.name];
        members += static_cast<std::size_t>(by);
        if (members == 0) offered_.erase(protocol.name);
    }
}

bool Membership::elect_joined_leader() {
    const auto* leader = leader_ ? find(*leader_) : nullptr;
    if (!leader) return false;
    if (leader->join) return true;
    const auto joined = std::find_if(members_.begin(), members_.end(),
                                     [](const auto& entry) { return entry.second.join; });
    if (joined == members_.end()) return false;
    leader_ = joined->first;
    return true;
}

std::size_t Membership::joined() const {
    return static_cast<std::size_t>(
        std::count_if(members_.begin(), members_.end(),
                      [](const auto& entry) { return entry.second.join.has_value(); }));
}

std::chrono::milliseconds Membership::rebalance_timeout() const {
    std::int32_t longest = 0;
    for (const auto& [id, member] : members_)
        longest = std::max(longest, member.rebalance_timeout_ms);
    return std::chrono::milliseconds{longest};
}

bool Membership::supports(const std::vector<Protocol>& protocols) const {
    return std::any_of(protocols.begin(), protocols.end(), [this](const auto& protocol) {
        const auto offered = offered_.find(protocol.name);
        return (offered == offered_.end() ? 0 : offered->second) == members_.size();
    });
}

std::string Membership::select_protocol() const {
    std::map<std::string, std::size_t> votes;
    for (const auto& [id, member] : members_) {
        const auto choice =
            std::find_if(member.protocols.begin(), member.protocols.end(),
                         [this](const auto& p) { return offered_.at(p.name) == members_.size(); });
        check(choice != member.protocols.end(), "the members of a group share no protocol");
        ++votes[choice->name];
    }
    check(!votes.empty(), "an empty group selects a protocol");
    const auto winner =
        std::max_element(votes.begin(), votes.end(), [](const auto& a, const auto& b) {
            return a.second < b.second;  // the first of equals stays
        });
    return winner->first;
}

std::vector<Protocol> unique_protocols(const std::vector<Protocol>& protocols) {
    std::vector<Protocol> unique;
    std::set<std::string_view> seen;
    for (const auto& protocol : protocols)
        if (seen.insert(protocol.name).second) unique.push_back(protocol);
    return unique;
}

std::optional<std::set<std::string>> subscribed_topics(const std::map<std::string, Member>& members,
                                                       const std::string& protocol) {
    std::set<std::string> topics;
    for (const auto& [id, member] : members) {
        const auto metadata = member.metadata(protocol);
        std::int16_t version = -1;
        kafka::ConsumerProtocolSubscription subscription;
        // Every version begins with the fields of version 0: the rest is of no interest.
        kafka::Reader in{metadata, 0, false};
        in(version);
        in(subscription);
        if (!in.ok() || version < 0) return std::nullopt;
        topics.insert(subscription.topics.begin(), subscription.topics.end());
    }
    return topics;
}

}  // namespace leat::broker
