// What a walk over a log, from its start, knows of the transactions on its way.
#pragma once

#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "kafka/end_txn_marker.hpp"
#include "storage/aborted_transactions.hpp"

namespace leat::storage {

/// Decides which batches were aborted and which markers end nothing any more. Shown every batch in
/// order. One thread.
class CompactionTransactions {
public:
    /// All that were aborted and concern the walk, in any order.
    explicit CompactionTransactions(std::vector<AbortedTransaction> aborted);

    /// Whether a batch of records was aborted.
    bool is_aborted(const kafka::BatchHeader& batch);
    /// Whether a control batch with `marker` ends a transaction of which the walk has met no batch,
    /// or nothing is left of it but its header. Control batches of other kinds end nothing that we
    /// know.
    bool ends_nothing(const kafka::BatchHeader& batch,
                      const std::optional<kafka::EndTxnMarker>& marker);

private:
    struct Aborted {
        AbortedTransaction transaction;
        bool was_met = false;
    };
    Aborted* aborted_at(const kafka::BatchHeader& batch);

    std::vector<AbortedTransaction> aborted_;            // by first offset
    std::size_t next_ = 0;                               // of them
    std::unordered_map<std::int64_t, Aborted> current_;  // by producer
    std::unordered_set<std::int64_t> committed_;         // producers: met since their last marker
};

}  // namespace leat::storage
