// The transaction coordinator's start from its records and from the logs, and its snapshot.
#include <fmt/format.h>

#include <algorithm>

#include "broker/txn/txn_entry.hpp"
#include "broker/txn/txn_records.hpp"

namespace leat::broker {

Result<void> TxnCoordinator::replay(std::int32_t partition, ByteView key,
                                    std::optional<ByteView> value) {
    auto decoded = decode_transaction_record(key, value);
    if (!decoded) return decoded.error();
    if (!*decoded) return {};
    auto& [id, transaction] = **decoded;
    const auto home = partition_of(id);
    if (home != partition)
        return Error{
            Errc::corrupt,
            fmt::format("Transactional id '{}' is stored in partition {} of {} but belongs "
                        "to partition {} of {}: was "
                        "transaction.state.log.num.partitions changed?",
                        id, partition, transaction_topic, home,
                        config_.transaction_state_log_num_partitions)};
    if (!transaction)
        entries_.erase(id);
    else if (const auto known = lookup(id))
        known->state = std::move(*transaction);
    else
        entries_.emplace(
            id, std::make_shared<Entry>(Entry{.id = id, .state = std::move(*transaction)}));
    return {};
}

void TxnCoordinator::loaded(const std::vector<Found>& open) {
    std::unordered_map<std::int64_t, EntryPtr> by_producer;
    for (const auto& [id, entry] : entries_) by_producer[entry->state.producer.id] = entry;
    Lost lost;
    for (const auto& found : open) {
        const auto at = by_producer.find(found.producer.id);
        if (at == by_producer.end())
            abort_alone(found.partition, found.producer);
        else
            resolve(found, at->second, lost);
    }
    std::vector<EntryPtr> decided;
    for (const auto& [id, entry] : entries_)
        if (entry->state.is_preparing()) decided.push_back(entry);
    for (const auto& entry : decided) finish(entry, [](kafka::ErrorCode, ProducerIdentity) {});
    for (auto& [id, partitions] : lost) {
        const auto entry = lookup(id);
        auto next = fence_and_abort(entry->state, surroundings_.wall_ms());
        next.partitions = std::move(partitions);
        prepare(entry, std::move(next), [](kafka::ErrorCode, ProducerIdentity) {});
    }
}

void TxnCoordinator::resolve(const Found& found, const EntryPtr& entry, Lost& lost) {
    auto& state = entry->state;
    const bool ending_it = state.is_preparing() && state.has_own_epoch()
                           && found.producer.epoch + 1 == state.producer.epoch;
    if (found.producer.epoch != state.producer.epoch && !ending_it)
        return abort_alone(found.partition, std::max(found.producer.epoch, state.producer.epoch)
                                                    == state.producer.epoch
                                                ? state.producer
                                                : found.producer);
    if (state.state == TransactionState::ongoing)
        state.partitions.insert(found.partition);
    else if (!state.is_preparing())
        lost[entry->id].insert(found.partition);
    else if (!state.partitions.contains(found.partition))
        abort_alone(found.partition, state.producer);
}

/// Nobody may ask for the end of such a transaction any more.
void TxnCoordinator::abort_alone(const TopicPartition& partition,
                                 const ProducerIdentity& producer) {
    surroundings_.write_markers({.producer = producer, .partitions = {partition}}, [](bool) {});
}

std::vector<StateRecord> TxnCoordinator::snapshot(std::int32_t partition) const {
    std::vector<StateRecord> records;
    for (const auto& [id, entry] : entries_) {
        const auto& last = entry->appended ? *entry->appended : entry->state;
        if (last.producer.epoch != kafka::no_producer_epoch && partition_of(id) == partition)
            records.push_back(transaction_record(id, last));
    }
    return records;
}

}  // namespace leat::broker
