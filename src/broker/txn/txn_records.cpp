#include "broker/txn/txn_records.hpp"

#include "kafka/messages/transaction_records.hpp"

namespace leat::broker {
namespace {

using kafka::TransactionLogValue;

constexpr std::int16_t key_type = 0;
constexpr std::int16_t value_version = 1;

std::optional<std::vector<TransactionLogValue::PartitionsSchema>> partitions_of(
    const Transaction& transaction) {
    if (transaction.state == TransactionState::empty) return std::nullopt;
    std::vector<TransactionLogValue::PartitionsSchema> topics;
    for (const auto& [topic, partition] : transaction.partitions) {
        if (topics.empty() || topics.back().topic != topic) topics.push_back({topic, {}});
        topics.back().partition_ids.push_back(partition);
    }
    return topics;
}

// Kafka's Dead and PrepareEpochFence are never written.
bool is_state(std::int8_t status) {
    return status >= 0 && status <= static_cast<std::int8_t>(TransactionState::complete_abort);
}

}  // namespace

StateRecord transaction_record(const std::string& transactional_id,
                               const Transaction& transaction) {
    TransactionLogValue value;
    value.producer_id = transaction.producer.id;
    value.previous_producer_id = transaction.previous_producer_id;
    value.next_producer_id = transaction.next_producer_id;
    value.producer_epoch = transaction.producer.epoch;
    value.transaction_timeout_ms = transaction.timeout_ms;
    value.transaction_status = static_cast<std::int8_t>(transaction.state);
    value.transaction_partitions = partitions_of(transaction);
    value.transaction_last_update_timestamp_ms = transaction.updated;
    value.transaction_start_timestamp_ms = transaction.started;
    value.client_transaction_version = static_cast<std::int16_t>(transaction.version);
    return {.key = prefixed(key_type, kafka::TransactionLogKey{transactional_id}, 0),
            .value = prefixed(value_version, value, value_version)};
}

StateRecord transaction_tombstone(const std::string& transactional_id) {
    return {.key = prefixed(key_type, kafka::TransactionLogKey{transactional_id}, 0), .value = {}};
}

Result<std::optional<DecodedTransaction>> decode_transaction_record(ByteView key,
                                                                    std::optional<ByteView> value) {
    const auto corrupt = [](std::string_view what) {
        return corrupt_record(transaction_topic, what);
    };
    if (key.size() < 2) return corrupt("a key without a type");
    if (load_be<std::int16_t>(key.data()) != key_type) return std::optional<DecodedTransaction>{};
    auto named = kafka::decode<kafka::TransactionLogKey>(key.subspan(2), 0);
    if (!named) return corrupt("a key that cannot be read");
    auto read = read_state_value<TransactionLogValue>(transaction_topic, value);
    if (!read) return read.error();
    DecodedTransaction decoded{std::move(named->transactional_id), std::nullopt};
    if (!*read) return std::optional{std::move(decoded)};
    const auto& stored = **read;
    if (!is_state(stored.transaction_status)) return corrupt("a state that does not exist");
    auto& transaction = decoded.transaction.emplace();
    transaction.producer = {stored.producer_id, stored.producer_epoch};
    transaction.previous_producer_id = stored.previous_producer_id;
    transaction.next_producer_id = stored.next_producer_id;
    transaction.timeout_ms = stored.transaction_timeout_ms;
    transaction.state = static_cast<TransactionState>(stored.transaction_status);
    transaction.started = stored.transaction_start_timestamp_ms;
    transaction.updated = stored.transaction_last_update_timestamp_ms;
    transaction.version =
        stored.client_transaction_version >= 2 ? TransactionVersion::v2 : TransactionVersion::v0;
    if (stored.transaction_partitions)
        for (const auto& topic : *stored.transaction_partitions)
            for (const auto partition : topic.partition_ids)
                transaction.partitions.insert({topic.topic, partition});
    return std::optional{std::move(decoded)};
}

}  // namespace leat::broker
