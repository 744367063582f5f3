#include "storage/state_log.hpp"

#include "base/check.hpp"
#include "storage/replay.hpp"

namespace leat::storage {
namespace {

constexpr std::size_t largest_value = std::size_t{16} * 1024 * 1024;
constexpr std::size_t batch_target = std::size_t{256} * 1024;
constexpr std::size_t record_overhead = 24;  // about what a record takes beside key and value

LogConfig state_config(const TrimLimits& limits) {
    LogConfig config;
    // Small segments: what is trimmed can go at once.
    config.segment_bytes = std::max<std::int64_t>(static_cast<std::int64_t>(limits.floor_bytes),
                                                  std::int64_t{64} * 1024 * 1024);
    config.retention_ms = -1;
    config.file_delete_delay_ms = 0;
    config.durability = Durability::sync;
    return config;
}

}  // namespace

StateLog::StateLog(Flusher& flusher, const Clock& clock, TopicPartition partition,
                   std::shared_ptr<Log> log, TrimLimits limits)
    : flusher_(flusher),
      clock_(clock),
      partition_(std::move(partition)),
      queue_(std::move(log), flusher, [this] { trim_.progressed(); }),
      trim_(*queue_.log(), flusher, clock, limits) {}

StateLog::~StateLog() { flusher_.remove(log()); }

Result<std::unique_ptr<StateLog>> StateLog::open(DataDir& data_dir, Flusher& flusher,
                                                 const TopicPartition& partition,
                                                 const Clock& clock, TrimLimits limits) {
    auto opened = data_dir.open_log(
        partition, {}, std::make_shared<const LogConfig>(state_config(limits)), clock.wall_ms());
    if (!opened) return opened.error();
    std::shared_ptr<Log> log = std::move(*opened);
    flusher.add(partition, log);
    std::unique_ptr<StateLog> state{new StateLog(flusher, clock, partition, log, limits)};
    if (auto loaded = state->load(data_dir.disk()); !loaded) return loaded.error();
    return state;
}

Result<void> StateLog::load(Disk& disk) {
    return replay(*queue_.log(), disk, [this](const kafka::BatchHeader&, ByteView batch) {
        return kafka::for_each_record(batch, largest_value, [this](const auto& record) {
            std::optional<std::string> value;
            if (record.value) value = std::string{as_text(*record.value)};
            set_live(std::string{as_text(record.key.value_or(ByteView{}))}, value);
            return true;
        });
    });
}

void StateLog::set_live(const std::string& key, const std::optional<std::string>& value) {
    if (const auto found = live_.find(key); found != live_.end()) {
        check(live_bytes_ >= key.size() + found->second.size() + record_overhead,
              "what lives is counted");
        live_bytes_ -= key.size() + found->second.size() + record_overhead;
        live_.erase(found);
    }
    if (!value) return;
    live_bytes_ += key.size() + value->size() + record_overhead;
    live_.emplace(key, *value);
}

void StateLog::put(const std::string& key, const std::string& value, Done done) {
    apply({{key, value}}, std::move(done));
}

void StateLog::erase(const std::string& key, Done done) {
    apply({{key, std::nullopt}}, std::move(done));
}

void StateLog::apply(const std::vector<Change>& changes, Done done) {
    if (append(changes, std::move(done)).fault != LogFault::none) return;  // done hears
    for (const auto& [key, value] : changes) set_live(key, value);
    trim_.start_if_due(live_bytes_, [this] { return append_live(); });
}

AppendOutcome StateLog::append(const std::vector<Change>& changes, Done done) {
    check(!changes.empty(), "a change of state changes something");
    std::vector<kafka::NewRecord> records;
    for (const auto& [key, value] : changes) {
        kafka::NewRecord record;
        record.timestamp = clock_.wall_ms();
        record.key = as_bytes(key);
        if (value) record.value = as_bytes(*value);
        records.push_back(std::move(record));
    }
    return queue_.append(IncomingBatch::of(kafka::build_batch(records)), clock_.wall_ms(),
                         AppendOrigin::coordinator, std::move(done));
}

Result<void> StateLog::append_live() {
    std::vector<Change> changes;
    std::size_t bytes = 0;
    const auto append_some = [&]() -> Result<void> {
        const auto outcome = append(changes, {});
        changes.clear();
        bytes = 0;
        if (outcome.fault != LogFault::none) return Error{Errc::io, outcome.what};
        return {};
    };
    for (const auto& [key, value] : live_) {
        changes.emplace_back(key, value);
        bytes += key.size() + value.size() + record_overhead;
        if (bytes < batch_target) continue;
        if (auto appended = append_some(); !appended) return appended;
    }
    return changes.empty() ? Result<void>{} : append_some();
}

const std::string* StateLog::find(const std::string& key) const {
    const auto found = live_.find(key);
    return found == live_.end() ? nullptr : &found->second;
}

void StateLog::for_each(
    std::string_view prefix,
    const std::function<void(const std::string&, const std::string&)>& visit) const {
    for (auto at = live_.lower_bound(prefix); at != live_.end() && at->first.starts_with(prefix);
         ++at)
        visit(at->first, at->second);
}

}  // namespace leat::storage
