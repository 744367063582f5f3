// The committed offsets of one group.
#include "broker/group/offset_store.hpp"

#include "base/check.hpp"

namespace leat::broker {

Staged<OffsetStore::Placed>& OffsetStore::at(const std::string& topic, std::int32_t partition) {
    const auto [entry, added] = by_topic_[topic].try_emplace(partition);
    if (added) ++size_;
    return entry->second;
}

const Staged<OffsetStore::Placed>* OffsetStore::find(const std::string& topic,
                                                     std::int32_t partition) const {
    const auto partitions = by_topic_.find(topic);
    if (partitions == by_topic_.end()) return nullptr;
    const auto entry = partitions->second.find(partition);
    return entry == partitions->second.end() ? nullptr : &entry->second;
}

void OffsetStore::forget_if_unused(const std::string& topic, std::int32_t partition) {
    const auto partitions = by_topic_.find(topic);
    const auto entry = partitions->second.find(partition);
    if (!entry->second.unused()) return;
    partitions->second.erase(entry);
    --size_;
    if (partitions->second.empty()) by_topic_.erase(partitions);
}

void OffsetStore::load(const std::string& topic, std::int32_t partition,
                       std::optional<CommittedOffset> offset, CommitOrder order) {
    auto& staged = at(topic, partition);
    durable_count_ -= staged.durable() ? 1 : 0;
    if (offset)
        staged.load(Placed{std::move(*offset), order});
    else
        staged.load(std::nullopt);
    durable_count_ += staged.durable() ? 1 : 0;
    if (!staged.durable()) drop_open({topic, partition});
    forget_if_unused(topic, partition);
}

void OffsetStore::append(const std::string& topic, std::int32_t partition,
                         std::optional<CommittedOffset> offset, CommitOrder order) {
    auto& staged = at(topic, partition);
    if (offset)
        staged.append(Placed{std::move(*offset), order});
    else
        staged.append(std::nullopt);
    ++in_flight_;
}

void OffsetStore::settle(const std::string& topic, std::int32_t partition, bool durable) {
    auto& staged = at(topic, partition);
    check(in_flight_ > 0, "an offset settles that was appended");
    durable_count_ -= staged.durable() ? 1 : 0;
    staged.settle(durable);
    durable_count_ += staged.durable() ? 1 : 0;
    --in_flight_;
    if (durable && !staged.durable()) drop_open({topic, partition});
    forget_if_unused(topic, partition);
}

void OffsetStore::open(std::int64_t producer_id, const std::string& topic, std::int32_t partition,
                       CommittedOffset offset, CommitOrder order) {
    const TopicPartition key{topic, partition};
    const auto [entry, added] =
        open_[producer_id].insert_or_assign(key, Placed{std::move(offset), order});
    if (added) ++open_count_[key];
}

void OffsetStore::settle_open() {
    check(in_flight_ > 0, "an offset settles that was appended");
    --in_flight_;
}

void OffsetStore::end_transaction(std::int64_t producer_id, bool commit) {
    const auto ended = open_.extract(producer_id);
    if (ended.empty()) return;
    for (auto& [key, placed] : ended.mapped()) {
        if (--open_count_.at(key) == 0) open_count_.erase(key);
        if (!commit) continue;
        const auto* known = find(key.topic, key.partition);
        if (known && known->durable() && known->durable()->order > placed.order) continue;
        load(key.topic, key.partition, std::move(placed.offset), placed.order);
    }
}

bool OffsetStore::is_open(const std::string& topic, std::int32_t partition) const {
    return !open_count_.empty() && open_count_.contains({topic, partition});
}

void OffsetStore::each_open(const std::function<void(const TopicPartition&)>& visit) const {
    for (const auto& [partition, transactions] : open_count_) visit(partition);
}

void OffsetStore::drop_open(const TopicPartition& partition) {
    if (open_count_.erase(partition) == 0) return;
    for (auto at = open_.begin(); at != open_.end();) {
        at->second.erase(partition);
        at = at->second.empty() ? open_.erase(at) : std::next(at);
    }
}

const CommittedOffset* OffsetStore::durable(const std::string& topic,
                                            std::int32_t partition) const {
    const auto* staged = find(topic, partition);
    return staged && staged->durable() ? &staged->durable()->offset : nullptr;
}

bool OffsetStore::appended(const std::string& topic, std::int32_t partition) const {
    const auto* staged = find(topic, partition);
    return staged && staged->appended();
}

bool OffsetStore::contains(const std::string& topic, std::int32_t partition) const {
    return find(topic, partition) != nullptr;
}

void OffsetStore::each_durable(const Visit& visit) const {
    for (const auto& [topic, partitions] : by_topic_)
        for (const auto& [partition, staged] : partitions)
            if (staged.durable()) visit(topic, partition, staged.durable()->offset);
}

void OffsetStore::each_appended(const Visit& visit) const {
    for (const auto& entry : by_topic_) each_appended(entry.first, visit);
}

void OffsetStore::each_appended(const std::string& topic, const Visit& visit) const {
    const auto partitions = by_topic_.find(topic);
    if (partitions == by_topic_.end()) return;
    for (const auto& [partition, staged] : partitions->second)
        if (staged.appended()) visit(topic, partition, staged.appended()->offset);
}

bool OffsetStore::is_expired(const CommittedOffset& offset, const ExpiryRule& rule,
                             TimestampMs now) {
    if (offset.expire_timestamp != -1) return now >= offset.expire_timestamp;
    return rule.since.value_or(offset.commit_timestamp) <= now - rule.retention_ms;
}

}  // namespace leat::broker
