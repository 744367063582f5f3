// Offsets that are committed in transactions: they hold once their transaction is committed.
#include "base/check.hpp"
#include "broker/group/group.hpp"
#include "broker/group/group_coordinator.hpp"
#include "broker/group/pending_write.hpp"

namespace leat::broker {

void GroupCoordinator::open_offset(const GroupPtr& group, std::int64_t producer_id,
                                   const TopicPartition& partition, CommittedOffset offset,
                                   CommitOrder order) {
    group->offsets().open(producer_id, partition.topic, partition.partition, std::move(offset),
                          order);
    const auto at = static_cast<std::size_t>(partition_of(group->group_id()));
    in_transactions_[at][producer_id].insert(group);
}

void GroupCoordinator::settle_transactional(PendingWrite& write, PersistId id, bool durable) {
    check(write.opened.size() == write.offsets.size(), "each partition has its offset");
    for (std::size_t i = 0; i < write.offsets.size(); ++i) {
        write.group->offsets().settle_open();
        if (durable)
            open_offset(write.group, write.producer->id, write.offsets[i],
                        std::move(write.opened[i]), id);
    }
}

void GroupCoordinator::on_transaction_end(std::int32_t partition, std::int64_t producer_id,
                                          bool commit) {
    const auto ended = in_transactions_[static_cast<std::size_t>(partition)].extract(producer_id);
    if (ended.empty()) return;
    for (const auto& group : ended.mapped()) {
        group->offsets().end_transaction(producer_id, commit);
        forget_if_unused(group);
    }
}

}  // namespace leat::broker
