#include "storage/compaction_transactions.hpp"

#include <algorithm>

namespace leat::storage {

CompactionTransactions::CompactionTransactions(std::vector<AbortedTransaction> aborted)
    : aborted_(std::move(aborted)) {
    std::ranges::sort(aborted_, {}, &AbortedTransaction::first_offset);
}

/// That of the batch's producer whose offsets, its marker's included, are around the batch.
CompactionTransactions::Aborted* CompactionTransactions::aborted_at(
    const kafka::BatchHeader& batch) {
    for (; next_ < aborted_.size() && aborted_[next_].first_offset <= batch.last_offset(); ++next_)
        current_[aborted_[next_].producer_id] = {aborted_[next_]};
    const auto found = current_.find(batch.producer_id);
    // Its end is where its marker is, or was: what comes later is of another transaction.
    if (found == current_.end() || found->second.transaction.last_offset < batch.base_offset)
        return nullptr;
    return &found->second;
}

bool CompactionTransactions::is_aborted(const kafka::BatchHeader& batch) {
    auto* aborted = aborted_at(batch);
    if (!batch.is_transactional()) return false;
    if (aborted != nullptr)
        aborted->was_met = true;
    else
        committed_.insert(batch.producer_id);
    return aborted != nullptr;
}

bool CompactionTransactions::ends_nothing(const kafka::BatchHeader& batch,
                                          const std::optional<kafka::EndTxnMarker>& marker) {
    const auto* aborted = aborted_at(batch);
    if (batch.record_count == 0) return true;
    if (!marker) return false;
    const bool met_aborted = aborted != nullptr && aborted->was_met;
    // Of an abort that nobody told of, its records pass for committed: it ends them all the same.
    const bool met_others = committed_.erase(batch.producer_id) > 0;
    return !met_aborted && !met_others;
}

}  // namespace leat::storage
