// The committed offsets of one group.
#include "broker/group/offset_store.hpp"

#include "base/check.hpp"

namespace leat::broker {

Staged<CommittedOffset>& OffsetStore::at(const std::string& topic, std::int32_t partition) {
    const auto [entry, added] = by_topic_[topic].try_emplace(partition);
    if (added) ++size_;
    return entry->second;
}

const Staged<CommittedOffset>* OffsetStore::find(const std::string& topic,
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
                       std::optional<CommittedOffset> offset) {
    auto& staged = at(topic, partition);
    durable_count_ -= staged.durable() ? 1 : 0;
    staged.load(std::move(offset));
    durable_count_ += staged.durable() ? 1 : 0;
    forget_if_unused(topic, partition);
}

void OffsetStore::append(const std::string& topic, std::int32_t partition,
                         std::optional<CommittedOffset> offset) {
    at(topic, partition).append(std::move(offset));
    ++in_flight_;
}

void OffsetStore::settle(const std::string& topic, std::int32_t partition, bool durable) {
    auto& staged = at(topic, partition);
    check(in_flight_ > 0, "an offset settles that was appended");
    durable_count_ -= staged.durable() ? 1 : 0;
    staged.settle(durable);
    durable_count_ += staged.durable() ? 1 : 0;
    --in_flight_;
    forget_if_unused(topic, partition);
}

const CommittedOffset* OffsetStore::durable(const std::string& topic,
                                            std::int32_t partition) const {
    const auto* staged = find(topic, partition);
    return staged && staged->durable() ? &*staged->durable() : nullptr;
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
            if (staged.durable()) visit(topic, partition, *staged.durable());
}

void OffsetStore::each_appended(const Visit& visit) const {
    for (const auto& entry : by_topic_) each_appended(entry.first, visit);
}

void OffsetStore::each_appended(const std::string& topic, const Visit& visit) const {
    const auto partitions = by_topic_.find(topic);
    if (partitions == by_topic_.end()) return;
    for (const auto& [partition, staged] : partitions->second)
        if (staged.appended()) visit(topic, partition, *staged.appended());
}

bool OffsetStore::is_expired(const CommittedOffset& offset, const ExpiryRule& rule,
                             TimestampMs now) {
    if (offset.expire_timestamp != -1) return now >= offset.expire_timestamp;
    return rule.since.value_or(offset.commit_timestamp) <= now - rule.retention_ms;
}

}  // namespace leat::broker
