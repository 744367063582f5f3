// `leat log verify`: asks storage's check of a directory, which knows nothing of topics' states and
// groups, with what the broker's own records say of them.
#include "cli/log_verify.hpp"

#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>
#include <set>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "broker/config.hpp"
#include "broker/topic_state.hpp"
#include "broker/topics.hpp"
#include "cli/exit_code.hpp"
#include "cli/glob.hpp"
#include "cli/output.hpp"
#include "cli/stopped_directory.hpp"
#include "cli/stored_records.hpp"
#include "storage/directory_check.hpp"
#include "storage/posix_disk.hpp"
#include "storage/replay.hpp"

namespace leat::cli {
namespace {

using storage::Finding;
using storage::Gravity;

constexpr std::size_t largest_state = std::size_t{16} << 20U;

/// How far it is, on standard error, if that is a terminal.
class Progress {
public:
    explicit Progress(const Clock& clock) : clock_(clock), shown_(isatty(STDERR_FILENO) == 1) {}

    void expect(std::uint64_t bytes) { total_ += bytes; }
    void at(const std::string& what) { what_ = what; }
    void add(std::uint64_t bytes) {
        done_ += bytes;
        if (!shown_ || clock_.now() < next_) return;
        next_ = clock_.now() + std::chrono::milliseconds{200};
        std::fprintf(stderr, "\r\x1b[K%s of %s  %s",
                     human_bytes(static_cast<std::int64_t>(done_)).c_str(),
                     human_bytes(static_cast<std::int64_t>(total_)).c_str(), shown(what_).c_str());
    }
    /// Makes room for a line of output.
    void clear() const {
        if (shown_) std::fputs("\r\x1b[K", stderr);
    }

private:
    const Clock& clock_;
    bool shown_;
    MonoTime next_{};
    std::uint64_t done_ = 0, total_ = 0;
    std::string what_;
};

std::string line_of(const Finding& finding) {
    std::string line = storage::name_of(finding.gravity);
    if (!finding.file.empty()) line += " " + finding.file;
    if (finding.position) line += " position " + std::to_string(*finding.position);
    if (finding.offset) line += " offset " + std::to_string(*finding.offset);
    line += ": " + finding.what;
    if (!finding.start.empty()) line += "; a start " + finding.start;
    return line;
}

boost::json::object json_of(const Finding& finding) {
    using boost::json::value;
    return {{"gravity", storage::name_of(finding.gravity)},
            {"file", finding.file.empty() ? value{} : value(finding.file)},
            {"position", finding.position ? value(*finding.position) : value{}},
            {"offset", finding.offset ? value(*finding.offset) : value{}},
            {"what", finding.what},
            {"start", finding.start}};
}

/// One run of the command.
class Verify {
public:
    Verify(const VerifyOptions& options, bool json)
        : options_(options),
          json_(json),
          progress_(clock_),
          check_(disk_, options.data,
                 {.found = [this](const Finding& finding) { found(finding); },
                  .progress = [this](std::uint64_t bytes) { progress_.add(bytes); },
                  .now = clock_.wall_ms()}) {}

    Result<int> run() {
        const auto began = clock_.now();
        if (auto opened = check_.open(); !opened) return opened.error();
        for (const auto& partition : check_.partitions())
            if (wanted(partition)) progress_.expect(check_.bytes_of(partition));
        if (auto named = check_words(); !named) return named.error();
        check_state();
        for (const auto& partition : check_.partitions())
            if (partition != state_partition_ && wanted(partition)) check_partition(partition);
        check_folders();
        progress_.clear();
        sum_up(std::chrono::duration<double>(clock_.now() - began).count());
        return static_cast<int>(damaged_ ? exit_refused : exit_ok);
    }

private:
    void found(const Finding& finding) {
        damaged_ = damaged_ || finding.gravity != Gravity::note;
        ++findings_;
        if (json_) {
            list_.emplace_back(json_of(finding));
            return;
        }
        progress_.clear();
        std::printf("%s\n", shown(line_of(finding)).c_str());
    }

    bool wanted(const TopicPartition& partition) const {
        return options_.topics.empty()
               || std::ranges::any_of(options_.topics, [&](const auto& word) {
                      return fits(word, partition.topic) || fits(word, partition.to_string());
                  });
    }

    Result<void> check_words() const {
        for (const auto& word : options_.topics)
            if (std::ranges::none_of(check_.partitions(), [&](const auto& partition) {
                    return fits(word, partition.topic) || fits(word, partition.to_string());
                }))
                return Error{Errc::not_found,
                             "there is no folder of '" + word + "' in " + options_.data};
        return {};
    }

    /// The broker's own log first: it tells which topics there are.
    void check_state() {
        const auto& all = check_.partitions();
        if (std::ranges::find(all, state_partition_) == all.end()) return;
        progress_.at(state_partition_.to_string());
        const auto log = check_.check(state_partition_, {});
        if (!log) return;
        const auto read =
            storage::replay(*log, check_.disk(), [this](const kafka::BatchHeader&, ByteView batch) {
                return kafka::for_each_record(batch, largest_state, [this](const auto& record) {
                    const std::string key{as_text(record.key.value_or(ByteView{}))};
                    if (record.value)
                        state_[key] = std::string{as_text(*record.value)};
                    else
                        state_.erase(key);
                    return true;
                });
            });
        state_known_ = read.ok();
        if (!read) found({.file = log->dir(), .what = read.error().what, .start = "is refused"});
        check_live_state(log->dir());
    }

