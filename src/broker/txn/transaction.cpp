#include "broker/txn/transaction.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "base/check.hpp"

namespace leat::broker {
namespace {

using kafka::ErrorCode;
using State = TransactionState;

// The largest is kept for fencing.
constexpr std::int16_t last_epoch = std::numeric_limits<std::int16_t>::max() - 1;

constexpr std::array<std::string_view, 6> names = {
    "Empty", "Ongoing", "PrepareCommit", "PrepareAbort", "CompleteCommit", "CompleteAbort"};

bool is_exhausted(std::int16_t epoch) { return epoch >= last_epoch; }

Transition refuse(ErrorCode error) { return {error, std::nullopt}; }

std::int16_t bumped(std::int16_t epoch) { return static_cast<std::int16_t>(epoch + 1); }

// The epoch's successor, or the current one if `expected` has been given it before.
Transition bump_epoch(const Transaction& before, const std::optional<ProducerIdentity>& expected) {
    auto next = before;
    const auto current = before.producer.epoch;
    if (!expected || current == kafka::no_producer_epoch || expected->epoch == current) {
        next.previous_epoch = expected ? current : kafka::no_producer_epoch;
        next.producer.epoch = bumped(current);
        return {ErrorCode::none, std::move(next)};
    }
    if (expected->epoch == before.previous_epoch) return {ErrorCode::none, std::move(next)};
    return refuse(ErrorCode::producer_fenced);
}

Transition prepare(const Transaction& before, State state, TransactionVersion version,
                   TimestampMs now, const FreshProducerId& fresh) {
    auto next = before;
    next.state = state;
    next.updated = now;
    next.version = version;
    if (version != TransactionVersion::v2) return {ErrorCode::none, std::move(next)};
    if (before.state != State::ongoing) next.started = now;
    next.previous_epoch = before.producer.epoch;
    next.producer.epoch = bumped(before.producer.epoch);
    if (is_exhausted(before.producer.epoch)) {
        const auto id = fresh();
        if (!id) return refuse(ErrorCode::coordinator_not_available);
        next.next_producer_id = *id;
    }
    return {ErrorCode::none, std::move(next)};
}

Transition end_v0(const Transaction& before, const ProducerIdentity& producer, bool commit,
                  TimestampMs now, const FreshProducerId& fresh) {
    if (before.producer.id != producer.id) return refuse(ErrorCode::invalid_producer_id_mapping);
    if (before.producer.epoch != producer.epoch) return refuse(ErrorCode::producer_fenced);
    switch (before.state) {
        case State::ongoing:
            return prepare(before, commit ? State::prepare_commit : State::prepare_abort,
                           TransactionVersion::v0, now, fresh);
        case State::complete_commit:
            return refuse(commit ? ErrorCode::none : ErrorCode::invalid_txn_state);
        case State::complete_abort:
            return refuse(commit ? ErrorCode::invalid_txn_state : ErrorCode::none);
        case State::prepare_commit:
            return refuse(commit ? ErrorCode::concurrent_transactions
                                 : ErrorCode::invalid_txn_state);
        case State::prepare_abort:
            return refuse(commit ? ErrorCode::invalid_txn_state
                                 : ErrorCode::concurrent_transactions);
        case State::empty:
            break;
    }
    return refuse(ErrorCode::invalid_txn_state);
}

// With epochs of their own it can be told which transaction a request means: the one that has just
// ended, whose answer was lost, or the present one.
Transition end_v2(const Transaction& before, const ProducerIdentity& producer, bool commit,
                  TimestampMs now, const FreshProducerId& fresh) {
    const bool ended =
        before.state == State::complete_commit || before.state == State::complete_abort;
    const bool is_current = producer.epoch == before.producer.epoch;
    const bool again_under_new_id = before.previous_producer_id == producer.id
                                    && producer.epoch == last_epoch && before.producer.epoch == 0;
    const bool again = again_under_new_id || before.producer.epoch == producer.epoch + 1;
    if (before.producer.id != producer.id && !again_under_new_id)
        return refuse(ErrorCode::invalid_producer_id_mapping);
    const bool valid = before.is_preparing() ? again : ended ? again || is_current : is_current;
    if (!valid) return refuse(ErrorCode::producer_fenced);

    const auto outcome = commit ? State::complete_commit : State::complete_abort;
    switch (before.state) {
        case State::ongoing:
            return prepare(before, commit ? State::prepare_commit : State::prepare_abort,
                           TransactionVersion::v2, now, fresh);
        case State::prepare_commit:
        case State::prepare_abort:
            return refuse((before.state == State::prepare_commit) == commit
                              ? ErrorCode::concurrent_transactions
                              : ErrorCode::invalid_txn_state);
        case State::complete_commit:
        case State::complete_abort:
            if (again)
                return refuse(before.state == outcome ? ErrorCode::none
                                                      : ErrorCode::invalid_txn_state);
            break;
        case State::empty:
            break;
    }
    // Nothing was written: to abort that is to have another epoch.
    if (commit) return refuse(ErrorCode::invalid_txn_state);
    return prepare(before, State::prepare_abort, TransactionVersion::v2, now, fresh);
}

}  // namespace

std::string_view name_of(TransactionState state) {
    return names.at(static_cast<std::size_t>(state));
}

std::optional<TransactionState> transaction_state_named(std::string_view name) {
    const auto at = std::ranges::find(names, name);
    if (at == names.end()) return std::nullopt;
    return static_cast<TransactionState>(at - names.begin());
}

bool is_fenced(const Transaction& before, const std::optional<ProducerIdentity>& expected) {
    if (!expected || before.producer.epoch == kafka::no_producer_epoch) return false;
    const bool may_be_again =
        expected->id == before.previous_producer_id && is_exhausted(expected->epoch);
    return expected->id != before.producer.id && !may_be_again;
}

Transition initialize(const Transaction& before, std::int32_t timeout_ms,
                      const std::optional<ProducerIdentity>& expected, TimestampMs now,
                      const FreshProducerId& fresh) {
    check(!before.is_preparing() && before.state != State::ongoing, "what was begun has ended");
    Transition made;
    const bool names_current = !expected || expected->epoch == before.producer.epoch;
    if (is_exhausted(before.producer.epoch) && names_current) {
        const auto id = fresh();
        if (!id) return refuse(ErrorCode::coordinator_not_available);
        made.next = before;
        made.next->previous_producer_id = before.producer.id;
        made.next->previous_epoch = expected ? before.producer.epoch : kafka::no_producer_epoch;
        made.next->producer = {*id, 0};
    } else {
        made = bump_epoch(before, expected);
    }
    if (!made.next) return made;
    auto& next = *made.next;
    next.state = State::empty;
    next.timeout_ms = timeout_ms;
    next.partitions.clear();
    next.started = -1;
    next.updated = now;
    return made;
}

Transition add_partitions(const Transaction& before, const ProducerIdentity& producer,
                          const std::set<TopicPartition>& partitions, TransactionVersion version,
                          TimestampMs now) {
    if (before.producer.id != producer.id) return refuse(ErrorCode::invalid_producer_id_mapping);
    if (before.producer.epoch != producer.epoch) return refuse(ErrorCode::producer_fenced);
    if (before.is_preparing()) return refuse(ErrorCode::concurrent_transactions);
    const bool ongoing = before.state == State::ongoing;
    if (ongoing && std::ranges::includes(before.partitions, partitions)) return {};
    auto next = before;
    if (!ongoing) next.started = now;
    next.state = State::ongoing;
    next.updated = now;
    next.version = version;
    next.partitions.insert(partitions.begin(), partitions.end());
    return {ErrorCode::none, std::move(next)};
}

Transition end(const Transaction& before, const ProducerIdentity& producer, bool commit,
               TransactionVersion version, TimestampMs now, const FreshProducerId& fresh) {
    return version == TransactionVersion::v2 ? end_v2(before, producer, commit, now, fresh)
                                             : end_v0(before, producer, commit, now, fresh);
}

Transaction fence_and_abort(const Transaction& before, TimestampMs now) {
    auto next = before;
    next.state = State::prepare_abort;
    next.previous_epoch = before.producer.epoch;  // it may go on from there, until another comes
    next.producer.epoch = bumped(before.producer.epoch);
    next.version = TransactionVersion::v2;
    next.updated = now;
    if (next.started < 0) next.started = now;
    return next;
}

Transaction complete(const Transaction& prepared, TimestampMs now) {
    check(prepared.is_preparing(), "what is completed was prepared");
    auto next = prepared;
    next.state =
        prepared.state == State::prepare_commit ? State::complete_commit : State::complete_abort;
    next.partitions.clear();
    next.updated = now;
    if (prepared.next_producer_id != kafka::no_producer_id) {
        next.previous_producer_id = prepared.producer.id;
        next.producer = {prepared.next_producer_id, 0};
        next.next_producer_id = kafka::no_producer_id;
    }
    return next;
}

}  // namespace leat::broker
