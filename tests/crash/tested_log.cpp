#include "tested_log.hpp"

#include "kafka/record_batch.hpp"
#include "storage/cold_read.hpp"
#include "toy_rewriter.hpp"

namespace leat::crash {

using storage::LogFault;

namespace {

// What a connection would send.
storage::ReadData bring_in(storage::ReadData data) {
    if (!data.file) return data;
    return {{SharedSlice::of(storage::content_of(*data.file))}, data.bytes};
}

}  // namespace

TestedLog::TestedLog(SimWorld& world, int number) : world_(world) {
    using Kind = HistoryChecker::Kind;
    producers_ = {{Kind::idempotent, number * 10 + 1, 0, {}},
                  {Kind::idempotent, number * 10 + 2, 0, {}},
                  {Kind::plain, number * 10 + 3, 0, {}}};
}

void TestedLog::send() {
    auto& producer = producers_[world_.pick(producers_.size())];
    constexpr std::size_t in_flight = 5;
    if (producer.unacked.size() >= in_flight) return;
    Unacked batch;
    batch.sequence = producer.sent;
    for (auto records = 1 + world_.pick(3); records > 0; --records) {
        const auto size = world_.one_in(4) ? world_.pick(900) : world_.pick(60);
        batch.values.push_back(
            HistoryChecker::value_of(producer.kind, producer.number, producer.sent++, size));
        checker_.sent(batch.values.back());
    }
    producer.unacked.push_back(batch);
    deliver(producer, producer.unacked.back());
}

void TestedLog::deliver(Producer& producer, Unacked& batch) {
    std::vector<kafka::NewRecord> records;
    for (const auto& value : batch.values)
        records.push_back({world_.clock.wall_ms(), {}, as_bytes(value), {}});
    kafka::BatchOptions options;
    if (producer.kind == HistoryChecker::Kind::idempotent) {
        options.producer_id = producer.number;
        options.producer_epoch = 0;
        options.base_sequence = batch.sequence;
    }
    const auto outcome = log_->append(
        storage::IncomingBatch::of(kafka::build_batch(records, options)), world_.clock.wall_ms());
    if (outcome.fault == LogFault::none) {
        batch.last_offset = outcome.last_offset;
        world_.flusher->appended(*log_);
    } else if (!world_.disk.is_dead()) {
        checker_.anomaly("a batch was refused: " + outcome.what);
    }
    world_.note("append " + batch.values.front().substr(0, 6) + " at "
                + std::to_string(batch.last_offset) + (outcome.duplicate ? " again" : ""));
}

void TestedLog::take_acks() {
    if (!log_ || world_.disk.is_dead()) return;
    if (!log_->is_replacing() && !log_->is_offline())
        for (const auto offset : std::exchange(rewritten_away_, {}))
            checker_.forgotten(offset, true);
    for (auto& producer : producers_) {
        while (!producer.unacked.empty()) {
            const auto& batch = producer.unacked.front();
            if (batch.last_offset < 0 || batch.last_offset >= log_->recovery_point()) break;
            auto offset = batch.last_offset - static_cast<std::int64_t>(batch.values.size()) + 1;
            for (const auto& value : batch.values) checker_.acknowledged(offset++, value);
            world_.note("acknowledged up to " + std::to_string(batch.last_offset));
            producer.unacked.pop_front();
        }
    }
}

// A job may run when much has changed: what it brings may be old, but never torn.
void TestedLog::run_late_read() {
    const auto job = std::exchange(late_read_, nullptr);
    if (!job) return;
    auto cold = job->run(world_.disk);
    log_->learn(cold.learned);
    const auto data = bring_in(std::move(cold.data));
    if (world_.disk.is_dead()) return;
    for (const auto& part : data.parts)
        for (auto rest = part.bytes; !rest.empty();) {
            const auto header = kafka::check_batch(rest, rest.size()).header;
            if (!header) return checker_.anomaly("a torn batch was served late");
            rest = rest.subspan(header->size());
        }
}

void TestedLog::read_some() {
    run_late_read();
    const auto high = log_->high_watermark();
    const auto low = log_->log_start();
    if (high == low) return;
    const auto offset =
        low + static_cast<std::int64_t>(world_.pick(static_cast<std::uint64_t>(high - low)));
    storage::ReadLimits limits{.upper_bound = high, .max_bytes = world_.pick(2000)};
    if (!world_.one_in(3)) limits.in_file_from = 1;
    world_.disk.set_in_memory(!world_.one_in(4));
    const auto read = log_->read(offset, limits);
    auto data = read.data;
    auto fault = read.fault;
    if (read.cold && world_.one_in(4)) {
        late_read_ = read.cold;
        return;
    }
    if (read.cold) {
        auto cold = read.cold->run(world_.disk);
        log_->learn(cold.learned);
        data = bring_in(std::move(cold.data));
        fault = cold.fault;
    }
    if (world_.disk.is_dead()) return;
    if (fault != LogFault::none || data.parts.empty())
        return checker_.anomaly("offset " + std::to_string(offset)
                                + " cannot be read: " + name_of(fault) + read.what);
    for (const auto& part : data.parts) {
        for (auto rest = part.bytes; !rest.empty();) {
            const auto header = kafka::check_batch(rest, rest.size()).header;
            if (!header) return checker_.anomaly("a torn batch was served");
            const auto visited = kafka::for_each_record(rest, 1 << 20, [&](const auto& record) {
                // In page-cache mode only what was synced is promised to survive a power cut.
                if (record.offset < std::min(high, log_->recovery_point()) && record.offset >= low)
                    checker_.seen(record.offset, std::string{as_text(*record.value)});
                return true;
            });
            if (!visited) return checker_.anomaly("records of a served batch cannot be read");
            rest = rest.subspan(header->size());
        }
    }
}

void TestedLog::delete_some() {
    const auto room = static_cast<std::uint64_t>(log_->high_watermark() - log_->log_start());
    const auto offset = log_->log_start() + static_cast<std::int64_t>(world_.pick(room + 1));
    world_.note("delete below " + std::to_string(offset));
    checker_.deleted_below(offset, false);
    if (log_->delete_records(offset) != LogFault::none)
        checker_.anomaly("DeleteRecords was refused");
    const auto durable = log_->durable_log_start();
    world_.flusher->save_checkpoints(
        [this, durable, offset, life = world_.life](const Result<void>& saved) {
            // In page-cache mode it is promised only as far as it was synced.
            if (saved.ok() && life == world_.life)
                checker_.deleted_below(std::min(offset, durable), true);
        });
}

void TestedLog::rewrite_some() {
    const auto segments = log_->closed_segments();
    if (segments.empty() || log_->is_replacing()) return;
    const auto& segment = segments[world_.pick(segments.size())];
    const auto dropped =
        rewrite_segment(world_.disk, *log_, segment, [&] { return world_.one_in(3); });
    if (!dropped && !world_.disk.is_dead()) checker_.anomaly(dropped.error().what);
    if (!dropped || dropped->empty()) return;
    world_.note("rewrite the segment " + std::to_string(segment.base_offset) + " without "
                + std::to_string(dropped->size()));
    for (const auto offset : *dropped) checker_.forgotten(offset, false);
    rewritten_away_ = *dropped;
    world_.flusher->request(*log_);
}

void TestedLog::verify() {
    rewritten_away_.clear();
    HistoryChecker::Content content;
    auto offset = log_->log_start();
    if (log_->high_watermark() != log_->end_offset())
        checker_.anomaly("the high watermark is below the end after a start");
    while (offset < log_->end_offset()) {
        auto read = log_->read(offset, {.upper_bound = log_->end_offset()});
        if (!read.cold) return checker_.anomaly("nothing to read at " + std::to_string(offset));
        const auto cold = read.cold->run(world_.disk);
        if (cold.fault != LogFault::none || cold.data.parts.empty())
            return checker_.anomaly("cannot be read after a start: " + cold.what);
        for (const auto& part : cold.data.parts) {
            const auto header = kafka::check_batch(part.bytes, part.size()).header;
            if (!header) return checker_.anomaly("a torn batch was served");
            const auto visited =
                kafka::for_each_record(part.bytes, 1 << 20, [&](const auto& record) {
                    if (record.offset >= offset)
                        content.emplace_back(record.offset, std::string{as_text(*record.value)});
                    return true;
                });
            if (!visited) return checker_.anomaly("records of a served batch cannot be read");
            offset = header->next_offset();
        }
    }
    checker_.recovered(log_->log_start(), content);
    for (auto& producer : producers_)
        for (auto& batch : producer.unacked) batch.last_offset = -1;
}

void TestedLog::resend() {
    for (auto& producer : producers_)
        for (auto& batch : producer.unacked) deliver(producer, batch);
}

}  // namespace leat::crash