    void check_live_state(const std::string& dir) {
        for (const auto& [key, text] : state_) {
            const auto meaning =
                meaning_of(state_partition_.topic, {},
                           {.key = as_bytes(key), .value = as_bytes(text), .headers = {}});
            if (meaning && meaning->contains("error"))
                found({.file = dir,
                       .what = std::string{meaning->at("error").as_string()},
                       .start = "is refused"});
            if (!key.starts_with(broker::topic_prefix)) continue;
            if (auto topic = broker::from_state<broker::TopicState>(text))
                topics_.emplace(key.substr(broker::topic_prefix.size()), std::move(*topic));
        }
    }

    void check_partition(const TopicPartition& partition) {
        progress_.at(partition.to_string());
        storage::DirectoryCheck::Expected expected;
        broker::ConfigMap overrides;
        if (const auto topic = topics_.find(partition.topic); topic != topics_.end()) {
            expected.topic_id = topic->second.id;
            for (const auto& [name, setting] : topic->second.overrides)
                if (auto canonical = broker::topic_config_value(name, setting))
                    overrides.emplace(name, std::move(*canonical));
        }
        expected.config = broker::Config{}.log_config(overrides);
        if (partition.topic == broker::offsets_topic)
            expected.records = [&](const kafka::RecordView& record) -> std::string {
                const auto meaning = meaning_of(partition.topic, {}, record);
                if (!meaning || !meaning->contains("error")) return {};
                return std::string{meaning->at("error").as_string()};
            };
        check_.check(partition, expected);
    }

    /// Folders without a topic, and partitions whose folder is gone: one that nobody has written to
    /// has none.
    void check_folders() {
        if (!state_known_) return;
        const std::set<TopicPartition> there{check_.partitions().begin(),
                                             check_.partitions().end()};
        for (const auto& partition : there) {
            const auto topic = topics_.find(partition.topic);
            const bool owned =
                partition == state_partition_
                || (topic != topics_.end() && partition.partition < topic->second.partitions);
            if (!owned && wanted(partition))
                found({.gravity = Gravity::note,
                       .file = storage::join(options_.data, partition.to_string()),
                       .what = "no topic that the broker knows has this partition",
                       .start = "leaves it alone, or removes what a deletion has left"});
        }
        for (const auto& [name, topic] : topics_)
            for (std::int32_t i = 0; i < topic.partitions; ++i)
                if (const TopicPartition partition{name, i};
                    !there.contains(partition) && wanted(partition) && check_.was_synced(partition))
                    found({.gravity = Gravity::damage,
                           .file = storage::join(options_.data, partition.to_string()),
                           .what = "the folder is missing, though records of it were synced",
                           .start = "takes the partition for empty"});
    }

    void sum_up(double seconds) {
        const auto& totals = check_.totals();
        if (json_) {
            boost::json::object summary{
                {"sound", !damaged_},          {"partitions", totals.partitions},
                {"segments", totals.segments}, {"bytes", totals.bytes},
                {"batches", totals.batches},   {"records", totals.records},
                {"seconds", seconds}};
            summary["findings"] = std::move(list_);
            return print(boost::json::value(boost::json::array{std::move(summary)}));
        }
        std::printf(
            "%s: %llu finding%s in %llu partitions, %llu segments, %s, %llu batches, "
            "%llu records; %.1f s, %s/s\n",
            damaged_ ? "damaged" : "sound", static_cast<unsigned long long>(findings_),
            findings_ == 1 ? "" : "s", static_cast<unsigned long long>(totals.partitions),
            static_cast<unsigned long long>(totals.segments),
            human_bytes(static_cast<std::int64_t>(totals.bytes)).c_str(),
            static_cast<unsigned long long>(totals.batches),
            static_cast<unsigned long long>(totals.records), seconds,
            human_bytes(static_cast<std::int64_t>(static_cast<double>(totals.bytes)
                                                  / std::max(seconds, 1e-3)))
                .c_str());
    }

    const VerifyOptions& options_;
    bool json_;
    SystemClock clock_;
    Progress progress_;
    storage::PosixDisk disk_;
    storage::DirectoryCheck check_;
    const TopicPartition state_partition_{std::string{broker::state_log_name}, 0};
    std::map<std::string, std::string> state_;
    std::map<std::string, broker::TopicState> topics_;
    bool state_known_ = false;
    bool damaged_ = false;
    std::uint64_t findings_ = 0;
    boost::json::array list_;
};

}  // namespace

int verify_log(const VerifyOptions& options, bool json) {
    storage::PosixDisk disk;
    const auto held = hold_directory(disk, options.data);
    if (!held) return report(held.error());
    // What a start would log is told as findings.
    log::configure({.level = log::Level::off, .format = log::Format::text, .always = {}});
    const auto verified = Verify{options, json}.run();
    return verified ? *verified : report(verified.error());
}

}  // namespace leat::cli
