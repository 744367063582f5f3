#include "compacted_log.hpp"

#include <algorithm>

#include "kafka/end_txn_marker.hpp"
#include "storage/aborted_search.hpp"

namespace leat::crash {
namespace {

using storage::LogFault;

constexpr std::int64_t plain = -1;
constexpr std::int64_t producers = 3;  // the last of them begins no transactions
constexpr std::size_t most_inflated = 1 << 20;

std::shared_ptr<const storage::LogConfig> compacted(SimWorld& world) {
    auto config = *world.config;
    config.cleanup_compact = true;
    config.cleanup_delete = false;
    config.segment_bytes = 400 + static_cast<std::int64_t>(world.pick(2000));
    config.index_interval_bytes = static_cast<std::int64_t>(world.pick(300));
    config.delete_retention_ms =
        world.one_in(3) ? 0 : static_cast<std::int64_t>(world.pick(40'000));
    return std::make_shared<const storage::LogConfig>(config);
}

template <class Records>
std::string described(const Records& records) {
    std::string text;
    for (const auto& [key, value] : records)
        text += " " + key + "=" + (value ? value->substr(0, value->find('.')) : "");
    return text;
}

storage::ReadData whole(storage::ReadData data) {
    if (!data.file) return data;
    return {{SharedSlice::of(storage::content_of(*data.file))}, data.bytes};
}

}  // namespace

CompactedLog::CompactedLog(SimWorld& world)
    : world_(world), config_(compacted(world)), loses_snapshots_(world.one_in(2)) {}

void CompactedLog::attach(std::shared_ptr<storage::Log> log) {
    log_ = std::move(log);
    compactor_ = std::make_unique<storage::Compactor>(storage::Compactor::Seams{
        world_.disk, world_.pool, *world_.flusher, world_.clock,
        [this](auto, auto what) { world_.pool.run([] {}, std::move(what)); }});
}

void CompactedLog::detach() {
    compactor_.reset();
    log_.reset();
    late_read_.reset();
}

bool CompactedLog::is_open(std::int64_t producer) const {
    return std::ranges::any_of(history_, [&](const Batch& batch) {
        return batch.producer == producer && batch.fate == Fate::open;
    });
}

std::int32_t CompactedLog::next_sequence(std::int64_t producer) const {
    std::int32_t next = 0;
    for (const auto& batch : history_)
        if (batch.producer == producer && batch.kind == Kind::data)
            next = batch.sequence + static_cast<std::int32_t>(batch.records.size());
    return next;
}

void CompactedLog::put() {
    Batch batch;
    const auto choice = static_cast<std::int64_t>(world_.pick(producers + 1));
    batch.producer = choice == 0 ? plain : choice;
    const bool transactional = batch.producer != plain && batch.producer != producers;
    if (transactional) batch.fate = Fate::open;
    for (auto records = 1 + world_.pick(3); records > 0; --records) {
        auto& [key, value] = batch.records.emplace_back();
        key = "k" + std::to_string(world_.pick(12));
        if (!world_.one_in(4))
            value = std::to_string(++values_) + std::string(world_.pick(80), '.');
    }
    std::vector<kafka::NewRecord> records;
    for (const auto& [key, value] : batch.records) {
        auto& record = records.emplace_back();
        record.timestamp = world_.clock.wall_ms();
        record.key = as_bytes(key);
        if (value) record.value = as_bytes(*value);
    }
    kafka::BatchOptions options;
    if (world_.one_in(4)) options.codec = kafka::Codec::zstd;
    if (batch.producer != plain) {
        batch.sequence = next_sequence(batch.producer);
        options.producer_id = batch.producer;
        options.producer_epoch = 0;
        options.base_sequence = batch.sequence;
        options.transactional = transactional;
    }
    const auto bytes = kafka::build_batch(records, options);
    append(batch, storage::IncomingBatch::of(bytes), false);
    // As a producer that has lost the answer. Whoever forgot the batch would refuse the next.
    if (batch.producer != plain && world_.one_in(4) && !world_.disk.is_dead())
        append(batch, storage::IncomingBatch::of(bytes), true);
}

void CompactedLog::end_transaction() {
    Batch batch;
    batch.producer = 1 + static_cast<std::int64_t>(world_.pick(producers - 1));
    if (!is_open(batch.producer)) return;
    const kafka::EndTxnMarker marker{!world_.one_in(2), 0};
    batch.kind = marker.commit ? Kind::commit : Kind::abort;
    auto bytes = storage::IncomingBatch::of(
        kafka::build_end_txn_marker(batch.producer, 0, marker, world_.clock.wall_ms()));
    bytes.transaction = {marker, false};
    append(std::move(batch), std::move(bytes), false);
}

void CompactedLog::append(Batch batch, storage::IncomingBatch bytes, bool retried) {
    const auto outcome = log_->append(bytes, world_.clock.wall_ms());
    if (outcome.fault != LogFault::none) {
        if (!world_.disk.is_dead())
            world_.anomaly("the compacted log refused a batch: " + outcome.what);
        return;
    }
    if (outcome.duplicate != retried) world_.anomaly("a retry is the only duplicate");
    world_.flusher->appended(*log_);
    if (outcome.duplicate) return;
    batch.base = outcome.base_offset;
    world_.note("append at " + std::to_string(batch.base) + " of " + std::to_string(batch.producer)
                + (batch.kind == Kind::data     ? described(batch.records)
                   : batch.kind == Kind::commit ? " commit"
                                                : " abort"));
    history_.push_back(std::move(batch));
    settle_fates();
}

/// Of each batch by the markers that are in the log.
void CompactedLog::settle_fates() {
    std::map<std::int64_t, Fate> next;
    for (auto batch = history_.rbegin(); batch != history_.rend(); ++batch) {
        if (batch->producer == plain || batch->producer == producers) continue;
        if (batch->kind == Kind::data) {
            const auto found = next.find(batch->producer);
            batch->fate = found == next.end() ? Fate::open : found->second;
        } else {
            next[batch->producer] = batch->kind == Kind::commit ? Fate::committed : Fate::aborted;
        }
    }
}

void CompactedLog::roll() {
    const auto rolled = log_->roll(world_.clock.wall_ms());
    if (!rolled && !world_.disk.is_dead()) world_.anomaly(rolled.error().what);
    if (rolled) world_.flusher->request(*log_);
}

void CompactedLog::delete_some() {
    if (loses_snapshots_) return;
    const auto room = static_cast<std::uint64_t>(log_->last_stable_offset() - log_->log_start());
    const auto offset = log_->log_start() + static_cast<std::int64_t>(world_.pick(room / 2 + 1));
    if (log_->delete_records(offset) != LogFault::none) world_.anomaly("DeleteRecords was refused");
    world_.flusher->save_checkpoints({});
}

void CompactedLog::take_acks() {
    if (log_ && !world_.disk.is_dead())
        acknowledged_ = std::max(acknowledged_, log_->recovery_point());
}

void CompactedLog::compact_some() {
    if (compactor_->log() != nullptr) {
        if (world_.one_in(6)) compactor_->cancel({});
        return;
    }
    const auto now = world_.clock.wall_ms();
    // A start may know less than was done.
    const auto what = log_->compactable(world_.one_in(4) ? 0 : first_dirty_, now);
    if (what.dirty_bytes == 0 || log_->is_replacing()) return;
    auto plan = log_->plan_compaction(what, now);
    plan.hash_key = {world_.random(), world_.random()};
    plan.map.bytes = 24 * (2 + world_.pick(20));
    world_.note("compact from " + std::to_string(what.first_dirty) + " to "
                + std::to_string(what.until));
    compactor_->start(log_, std::move(plan), [this](const Result<std::int64_t>& dirty) {
        if (dirty) {
            first_dirty_ = *dirty;
            ++compactions_;
            world_.note("compacted to " + std::to_string(*dirty));
        } else if (!world_.disk.is_dead() && dirty.error().code != Errc::cancelled
                   && dirty.error().code != Errc::not_found) {
            world_.anomaly("a compaction failed: " + dirty.error().what);
        }
    });
}

const CompactedLog::Batch* CompactedLog::batch_at(std::int64_t offset) const {
    const auto next = std::ranges::upper_bound(history_, offset, {}, &Batch::base);
    if (next == history_.begin() || std::prev(next)->end() <= offset) return nullptr;
    return &*std::prev(next);
}

storage::ReadOutcome CompactedLog::begin_read(std::int64_t from, std::int64_t until) {
    storage::ReadLimits limits{.upper_bound = until, .max_bytes = 200 + world_.pick(3000)};
    if (!world_.one_in(3)) limits.in_file_from = 1;
    world_.disk.set_in_memory(!world_.one_in(4));
    return log_->read(from, limits);
}

void CompactedLog::run_late_read() {
    const auto late = std::exchange(late_read_, std::nullopt);
    if (!late || late->life != world_.life) return;
    auto cold = late->job->run(world_.disk);
    log_->learn(cold.learned);
    const bool is_current =
        late->from >= log_->log_start() && log_->rewrites_from(late->from) == late->rewrites;
    if (!world_.disk.is_dead() && cold.fault == LogFault::none && is_current)
        judge(whole(std::move(cold.data)), late->from, late->until, nullptr);
}

void CompactedLog::read_some() {
    if (world_.one_in(2)) return run_late_read();
    const auto until = log_->last_stable_offset();
    const auto low = log_->log_start();
    if (until <= low) return;
    const auto from =
        low + static_cast<std::int64_t>(world_.pick(static_cast<std::uint64_t>(until - low)));
    auto read = begin_read(from, until);
    if (read.cold && world_.one_in(2)) {
        late_read_ = LateRead{read.cold, from, until, log_->rewrites_from(from), world_.life};
        return;
    }
    verify_table();
}

void CompactedLog::verify_table() {
    const auto until = log_->last_stable_offset();
    if (until <= log_->log_start()) return;
    Table expected;
    for (const auto& batch : history_) {
        if (batch.base >= until || batch.fate != Fate::committed) continue;
        for (std::size_t i = 0; i < batch.records.size(); ++i) {
            if (batch.base + static_cast<std::int64_t>(i) < log_->log_start()) continue;
            const auto& [key, value] = batch.records[i];
            expected.erase(key);
            if (value) expected[key] = *value;
        }
    }
    Table found;
    for (auto offset = log_->log_start(); offset < until;) {
        auto read = begin_read(offset, until);
        auto data = std::move(read.data);
        auto fault = read.fault;
        auto next = std::int64_t{-1};
        if (read.cold) {
            auto cold = read.cold->run(world_.disk);
            log_->learn(cold.learned);
            data = whole(std::move(cold.data));
            fault = cold.fault;
            next = cold.next_readable;
        }
        if (world_.disk.is_dead()) return;
        if (fault != LogFault::none)
            return world_.anomaly("the compacted log cannot be read at " + std::to_string(offset));
        if (data.parts.empty() && next <= offset)
            return world_.anomaly("a read of the compacted log ends at " + std::to_string(offset));
        offset = data.parts.empty() ? next : judge(data, offset, until, &found);
    }
    if (found == expected || world_.disk.is_dead()) return;
    const auto as_text = [](const Table& table) {
        return described(
            std::map<std::string, std::optional<std::string>>{table.begin(), table.end()});
    };
    world_.anomaly("the table below " + std::to_string(until) + " is" + as_text(found)
                   + " and should be" + as_text(expected));
}

/// As a client does that reads committed records. Where to read on.
std::int64_t CompactedLog::judge(const storage::ReadData& data, std::int64_t from,
                                 std::int64_t until, Table* table) {
    Bytes bytes;
    for (const auto& part : data.parts)
        bytes.insert(bytes.end(), part.bytes.begin(), part.bytes.end());
    if (from < log_->log_start()) return from;  // deleted meanwhile
    auto aborted = log_->search_aborted(from, until).run(world_.disk);
    if (!aborted) return from;
    std::ranges::sort(*aborted, {}, &storage::AbortedTransaction::first_offset);
    std::size_t next = 0;
    std::set<std::int64_t> ended_badly;
    auto offset = from;
    for (auto rest = ByteView{bytes}; !rest.empty();) {
        const auto header = kafka::check_batch(rest, rest.size()).header;
        if (!header) return world_.anomaly("a torn batch was served"), until;
        const auto batch = rest.first(header->size());
        for (; next < aborted->size() && (*aborted)[next].first_offset <= header->last_offset();
             ++next)
            ended_badly.insert((*aborted)[next].producer_id);
        const auto marker = kafka::read_end_txn_marker(*header, batch);
        if (marker && !marker->commit) ended_badly.erase(header->producer_id);
        const bool hidden = header->is_transactional() && ended_badly.contains(header->producer_id);
        if (!header->is_control()) judge_batch(*header, batch, offset, hidden, table);
        offset = header->next_offset();
        rest = rest.subspan(header->size());
    }
    return offset;
}

void CompactedLog::judge_batch(const kafka::BatchHeader& header, ByteView batch, std::int64_t from,
                               bool hidden, Table* table) {
    const auto* known = batch_at(header.base_offset);
    if (known == nullptr || known->base != header.base_offset
        || known->end() != header.next_offset())
        return world_.anomaly("a batch at " + std::to_string(header.base_offset)
                              + " has other offsets than it had");
    if (header.has_producer_id() && header.base_sequence != known->sequence)
        return world_.anomaly("a batch has another sequence than it had");
    if (header.record_count > 0 && hidden != (known->fate == Fate::aborted))
        return world_.anomaly("a reader is told wrongly of the transaction of the batch at "
                              + std::to_string(header.base_offset));
    dropped_ += static_cast<std::uint64_t>(header.last_offset_delta + 1 - header.record_count);
    const auto read = kafka::for_each_record(batch, most_inflated, [&](const auto& record) {
        const auto& [key, value] =
            known->records.at(static_cast<std::size_t>(record.offset - known->base));
        const bool same_value = record.value.has_value() == value.has_value()
                                && (!value || as_text(*record.value) == *value);
        if (as_text(*record.key) != key || !same_value)
            world_.anomaly("the record at " + std::to_string(record.offset) + " is another one");
        if (table == nullptr || hidden || record.offset < from) return true;
        table->erase(key);
        if (value) (*table)[key] = *value;
        return true;
    });
    if (!read) world_.anomaly("records of the compacted log cannot be read");
}

void CompactedLog::verify_start() {
    const auto end = log_->end_offset();
    if (end < acknowledged_) return world_.anomaly("the compacted log lost what was acknowledged");
    std::erase_if(history_, [&](const Batch& batch) { return batch.base >= end; });
    if (!history_.empty() && history_.back().end() != end)
        world_.anomaly("the compacted log ends at another offset than its last batch");
    settle_fates();
    acknowledged_ = end;
    verify_table();
}

}  // namespace leat::crash
