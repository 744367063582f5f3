#include "broker/cleaner.hpp"

#include "base/log.hpp"

namespace leat::broker {
namespace {

constexpr const char* cleaner_checkpoint = "cleaner-offset-checkpoint";
constexpr std::size_t largest_cleaner_checkpoint = std::size_t{64} * 1024 * 1024;

}  // namespace

Cleaner::Cleaner(const Runtime& runtime, const Config& config, const Owners& owners)
    : runtime_(runtime),
      config_(config),
      owners_(owners),
      compactor_({runtime.disk, runtime.upkeep, owners.flusher, runtime.clock,
                  [&timers = runtime.timers](auto delay, auto what) {
                      timers.call_after(delay, std::move(what));
                  }}) {}

std::string Cleaner::checkpoint_path() const {
    return storage::join(owners_.data_dir.path(), cleaner_checkpoint);
}

void Cleaner::start() {
    if (!config_.flag("log.cleaner.enable")) return;
    const auto text =
        storage::read_file(runtime_.disk, checkpoint_path(), largest_cleaner_checkpoint);
    auto known = text ? storage::decode_checkpoint(as_text(*text))
                      : Result<storage::OffsetCheckpoint>{text.error()};
    if (!known && known.error().code != Errc::not_found)
        log::warn("the cleaner's checkpoint cannot be read: all is compacted anew",
                  {{"file", checkpoint_path()}, {"reason", known.error().what}});
    // What is known of a topic that is gone must not be taken for a new one of its name.
    if (known)
        for (const auto& [partition, offset] : *known) {
            const auto topic = owners_.topics.find(partition.topic);
            if (topic && topic->partition(partition.partition))
                first_dirty_.emplace(partition, offset);
        }
    if (known && known->size() != first_dirty_.size()) save();
    look_later();
}

void Cleaner::stop() {
    stopped_ = true;
    compactor_.cancel({});
}

void Cleaner::look_later() {
    const std::chrono::milliseconds backoff{config_.number("log.cleaner.backoff.ms")};
    runtime_.timers.call_after(backoff, [this, alive = alive_] {
        if (*alive) look();
    });
}

void Cleaner::look() {
    if (stopped_) return;
    if (compactor_.log() != nullptr) return look_later();  // it is being cancelled
    // A compaction needs room before it makes some.
    auto choice = owners_.data_dir.space().is_low() ? std::nullopt : filthiest();
    if (!choice) return look_later();
    begin(*choice);
}

std::optional<Cleaner::Choice> Cleaner::filthiest() {
    const auto now = runtime_.clock.wall_ms();
    std::optional<Choice> best;
    for (const auto& [name, topic] : owners_.topics.all()) {
        if (topic->is_internal()) continue;
        for (const auto& partition : topic->partitions) {
            auto& log = partition->log();
            if (!log.config().cleanup_compact || log.is_offline() || log.is_replacing()
                || partition->is_closed() || damaged_.contains(partition->id()))
                continue;
            const auto known = first_dirty_.find(partition->id());
            const auto what =
                log.compactable(known == first_dirty_.end() ? log.log_start() : known->second, now);
            const bool is_wanted =
                what.dirty_bytes > 0
                && (what.is_overdue || what.dirty_ratio() > log.config().min_cleanable_dirty_ratio);
            if (is_wanted && (!best || what.dirty_ratio() > best->what.dirty_ratio()))
                best = Choice{partition, what};
        }
    }
    return best;
}

void Cleaner::begin(const Choice& choice) {
    auto& log = choice.partition->log();
    auto plan = log.plan_compaction(choice.what, runtime_.clock.wall_ms());
    plan.map.bytes = static_cast<std::size_t>(config_.number("log.cleaner.dedupe.buffer.size"));
    plan.map.load = config_.real("log.cleaner.io.buffer.load.factor");
    plan.hash_key = SipKey::random();
    compactor_.set_rate(config_.real("log.cleaner.io.max.bytes.per.second"));
    compactor_.start(choice.partition->shared_log(), std::move(plan),
                     [this, partition = choice.partition](const auto& first_dirty) {
                         ended(partition, first_dirty);
                     });
}

void Cleaner::ended(const std::shared_ptr<Partition>& partition,
                    const Result<std::int64_t>& first_dirty) {
    if (first_dirty) {
        first_dirty_[partition->id()] = *first_dirty;
        save();
        return look();
    }
    const auto& error = first_dirty.error();
    // A log that changes meanwhile, by retention say, is nothing to tell of.
    if (error.code != Errc::cancelled && error.code != Errc::not_found)
        owners_.events.warn("a log could not be compacted",
                            {{"partition", partition->id().to_string()}, {"reason", error.what}});
    if (error.code == Errc::corrupt) damaged_.insert(partition->id());
    look_later();
}

void Cleaner::release(const Topic& topic, std::function<void()> idle) {
    bool runs = false;
    std::size_t known = 0;
    for (const auto& partition : topic.partitions) {
        runs |= compactor_.log() == &partition->log();
        known += first_dirty_.erase(partition->id());
        damaged_.erase(partition->id());
    }
    if (known > 0) save();
    if (!runs) return idle();
    compactor_.cancel(std::move(idle));
    look_later();
}

/// Whatever a power cut leaves of it, what is compacted once more than needed does no harm.
void Cleaner::save() {
    if (saving_) {
        save_follows_ = true;
        return;
    }
    saving_ = true;
    const auto result = std::make_shared<Result<void>>();
    runtime_.upkeep.run(
        [result, &disk = runtime_.disk, path = checkpoint_path(),
         text = storage::encode_checkpoint(first_dirty_)] {
            *result = storage::replace_file(disk, path, as_bytes(text));
        },
        [this, result, alive = alive_] {
            if (!*alive) return;
            saving_ = false;
            if (!*result)
                owners_.events.warn("the cleaner's checkpoint could not be saved",
                                    {{"reason", result->error().what}});
            if (std::exchange(save_follows_, false)) save();
        });
}

}  // namespace leat::broker
