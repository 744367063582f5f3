#include "power_cut_sim.hpp"

#include <cstdio>

#include "kafka/record_batch.hpp"
#include "storage/log_jobs.hpp"

namespace leat::crash {
namespace {

using storage::LogFault;
const storage::TopicPartition the_partition{"t", 0};
const storage::TopicPartition the_state{"__state", 0};

storage::LogConfig random_config(std::mt19937_64& random) {
    storage::LogConfig config;
    config.segment_bytes = 3000 + static_cast<std::int64_t>(random() % 5000);
    config.index_interval_bytes = static_cast<std::int64_t>(random() % 1500);
    config.retention_bytes = random() % 2 == 0 ? -1 : 6000;
    config.retention_ms = random() % 2 == 0 ? -1 : 60'000;
    config.file_delete_delay_ms = random() % 2 == 0 ? 0 : 5000;
    config.checkpoint_bytes = 1000 + static_cast<std::int64_t>(random() % 8000);
    if (random() % 4 == 0) {
        config.durability = storage::Durability::page_cache;
        config.flush_messages = 1 + static_cast<std::int64_t>(random() % 20);
    }
    return config;
}

}  // namespace

PowerCutSim::PowerCutSim(std::uint64_t seed) : random_(seed), disk_(seed * 2 + 1) {
    config_ = std::make_shared<const storage::LogConfig>(random_config(random_));
    using Kind = HistoryChecker::Kind;
    producers_ = {
        {Kind::idempotent, 1, 0, {}}, {Kind::idempotent, 2, 0, {}}, {Kind::plain, 3, 0, {}}};
}

PowerCutSim::~PowerCutSim() { end_process(); }

void PowerCutSim::note(const std::string& what) {
    for (const char c : what)
        digest_ = (digest_ ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    if (trace) std::fprintf(stderr, "%s\n", what.c_str());
}

std::vector<std::string> PowerCutSim::run() {
    boot();
    const auto steps = 60 + pick(200);
    const auto lives = 1 + pick(5);
    for (std::uint64_t i = 0; i < steps && checker_.anomalies().empty(); ++i) {
        if (disk_.is_dead() || one_in(1 + steps / lives)) {
            shut_down();
            boot();
        } else {
            step();
        }
    }
    if (checker_.anomalies().empty()) {
        shut_down();
        boot();
    }
    return checker_.anomalies();
}

void PowerCutSim::step() {
    switch (pick(12)) {
        case 0:
        case 1:
        case 2:
        case 3:
            send(producers_[pick(producers_.size())]);
            break;
        case 4:
        case 5:
            pool_.run_one(pool_.waiting() == 0 ? 0 : pick(pool_.waiting()));
            break;
        case 6:
            pool_.run_all();
            break;
        case 7:
            read_some();
            break;
        case 8:
            change_state();
            break;
        case 9:
            if (one_in(2)) delete_some();
            break;
        case 10:
            clock_.advance(std::chrono::milliseconds{pick(20'000)});
            retain();
            break;
        default:
            if (one_in(6)) {
                disk_.die_after(static_cast<std::int64_t>(pick(25)));
                note("the power will fail");
            }
    }
    take_acks();
}

void PowerCutSim::send(Producer& producer) {
    constexpr std::size_t in_flight = 5;
    if (producer.unacked.size() >= in_flight) return;
    Unacked batch;
    batch.sequence = producer.sent;
    for (auto records = 1 + pick(3); records > 0; --records) {
        const auto size = one_in(4) ? pick(900) : pick(60);
        batch.values.push_back(
            HistoryChecker::value_of(producer.kind, producer.number, producer.sent++, size));
        checker_.sent(batch.values.back());
    }
    producer.unacked.push_back(batch);
    deliver(producer, producer.unacked.back());
}

void PowerCutSim::deliver(Producer& producer, Unacked& batch) {
    std::vector<kafka::NewRecord> records;
    for (const auto& value : batch.values)
        records.push_back({clock_.wall_ms(), {}, as_bytes(value), {}});
    kafka::BatchOptions options;
    if (producer.kind == HistoryChecker::Kind::idempotent) {
        options.producer_id = producer.number;
        options.producer_epoch = 0;
        options.base_sequence = batch.sequence;
    }
    const auto outcome = log_->append(
        storage::IncomingBatch::of(kafka::build_batch(records, options)), clock_.wall_ms());
    if (outcome.fault == LogFault::none) {
        batch.last_offset = outcome.last_offset;
        flusher_->appended(*log_);
    } else if (!disk_.is_dead()) {
        checker_.anomaly("a batch was refused: " + outcome.what);
    }
    note("append " + batch.values.front().substr(0, 6) + " at " + std::to_string(batch.last_offset)
         + (outcome.duplicate ? " again" : ""));
}

void PowerCutSim::take_acks() {
    if (!log_ || disk_.is_dead()) return;
    for (auto& producer : producers_) {
        while (!producer.unacked.empty()) {
            const auto& batch = producer.unacked.front();
            if (batch.last_offset < 0 || batch.last_offset >= log_->recovery_point()) break;
            auto offset = batch.last_offset - static_cast<std::int64_t>(batch.values.size()) + 1;
            for (const auto& value : batch.values) checker_.acknowledged(offset++, value);
            note("acknowledged up to " + std::to_string(batch.last_offset));
            producer.unacked.pop_front();
        }
    }
}

void PowerCutSim::read_some() {
    const auto high = log_->high_watermark();
    const auto low = log_->log_start();
    if (high == low) return;
    const auto offset =
        low + static_cast<std::int64_t>(pick(static_cast<std::uint64_t>(high - low)));
    const storage::ReadLimits limits{.upper_bound = high, .max_bytes = pick(2000)};
    const auto read = log_->read(offset, limits);
    auto data = read.data;
    auto fault = read.fault;
    if (read.cold) {
        const auto cold = read.cold->run(disk_);
        data = cold.data;
        fault = cold.fault;
    }
    if (disk_.is_dead()) return;
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

void PowerCutSim::delete_some() {
    const auto room = static_cast<std::uint64_t>(log_->high_watermark() - log_->log_start());
    const auto offset = log_->log_start() + static_cast<std::int64_t>(pick(room + 1));
    note("delete below " + std::to_string(offset));
    checker_.deleted_below(offset, false);
    if (log_->delete_records(offset) != LogFault::none)
        checker_.anomaly("DeleteRecords was refused");
    const auto durable = log_->durable_log_start();
    flusher_->save_checkpoints([this, durable, offset, life = life_](const Result<void>& saved) {
        // In page-cache mode it is promised only as far as it was synced.
        if (saved.ok() && life == life_) checker_.deleted_below(std::min(offset, durable), true);
    });
}

void PowerCutSim::retain() {
    flusher_->tick();
    if (one_in(2)) flusher_->apply_retention();
    checker_.deleted_below(log_->log_start(), false);
}

void PowerCutSim::change_state() {
    StateChange change{"key" + std::to_string(pick(8)), {}};
    if (!one_in(4))
        change.value = "v" + std::to_string(random_() % 1000) + std::string(pick(200), '.');
    note("set " + change.key + " to " + change.value.value_or("nothing").substr(0, 4));
    changes_.push_back(change);
    const auto done = [this, life = life_](const Result<void>& result) {
        if (!result || life != life_) return;
        // Changes become durable in order: this one is the oldest of those that are not.
        const auto& first = changes_.front();
        if (first.value) acked_state_[first.key] = *first.value;
        if (!first.value) acked_state_.erase(first.key);
        changes_.erase(changes_.begin());
        note("state acknowledged");
    };
    if (change.value)
        state_->put(change.key, *change.value, done);
    else
        state_->erase(change.key, done);
}

void PowerCutSim::end_process() {
    ++life_;
    state_.reset();
    flusher_.reset();
    log_.reset();
    pool_.drop_all();
    data_dir_.reset();
}

/// Ends the process in one of three ways.
void PowerCutSim::shut_down() {
    ++restarts_;
    const auto way = disk_.is_dead() ? 2 : pick(4);
    if (way == 0) {
        note("clean stop");
        bool clean = false;
        flusher_->close_clean([&](const Result<void>& result) { clean = result.ok(); });
        pool_.run_all();
        take_acks();
        if (!clean && !disk_.is_dead()) checker_.anomaly("a clean stop failed");
    }
    end_process();
    if (way <= 1) {
        if (way == 1) note("kill");
        disk_.kill();
        if (way == 0 && one_in(2)) disk_.crash();
    } else {
        note("power cut");
        disk_.crash();
    }
}

/// Starts the process; the power may fail again while it recovers.
void PowerCutSim::boot() {
    for (auto cuts = pick(3); cuts > 0; --cuts) {
        disk_.die_after(static_cast<std::int64_t>(pick(12)));
        const bool started = try_start();
        if (started && !disk_.is_dead()) break;
        note("power cut while starting");
        end_process();
        disk_.crash();
    }
    disk_.die_after(-1);
    if (!log_ && !try_start()) return;
    verify();
    for (auto& producer : producers_)
        for (auto& batch : producer.unacked) deliver(producer, batch);
}

bool PowerCutSim::try_start() {
    storage::DataDirOptions options;
    options.cluster_id = "4L6g3nShT-eMCtK--X86sw";
    options.tail_bytes = 4000;
    options.free_space_floor = 0;
    const auto failed = [&](const Error& error) {
        if (!disk_.is_dead()) checker_.anomaly("the start failed: " + error.what);
        return false;
    };
    auto data_dir = storage::DataDir::open(disk_, "data", options);
    if (!data_dir) return failed(data_dir.error());
    data_dir_ = std::move(*data_dir);
    storage::Flusher::Options flushing;
    flushing.max_parallel = 2;
    flushing.journal.bytes = one_in(4) ? 0 : 4096 + 1024 * pick(16);
    flushing.journal.new_generation = [this] {
        Uuid id;
        for (auto& byte : id.bytes) byte = static_cast<std::byte>(random_());
        return id;
    };
    if (one_in(2))
        flushing.later = [this](std::function<void()> what) { pool_.run([] {}, std::move(what)); };
    flusher_ = std::make_unique<storage::Flusher>(*data_dir_, pool_, clock_, std::move(flushing));
    auto log = data_dir_->open_log(the_partition, {}, config_, clock_.wall_ms());
    if (!log) return failed(log.error());
    log_ = std::move(*log);
    flusher_->add(the_partition, log_);
    auto state = storage::StateLog::open(*data_dir_, *flusher_, the_state, clock_,
                                         {.floor_bytes = 1500, .factor = 2});
    if (!state) return failed(state.error());
    state_ = std::move(*state);
    note("started with " + std::to_string(log_->log_start()) + " to "
         + std::to_string(log_->end_offset()));
    return true;
}

void PowerCutSim::verify() {
    HistoryChecker::Content content;
    auto offset = log_->log_start();
    if (log_->high_watermark() != log_->end_offset())
        checker_.anomaly("the high watermark is below the end after a start");
    while (offset < log_->end_offset()) {
        auto read = log_->read(offset, {.upper_bound = log_->end_offset()});
        if (!read.cold) return checker_.anomaly("nothing to read at " + std::to_string(offset));
        const auto cold = read.cold->run(disk_);
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
    verify_state();
}

/// The state must be what it was after some of the changes that nobody acknowledged.
void PowerCutSim::verify_state() {
    std::map<std::string, std::string> found;
    state_->for_each("", [&](const auto& key, const auto& value) { found[key] = value; });
    auto state = acked_state_;
    std::size_t applied = 0;
    while (state != found && applied < changes_.size()) {
        const auto& change = changes_[applied++];
        if (change.value) state[change.key] = *change.value;
        if (!change.value) state.erase(change.key);
    }
    if (state != found)
        checker_.anomaly("the keyed state is none that ever was since the last ack");
    acked_state_ = std::move(found);
    changes_.clear();
}

}  // namespace leat::crash
