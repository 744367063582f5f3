// The coordinator's start from the log, and the snapshot that may replace the log.
#include <fmt/format.h>

#include "broker/group/group.hpp"
#include "broker/group/group_coordinator.hpp"
#include "broker/group/group_records.hpp"
#include "broker/group/pending_write.hpp"

namespace leat::broker {

Result<void> GroupCoordinator::replay(std::int32_t partition, ByteView key,
                                      std::optional<ByteView> value,
                                      std::optional<std::int64_t> producer_id) {
    auto decoded = decode_group_record(key, value);
    if (!decoded) return decoded.error();
    if (const auto* unknown = std::get_if<DecodedUnknown>(&*decoded)) {
        ++unknown_[unknown->type];
        auto& carried = carried_[static_cast<std::size_t>(partition)];
        const Bytes name{key.begin(), key.end()};
        if (value)
            carried[name] = {value->begin(), value->end()};
        else
            carried.erase(name);
        return {};
    }
    auto* offset = std::get_if<DecodedOffset>(&*decoded);
    auto* metadata = std::get_if<DecodedGroup>(&*decoded);
    const auto& group_id = offset ? offset->key.group : metadata->group_id;
    const auto home = partition_of(group_id);
    if (home != partition)
        return Error{.code = Errc::corrupt,
                     .what = fmt::format(
                         "Group '{}' is stored in partition {} of __consumer_offsets but belongs "
                         "to partition {} of {}: was offsets.topic.num.partitions changed?",
                         group_id, partition, home, config_.offsets_topic_num_partitions)};
    auto& group = groups_[group_id];
    if (!group) group = std::make_shared<Group>(group_id, config_, -1);
    const auto order = next_id_++;
    if (offset && offset->value && producer_id)
        open_offset(group, *producer_id, {offset->key.topic, offset->key.partition},
                    std::move(*offset->value), order);
    else if (offset)
        group->offsets().load(offset->key.topic, offset->key.partition, std::move(offset->value),
                              order);
    else
        group->load(metadata->value);
    forget_if_unused(GroupPtr{group});
    return {};
}

void GroupCoordinator::replay_end(std::int32_t partition, std::int64_t producer_id, bool commit) {
    on_transaction_end(partition, producer_id, commit);
}

Effects GroupCoordinator::loaded(Moment now) {
    Effects effects;
    std::vector<GroupPtr> all;
    for (const auto& [id, group] : groups_) all.push_back(group);
    for (const auto& group : all) {
        Turn turn{now};
        group->start_sessions(turn);
        finish(group, turn, effects);
    }
    expiry_at_ = now.mono + std::chrono::milliseconds{config_.offsets_retention_check_interval_ms};
    return effects;
}

std::map<std::int16_t, std::size_t> GroupCoordinator::unknown_records() const { return unknown_; }

std::optional<std::vector<GroupRecord>> GroupCoordinator::snapshot(std::int32_t partition) const {
    if (!in_transactions_[static_cast<std::size_t>(partition)].empty()) return std::nullopt;
    std::vector<GroupRecord> records;
    for (const auto& [key, value] : carried_[static_cast<std::size_t>(partition)])
        records.push_back({.key = key, .value = value});
    for (const auto& [id, group] : groups_) {
        if (partition_of(id) != partition) continue;
        if (const auto& record = group->record().appended())
            records.push_back(group_record(id, *record));
        group->offsets().each_appended([&, &id = id](const std::string& topic, std::int32_t index,
                                                     const CommittedOffset& offset) {
            records.push_back(offset_record({id, topic, index}, offset));
        });
    }
    return records;
}

}  // namespace leat::broker
