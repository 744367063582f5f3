// The records of `__transaction_state` in Kafka's formats (TransactionLog). Pure; any thread.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "broker/state_record.hpp"
#include "broker/topics.hpp"
#include "broker/txn/transaction.hpp"

namespace leat::broker {

/// Value version 1, which Kafka writes since transaction.version=1.
StateRecord transaction_record(const std::string& transactional_id, const Transaction& transaction);
/// Takes a transactional id away.
StateRecord transaction_tombstone(const std::string& transactional_id);

struct DecodedTransaction {
    std::string transactional_id;
    std::optional<Transaction> transaction;  // nothing: a tombstone
};

/// Nothing: a record of a type that is not known. Errors: corrupt, unsupported (a newer version).
Result<std::optional<DecodedTransaction>> decode_transaction_record(ByteView key,
                                                                    std::optional<ByteView> value);

}  // namespace leat::broker
