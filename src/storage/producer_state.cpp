#include "storage/producer_state.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/crc32c.hpp"

namespace leat::storage {
namespace {

constexpr std::int16_t snapshot_version = 1;
constexpr std::size_t snapshot_header_size = 10;  // version, CRC-32C of what follows it, count
constexpr std::size_t snapshot_entry_size = 46;
constexpr std::size_t crc_at = 2;
constexpr std::size_t covered_at = 6;

bool is_next(std::int32_t last, std::int32_t next) {
    return std::int64_t{next} == std::int64_t{last} + 1
           || (next == 0 && last == std::numeric_limits<std::int32_t>::max());
}

std::string name_of(const kafka::BatchHeader& batch) {
    return "producer " + std::to_string(batch.producer_id);
}

ProducerState::Judgement too_early(const kafka::BatchHeader& batch) {
    return {ProducerState::Verdict::out_of_order_sequence,
            {},
            name_of(batch) + " sent sequence " + std::to_string(batch.base_sequence)
                + " before an earlier one, with which it wanted to begin"};
}

template <class T>
void put(std::byte*& at, T value) {
    store_be(at, value);
    at += sizeof(T);
}
template <class T>
T take(const std::byte*& at) {
    const T value = load_be<T>(at);
    at += sizeof(T);
    return value;
}

}  // namespace

std::int32_t ProducerState::Batch::first_sequence() const {
    const std::int64_t first = std::int64_t{last_sequence} - offset_delta;
    constexpr std::int64_t span = std::int64_t{std::numeric_limits<std::int32_t>::max()} + 1;
    return static_cast<std::int32_t>(first < 0 ? first + span : first);
}

void ProducerState::Producer::push(const Batch& batch) {
    if (count == batches.size())
        std::shift_left(batches.begin(), batches.end(), 1);
    else
        ++count;
    batches[count - 1U] = batch;
}

ProducerState::Judgement ProducerState::judge(const kafka::BatchHeader& batch,
                                              const TransactionFacts& transaction) const {
    if (!batch.has_producer_id()) return {};
    const auto found = producers_.find(batch.producer_id);
    if (found == producers_.end()) {
        if (comes_too_early(batch)) return too_early(batch);
        // Of whoever asked first.
        const auto expected = expected_.find(batch.producer_id);
        const bool has_own_epoch = expected != expected_.end() ? expected->second.has_own_epoch
                                                               : transaction.has_own_epoch;
        if (!has_own_epoch || batch.base_sequence <= 0) return {};
        return {Verdict::out_of_order_sequence,
                {},
                name_of(batch) + " is not known, and begins with sequence "
                    + std::to_string(batch.base_sequence) + " instead of 0"};
    }
    const auto& known = found->second;
    auto judged = judge_epoch(known, batch);
    if (judged.verdict != Verdict::accept) return judged;
    if (batch.is_control()) return judge_end(known, batch, transaction);
    judged = judge_sequence(known, batch);
    if (judged.verdict == Verdict::accept && known.transaction_first_offset >= 0
        && !batch.is_transactional())
        return {Verdict::invalid_txn_state,
                {},
                name_of(batch) + " has an open transaction, and sent a batch that is not in it"};
    return judged;
}

ProducerState::Judgement ProducerState::judge_epoch(const Producer& known,
                                                    const kafka::BatchHeader& batch) {
    if (batch.producer_epoch >= known.epoch) return {};
    return {Verdict::invalid_producer_epoch,
            {},
            name_of(batch) + " sent epoch " + std::to_string(batch.producer_epoch)
                + ", but its current epoch is " + std::to_string(known.epoch)};
}

ProducerState::Judgement ProducerState::judge_end(const Producer& known,
                                                  const kafka::BatchHeader& batch,
                                                  const TransactionFacts& transaction) {
    if (!transaction.end) return {};
    if (transaction.end->coordinator_epoch < known.coordinator_epoch)
        return {Verdict::coordinator_fenced,
                {},
                "a transaction of " + name_of(batch) + " was to be ended by coordinator epoch "
                    + std::to_string(transaction.end->coordinator_epoch) + ", but it is "
                    + std::to_string(known.coordinator_epoch)};
    // A marker that comes again finds no transaction; one that comes too late would end the next.
    if (transaction.has_own_epoch && batch.producer_epoch == known.epoch
        && known.transaction_first_offset >= 0)
        return {Verdict::invalid_producer_epoch,
                {},
                "a transaction of " + name_of(batch) + " is to be ended by an epoch above its own, "
                    + std::to_string(known.epoch)};
    return {};
}

void ProducerState::expect(const kafka::BatchHeader& batch, bool has_own_epoch, TimestampMs now) {
    if (!batch.has_producer_id() || expected_.size() >= most_expected) return;
    const auto known = producers_.find(batch.producer_id);
    if (known != producers_.end()) {
        const auto& [id, producer] = *known;
        const bool is_open = producer.transaction_first_offset >= 0;
        if (batch.producer_epoch < producer.epoch
            || (is_open && batch.producer_epoch == producer.epoch))
            return;
    }
    const auto [at, added] = expected_.try_emplace(
        batch.producer_id, Expected{batch.producer_epoch, batch.base_sequence, has_own_epoch, now});
    auto& expected = at->second;
    if (batch.producer_epoch > expected.epoch)
        expected.lowest_sequence = batch.base_sequence;
    else if (batch.producer_epoch == expected.epoch)
        expected.lowest_sequence = std::min(expected.lowest_sequence, batch.base_sequence);
    expected.epoch = std::max(expected.epoch, batch.producer_epoch);
}

bool ProducerState::comes_too_early(const kafka::BatchHeader& batch) const {
    const auto at = expected_.find(batch.producer_id);
    return at != expected_.end() && batch.base_sequence > at->second.lowest_sequence;
}

/// A batch in the transaction, or its end. The end of the one before leaves the next as it is.
void ProducerState::has_come(const kafka::BatchHeader& batch) {
    const auto at = expected_.find(batch.producer_id);
    if (at == expected_.end() || !batch.is_transactional()) return;
    const auto& expected = at->second;
    if (batch.is_control() && expected.has_own_epoch && batch.producer_epoch == expected.epoch)
        return;
    expected_.erase(at);
}

ProducerState::Judgement ProducerState::judge_sequence(const Producer& known,
                                                       const kafka::BatchHeader& batch) const {
    if (batch.base_sequence == kafka::no_sequence) return {};  // a coordinator counts none
    for (std::size_t i = 0; i < known.count && batch.producer_epoch == known.epoch; ++i) {
        const auto& stored = known.batches[i];
        if (stored.first_sequence() != batch.base_sequence
            || stored.last_sequence != batch.last_sequence())
            continue;
        // Whoever takes a number of an aborted batch again (librdkafka, when it purges what it has
        // sent) means another record: to call it stored would lose it.
        if (batch.is_transactional() && !known.is_in_open_transaction(stored))
            return {Verdict::out_of_order_sequence,
                    {},
                    name_of(batch) + " sent sequence " + std::to_string(batch.base_sequence)
                        + " again, which it has used in a transaction that has ended"};
        return {Verdict::duplicate, stored, {}};
    }
    if (comes_too_early(batch)) return too_early(batch);
    if (batch.producer_epoch > known.epoch) {
        if (batch.base_sequence == 0 || known.epoch == kafka::no_producer_epoch) return {};
        return {Verdict::out_of_order_sequence,
                {},
                name_of(batch) + " begins a new epoch with sequence "
                    + std::to_string(batch.base_sequence) + " instead of 0"};
    }
    // Kafka keeps no order for a producer without an epoch.
    if (known.epoch == kafka::no_producer_epoch) return {};
    const auto last = known.count == 0 ? kafka::no_sequence : known.last().last_sequence;
    if (is_next(last, batch.base_sequence)) return {};
    return {Verdict::out_of_order_sequence,
            {},
            name_of(batch) + " sent sequence " + std::to_string(batch.base_sequence) + " after "
                + std::to_string(last)};
}

std::optional<AbortedTransaction> ProducerState::update(const kafka::BatchHeader& batch,
                                                        const TransactionFacts& transaction) {
    if (!batch.has_producer_id()) return std::nullopt;
    has_come(batch);
    auto& known = producers_[batch.producer_id];
    if (batch.producer_epoch != known.epoch) {
        known.epoch = batch.producer_epoch;
        known.count = 0;
    }
    known.last_timestamp = batch.max_timestamp;
    if (batch.is_control())
        return transaction.end ? end_transaction(known, batch, *transaction.end) : std::nullopt;
    if (batch.is_transactional() && known.transaction_first_offset < 0) {
        known.transaction_first_offset = batch.base_offset;
        transactions_.begin(batch.base_offset);
    }
    known.push(
        {batch.last_sequence(), batch.last_offset_delta, batch.last_offset(), batch.max_timestamp});
    return std::nullopt;
}

std::optional<AbortedTransaction> ProducerState::end_transaction(
    Producer& known, const kafka::BatchHeader& batch, const kafka::EndTxnMarker& marker) {
    known.coordinator_epoch = marker.coordinator_epoch;
    const auto first = std::exchange(known.transaction_first_offset, -1);
    if (first < 0) return std::nullopt;
    transactions_.end(first, batch.last_offset());
    if (marker.commit) return std::nullopt;
    return AbortedTransaction{batch.producer_id, first, batch.last_offset(),
                              transactions_.first_open().value_or(batch.next_offset())};
}

ProducerState::Described ProducerState::describe(std::int64_t producer_id, const Producer& known) {
    return {producer_id,
            known.epoch,
            known.count == 0 ? kafka::no_sequence : known.last().last_sequence,
            known.count == 0 ? -1 : known.last().last_offset,
            known.last_timestamp,
            known.coordinator_epoch,
            known.transaction_first_offset};
}

std::optional<ProducerState::Described> ProducerState::find(std::int64_t producer_id) const {
    const auto at = producers_.find(producer_id);
    if (at == producers_.end()) return std::nullopt;
    return describe(producer_id, at->second);
}

void ProducerState::each(const std::function<void(const Described&)>& visit) const {
    for (const auto& [id, known] : producers_) visit(describe(id, known));
}

void ProducerState::expire(TimestampMs now, std::int64_t expiration_ms) {
    std::erase_if(producers_, [&](const auto& entry) {
        return entry.second.transaction_first_offset < 0
               && now - entry.second.last_timestamp >= expiration_ms;
    });
    std::erase_if(expected_,
                  [&](const auto& entry) { return now - entry.second.since >= expiration_ms; });
}

Bytes ProducerState::encode() const {
    std::size_t entries = 0;
    std::vector<std::int64_t> ids;
    for (const auto& [id, producer] : producers_) {
        ids.push_back(id);
        entries += std::max<std::size_t>(producer.count, 1);
    }
    std::ranges::sort(ids);
    Bytes bytes(snapshot_header_size + entries * snapshot_entry_size);
    auto* at = bytes.data() + covered_at;
    put(at, static_cast<std::int32_t>(entries));
    const auto put_entry = [&](std::int64_t id, const Producer& producer, const Batch& batch) {
        put(at, id);
        put(at, producer.epoch);
        put(at, batch.last_sequence);
        put(at, batch.last_offset);
        put(at, batch.offset_delta);
        put(at, batch.last_offset < 0 ? producer.last_timestamp : batch.timestamp);
        put(at, producer.coordinator_epoch);
        put(at, producer.transaction_first_offset);
    };
    for (const auto id : ids) {
        // One entry a batch, oldest first. Kafka writes the last only, and when it reads several of
        // one producer the last wins; we keep the whole window, so that a restart does not turn a
        // retried batch into OUT_OF_ORDER_SEQUENCE_NUMBER.
        const auto& producer = producers_.at(id);
        if (producer.count == 0) put_entry(id, producer, {});
        for (std::size_t i = 0; i < producer.count; ++i)
            put_entry(id, producer, producer.batches[i]);
    }
    store_be(bytes.data(), snapshot_version);
    store_be(bytes.data() + crc_at, crc32c(ByteView{bytes}.subspan(covered_at)));
    return bytes;
}

Result<std::vector<SnapshotEntry>> read_snapshot(ByteView bytes) {
    if (bytes.size() < snapshot_header_size)
        return Error{Errc::corrupt, "a producer snapshot is shorter than its header"};
    if (load_be<std::int16_t>(bytes.data()) != snapshot_version)
        return Error{Errc::unsupported, "a producer snapshot is not of version 1"};
    if (load_be<std::uint32_t>(bytes.data() + crc_at) != crc32c(bytes.subspan(covered_at)))
        return Error{Errc::corrupt, "the checksum of a producer snapshot does not match"};
    const auto* at = bytes.data() + covered_at;
    const auto count = take<std::int32_t>(at);
    if (count < 0
        || bytes.size()
               != snapshot_header_size + static_cast<std::size_t>(count) * snapshot_entry_size)
        return Error{Errc::corrupt, "a producer snapshot's count does not fit its size"};
    std::vector<SnapshotEntry> entries(static_cast<std::size_t>(count));
    for (auto& entry : entries) {
        entry.producer_id = take<std::int64_t>(at);
        entry.epoch = take<std::int16_t>(at);
        entry.last_sequence = take<std::int32_t>(at);
        entry.last_offset = take<std::int64_t>(at);
        entry.offset_delta = take<std::int32_t>(at);
        entry.timestamp = take<std::int64_t>(at);
        entry.coordinator_epoch = take<std::int32_t>(at);
        entry.transaction_first_offset = take<std::int64_t>(at);
    }
    return entries;
}

Result<void> ProducerState::decode(ByteView bytes) {
    clear();
    const auto entries = read_snapshot(bytes);
    if (!entries) return entries.error();
    for (const auto& entry : *entries) {
        auto& producer = producers_[entry.producer_id];
        if (entry.epoch != producer.epoch) producer.count = 0;
        producer.epoch = entry.epoch;
        producer.coordinator_epoch = entry.coordinator_epoch;
        producer.transaction_first_offset = entry.transaction_first_offset;
        producer.last_timestamp = entry.timestamp;
        if (entry.last_offset >= 0)
            producer.push(
                {entry.last_sequence, entry.offset_delta, entry.last_offset, entry.timestamp});
    }
    for (const auto& [id, producer] : producers_)
        if (producer.transaction_first_offset >= 0)
            transactions_.begin(producer.transaction_first_offset);
    return {};
}

}  // namespace leat::storage
