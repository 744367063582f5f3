// One transactional id: what is known of it, and what each request makes of that. Pure functions,
// as Kafka's TransactionMetadata and TransactionCoordinator (KIP-98, KIP-360, KIP-890).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string_view>

#include "base/clock.hpp"
#include "base/topic_partition.hpp"
#include "broker/producer_identity.hpp"
#include "kafka/error_code.hpp"

namespace leat::broker {

/// The numbers are those of the records.
enum class TransactionState : std::int8_t {
    empty = 0,
    ongoing = 1,
    prepare_commit = 2,
    prepare_abort = 3,
    complete_commit = 4,
    complete_abort = 5,
};
/// As admin APIs spell it: Empty, Ongoing, PrepareCommit …
std::string_view name_of(TransactionState state);
std::optional<TransactionState> transaction_state_named(std::string_view name);

/// How a client speaks of transactions.
enum class TransactionVersion : std::int16_t {
    v0 = 0,  // partitions are added before they are written to; the epoch stays
    v2 = 2,  // a write adds its partition, and each transaction has an epoch of its own (KIP-890)
};

struct Transaction {
    ProducerIdentity producer;
    std::int64_t previous_producer_id = kafka::no_producer_id;
    std::int64_t next_producer_id = kafka::no_producer_id;   // once this transaction has ended
    std::int16_t previous_epoch = kafka::no_producer_epoch;  // of whoever had it bumped
    std::int32_t timeout_ms = 0;
    TransactionState state = TransactionState::empty;
    std::set<TopicPartition> partitions;  // that have, or may have, no marker
    TimestampMs started = -1;
    TimestampMs updated = -1;
    TransactionVersion version = TransactionVersion::v0;

    bool is_preparing() const {
        return state == TransactionState::prepare_commit
               || state == TransactionState::prepare_abort;
    }
    bool has_own_epoch() const { return version == TransactionVersion::v2; }
};

/// What a request makes of a transactional id: an error, nothing (success, it is so already), or
/// another state, which counts once it is durable.
struct Transition {
    kafka::ErrorCode error = kafka::ErrorCode::none;
    std::optional<Transaction> next{};
};

/// A producer id that was never given out; nothing: there is none at the moment.
using FreshProducerId = std::function<std::optional<std::int64_t>()>;

/// InitProducerId. `before` is not preparing, and not ongoing. `expected`: what the producer
/// believes to be (KIP-360).
Transition initialize(const Transaction& before, std::int32_t timeout_ms,
                      const std::optional<ProducerIdentity>& expected, TimestampMs now,
                      const FreshProducerId& fresh);
/// Whether such a request is refused in any state: it comes from a producer that was fenced.
bool is_fenced(const Transaction& before, const std::optional<ProducerIdentity>& expected);

/// AddPartitionsToTxn and what implies it.
Transition add_partitions(const Transaction& before, const ProducerIdentity& producer,
                          const std::set<TopicPartition>& partitions, TransactionVersion version,
                          TimestampMs now);

/// EndTxn, as the producer asks for it.
Transition end(const Transaction& before, const ProducerIdentity& producer, bool commit,
               TransactionVersion version, TimestampMs now, const FreshProducerId& fresh);

/// What the broker does to one that is ongoing: its producer is fenced, and it is aborted.
Transaction fence_and_abort(const Transaction& before, TimestampMs now);

/// Once all markers are written; `prepared` is preparing.
Transaction complete(const Transaction& prepared, TimestampMs now);

}  // namespace leat::broker
