#include "broker/api/txn_errors.hpp"

#include "broker/broker.hpp"

namespace leat::broker {
namespace {

using kafka::ErrorCode;

// As a producer expects it that does not talk to the coordinator here.
ErrorCode as_of_use(ErrorCode error, TxnUse use) {
    switch (error) {
        case ErrorCode::producer_fenced:
            return ErrorCode::invalid_producer_epoch;
        case ErrorCode::transaction_abortable:
            return use == TxnUse::verifies ? ErrorCode::invalid_txn_state : error;
        default:
            return error;
    }
}

// What the partition's log knows of the producer, if it knows it.
std::optional<storage::ProducerState::Described> known_in_log(Broker& broker,
                                                              const TopicPartition& partition,
                                                              const ProducerIdentity& producer) {
    const auto topic = broker.topics().find(partition.topic);
    const auto served = topic ? topic->partition(partition.partition) : nullptr;
    return served ? served->log().producers().find(producer.id) : std::nullopt;
}

// Takes out of `partitions` what needs no coordinator.
TxnErrors judged_by_logs(Broker& broker, const ProducerIdentity& producer,
                         std::set<TopicPartition>& partitions) {
    TxnErrors errors;
    std::erase_if(partitions, [&](const TopicPartition& partition) {
        const auto known = known_in_log(broker, partition, producer);
        if (!known) return false;
        const bool fenced = producer.epoch < known->epoch;
        if (fenced) errors[partition] = ErrorCode::invalid_producer_epoch;
        const bool is_open = known->transaction_first_offset >= 0;
        return fenced || (is_open && producer.epoch == known->epoch);
    });
    return errors;
}

}  // namespace

ErrorCode as_older(ErrorCode error) {
    return error == ErrorCode::producer_fenced ? ErrorCode::invalid_producer_epoch : error;
}

TopicPartition offsets_partition(Broker& broker, const std::string& group_id) {
    return {std::string{offsets_topic}, broker.groups().partition_of(group_id)};
}

TxnUse txn_use(std::int16_t version, const TxnUseVersions& since) {
    if (version >= since.adds_since) return TxnUse::adds;
    return version >= since.generic_error_since ? TxnUse::verifies_newer : TxnUse::verifies;
}

void use_partitions(Broker& broker, const std::string& transactional_id,
                    const ProducerIdentity& producer, std::set<TopicPartition> partitions,
                    TxnUse use, const std::function<void(const TxnErrors&)>& done) {
    auto errors = judged_by_logs(broker, producer, partitions);
    if (partitions.empty()) return done(errors);
    auto& coordinator = broker.transactions().coordinator();
    if (use == TxnUse::adds)
        return coordinator.add_partitions(
            transactional_id, producer, partitions, TransactionVersion::v2,
            [partitions, use, errors = std::move(errors), done](ErrorCode error) mutable {
                if (error != ErrorCode::none)
                    for (const auto& partition : partitions)
                        errors[partition] = as_of_use(error, use);
                done(errors);
            });
    if (!broker.config().flag("transaction.partition.verification.enable")) return done(errors);
    for (const auto& partition : partitions)
        if (const auto error = coordinator.verify(transactional_id, producer, partition);
            error != ErrorCode::none)
            errors[partition] = as_of_use(error, use);
    done(errors);
}

ErrorCode may_still_use(Broker& broker, const std::string& transactional_id,
                        const ProducerIdentity& producer, const TopicPartition& partition,
                        TxnUse use) {
    std::set<TopicPartition> unknown{partition};
    const auto errors = judged_by_logs(broker, producer, unknown);
    if (!errors.empty()) return errors.begin()->second;
    const bool verified =
        use == TxnUse::adds || broker.config().flag("transaction.partition.verification.enable");
    if (unknown.empty() || !verified) return ErrorCode::none;
    auto& coordinator = broker.transactions().coordinator();
    return as_of_use(coordinator.verify(transactional_id, producer, partition), use);
}

}  // namespace leat::broker
