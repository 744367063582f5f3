#include "broker/txn/txn_entry.hpp"

#include <utility>

#include "base/check.hpp"
#include "broker/txn/txn_records.hpp"

namespace leat::broker {
namespace {

using kafka::ErrorCode;

// A key of Kafka's records is a string of 2-byte length.
constexpr std::size_t longest_id = 32'767;
constexpr ProducerIdentity nobody{};

bool is_id(const std::string& id) { return !id.empty() && id.size() <= longest_id; }

}  // namespace

ErrorCode txn_error(ErrorCode outcome) {
    switch (outcome) {
        case ErrorCode::unknown_topic_or_partition:
            return ErrorCode::coordinator_not_available;
        case ErrorCode::kafka_storage_error:
            return ErrorCode::not_coordinator;
        case ErrorCode::message_too_large:
        case ErrorCode::record_list_too_large:
            return ErrorCode::unknown_server_error;
        default:
            return outcome;
    }
}

TxnCoordinator::TxnCoordinator(const TxnConfig& config, TxnSurroundings& surroundings)
    : config_(config), surroundings_(surroundings) {}

TxnCoordinator::~TxnCoordinator() { *alive_ = false; }

std::int32_t TxnCoordinator::partition_of(const std::string& id) const {
    return state_partition(id, config_.transaction_state_log_num_partitions);
}

TxnCoordinator::EntryPtr TxnCoordinator::lookup(const std::string& id) const {
    const auto at = entries_.find(id);
    return at == entries_.end() ? nullptr : at->second;
}

const Transaction* TxnCoordinator::find(const std::string& id) const {
    const auto entry = lookup(id);
    // One that has just come has no state before its first write.
    const bool known = entry && entry->state.producer.epoch != kafka::no_producer_epoch;
    return known ? &entry->state : nullptr;
}

void TxnCoordinator::each(
    const std::function<void(const std::string& id, const Transaction&)>& visit) const {
    for (const auto& [id, entry] : entries_)
        if (entry->state.producer.epoch != kafka::no_producer_epoch) visit(id, entry->state);
}

bool TxnCoordinator::must_wait(const EntryPtr& entry, std::function<void()> again) {
    if (!entry || !entry->busy) return false;
    entry->waiting.push_back(std::move(again));
    return true;
}

void TxnCoordinator::release(const EntryPtr& entry) {
    entry->busy = false;
    while (!entry->busy && !entry->waiting.empty()) {
        const auto next = std::move(entry->waiting.front());
        entry->waiting.pop_front();
        next();
    }
}

/// Makes `next` the state of the id once it is durable; `done` hears of it before whoever waits.
void TxnCoordinator::adopt(const EntryPtr& entry, Transaction next,
                           std::function<void(ErrorCode)> done) {
    check(!entry->busy, "a transactional id has one change at a time");
    entry->busy = true;
    entry->appended = next;
    const auto record = transaction_record(entry->id, next);
    surroundings_.write(
        partition_of(entry->id), record,
        [entry, next = std::move(next), done = std::move(done), alive = alive_](ErrorCode outcome) {
            if (!*alive) return;
            entry->appended.reset();
            if (outcome == ErrorCode::none) entry->state = next;
            entry->busy = false;
            done(txn_error(outcome));
            if (!entry->busy) release(entry);
        });
}

TxnCoordinator::EntryPtr TxnCoordinator::lookup_or_add(const std::string& id, ErrorCode& error) {
    if (auto entry = lookup(id)) return entry;
    error = ErrorCode::policy_violation;
    if (entries_.size() >= config_.max_transactional_ids) return nullptr;
    error = ErrorCode::coordinator_not_available;
    const auto producer_id = surroundings_.fresh_producer_id();
    if (!producer_id) return nullptr;
    auto entry = std::make_shared<Entry>(Entry{.id = id, .state = {}});
    entry->state.producer.id = *producer_id;
    entries_.emplace(id, entry);
    return entry;
}

void TxnCoordinator::init_producer_id(const std::string& id, std::int32_t timeout_ms,
                                      std::optional<ProducerIdentity> expected,
                                      const Initialized& done) {
    if (!is_id(id)) return done(ErrorCode::invalid_request, nobody);
    if (timeout_ms <= 0 || timeout_ms > config_.transaction_max_timeout_ms)
        return done(ErrorCode::invalid_transaction_timeout, nobody);
    auto error = ErrorCode::none;
    const auto entry = lookup_or_add(id, error);
    if (!entry) return done(error, nobody);
    const auto again = [=, this] { init_producer_id(id, timeout_ms, expected, done); };
    if (must_wait(entry, again)) return;

    const auto now = surroundings_.wall_ms();
    const auto& before = entry->state;
    if (is_fenced(before, expected)) return done(ErrorCode::producer_fenced, nobody);
    if (before.is_preparing()) return done(ErrorCode::concurrent_transactions, nobody);
    // Whoever began what is ongoing is fenced; then the request is made anew, as Kafka's clients
    // do.
    if (before.state == TransactionState::ongoing)
        return prepare(entry, fence_and_abort(before, now),
                       [=](ErrorCode failed, ProducerIdentity) {
                           if (failed != ErrorCode::none) return done(failed, nobody);
                           again();
                       });
    auto made = initialize(before, timeout_ms, expected, now,
                           [this] { return surroundings_.fresh_producer_id(); });
    if (!made.next) return done(made.error, nobody);
    const auto producer = made.next->producer;
    adopt(entry, std::move(*made.next), [done, producer](ErrorCode failed) {
        done(failed, failed == ErrorCode::none ? producer : nobody);
    });
}

void TxnCoordinator::add_partitions(const std::string& id, const ProducerIdentity& producer,
                                    const std::set<TopicPartition>& partitions,
                                    TransactionVersion version, const Done& done) {
    if (!is_id(id)) return done(ErrorCode::invalid_request);
    const auto entry = lookup(id);
    if (!entry) return done(ErrorCode::invalid_producer_id_mapping);
    if (must_wait(entry, [=, this] { add_partitions(id, producer, partitions, version, done); }))
        return;
    auto made = broker::add_partitions(entry->state, producer, partitions, version,
                                       surroundings_.wall_ms());
    if (!made.next) return done(made.error);
    entry->state = std::move(*made.next);
    // It need not be durable: the log of each partition that is written to tells of it, too.
    surroundings_.write(partition_of(id), transaction_record(id, entry->state), [](ErrorCode) {});
    done(ErrorCode::none);
}

ErrorCode TxnCoordinator::verify(const std::string& id, const ProducerIdentity& producer,
                                 const TopicPartition& partition) const {
    if (!is_id(id)) return ErrorCode::invalid_request;
    const auto entry = lookup(id);
    if (!entry || entry->state.producer.id != producer.id)
        return ErrorCode::invalid_producer_id_mapping;
    if (entry->state.producer.epoch != producer.epoch) return ErrorCode::producer_fenced;
    if (entry->state.is_preparing()) return ErrorCode::concurrent_transactions;
    return entry->state.partitions.contains(partition) ? ErrorCode::none
                                                       : ErrorCode::transaction_abortable;
}

void TxnCoordinator::end(const std::string& id, const ProducerIdentity& producer, bool commit,
                         TransactionVersion version, const Ended& done) {
    if (!is_id(id)) return done(ErrorCode::invalid_request, nobody);
    const auto entry = lookup(id);
    if (!entry) return done(ErrorCode::invalid_producer_id_mapping, nobody);
    if (must_wait(entry, [=, this] { end(id, producer, commit, version, done); })) return;
    auto made = broker::end(entry->state, producer, commit, version, surroundings_.wall_ms(),
                            [this] { return surroundings_.fresh_producer_id(); });
    if (made.next) return prepare(entry, std::move(*made.next), done);
    const bool tells = made.error == ErrorCode::none && version == TransactionVersion::v2;
    done(made.error, tells ? entry->state.producer : nobody);
}

/// The outcome is decided once `next` is durable; `done` hears when it is to be seen everywhere.
void TxnCoordinator::prepare(const EntryPtr& entry, Transaction next, const Ended& done) {
    adopt(entry, std::move(next), [this, entry, done](ErrorCode error) {
        if (error != ErrorCode::none) return done(error, nobody);
        finish(entry, done);
    });
}

/// Writes the markers, then that they are written. Until that is durable no further transaction may
/// begin: after a loss of power its records would get the markers of this one.
void TxnCoordinator::finish(const EntryPtr& entry, const Ended& done) {
    entry->busy = true;
    const auto& prepared = entry->state;
    const TxnMarkers markers{.producer = prepared.producer,
                             .commit = prepared.state == TransactionState::prepare_commit,
                             .has_own_epoch = prepared.has_own_epoch(),
                             .state_partition = partition_of(entry->id),
                             .partitions = prepared.partitions};
    surroundings_.write_markers(markers, [this, entry, done, alive = alive_](bool written) {
        if (!*alive) return;
        entry->busy = false;
        if (!written) {
            // It is decided, and the next start carries it out; until then nothing else may begin.
            done(ErrorCode::none, entry->state.producer);
            return release(entry);
        }
        auto completed = complete(entry->state, surroundings_.wall_ms());
        const auto next_producer = completed.has_own_epoch() ? completed.producer : nobody;
        adopt(entry, std::move(completed), [](ErrorCode) {});
        done(ErrorCode::none, next_producer);
    });
}

void TxnCoordinator::abort_timed_out() {
    const auto now = surroundings_.wall_ms();
    std::vector<EntryPtr> late;
    for (const auto& [id, entry] : entries_) {
        const auto& state = entry->state;
        if (!entry->busy && state.state == TransactionState::ongoing
            && state.started + state.timeout_ms < now)
            late.push_back(entry);
    }
    for (const auto& entry : late)
        prepare(entry, fence_and_abort(entry->state, now), [](ErrorCode, ProducerIdentity) {});
}

void TxnCoordinator::expire() {
    const auto before = surroundings_.wall_ms() - config_.transactional_id_expiration_ms;
    std::vector<EntryPtr> unused;
    for (const auto& [id, entry] : entries_) {
        const auto& state = entry->state;
        const bool idle = state.state != TransactionState::ongoing && !state.is_preparing();
        if (!entry->busy && idle && state.updated <= before) unused.push_back(entry);
    }
    for (const auto& entry : unused) {
        entry->busy = true;
        surroundings_.write(partition_of(entry->id), transaction_tombstone(entry->id),
                            [this, entry, alive = alive_](ErrorCode outcome) {
                                if (!*alive) return;
                                if (outcome == ErrorCode::none) entries_.erase(entry->id);
                                release(entry);
                            });
    }
}

}  // namespace leat::broker
