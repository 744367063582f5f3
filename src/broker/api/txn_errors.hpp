// How a request uses partitions in a transaction, and how it is told what is wrong with that.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "broker/txn/transaction.hpp"

namespace leat::broker {

class Broker;

/// Since which version of a request PRODUCER_FENCED is understood; older clients know
/// INVALID_PRODUCER_EPOCH (KIP-588).
namespace fenced_since {
constexpr std::int16_t add_to_txn = 2;
constexpr std::int16_t end_txn = 2;
constexpr std::int16_t init_producer_id = 4;
}  // namespace fenced_since
kafka::ErrorCode as_older(kafka::ErrorCode error);

/// The partition of `__consumer_offsets` that holds what a group commits.
TopicPartition offsets_partition(Broker& broker, const std::string& group_id);

/// What Produce or TxnOffsetCommit means by using a partition (KIP-890).
enum class TxnUse {
    verifies,        // it must have been added before
    verifies_newer,  // as above, and the client knows TRANSACTION_ABORTABLE
    adds,            // it is added by that
};
struct TxnUseVersions {
    std::int16_t generic_error_since;
    std::int16_t adds_since;
};
TxnUse txn_use(std::int16_t version, const TxnUseVersions& since);

/// Adds the partitions to the transaction, or verifies that they were. One whose log has the
/// producer's transaction open was, so the coordinator is not asked; one that knows of a later
/// epoch refuses by itself. `done` hears, at once or later, which may not be used, in the words of
/// Produce.
using TxnErrors = std::map<TopicPartition, kafka::ErrorCode>;
void use_partitions(Broker& broker, const std::string& transactional_id,
                    const ProducerIdentity& producer, std::set<TopicPartition> partitions,
                    TxnUse use, const std::function<void(const TxnErrors&)>& done);
/// Whether one that might be used then may be used still: the transaction may have ended since.
kafka::ErrorCode may_still_use(Broker& broker, const std::string& transactional_id,
                               const ProducerIdentity& producer, const TopicPartition& partition,
                               TxnUse use);

}  // namespace leat::broker
