// Judges a log's history: what was acknowledged, what was read, and what is there after a crash.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace leat::crash {

/// Knows nothing of logs or disks: only of values at offsets. A value names its producer and
/// number, as value_of() makes it, so that order and duplicates can be seen.
class HistoryChecker {
public:
    using Content = std::vector<std::pair<std::int64_t, std::string>>;

    /// What a producer promises: no value twice, or no value again after its acknowledgement. Both
    /// keep their order; a plain producer's repetitions count where they come first.
    enum class Kind { idempotent, plain };

    static std::string value_of(Kind kind, int producer, int number, std::size_t size);

    void sent(const std::string& value) { sent_.insert(value); }
    /// The broker promised that `value` is stored at `offset`.
    void acknowledged(std::int64_t offset, const std::string& value);
    /// A consumer was given `value` at `offset`.
    void seen(std::int64_t offset, const std::string& value);
    /// Someone asked that nothing below `offset` be kept; `promised`: and was told that it is so.
    void deleted_below(std::int64_t offset, bool promised);
    /// The record at `offset` may be gone; `promised`: and must not come back.
    void forgotten(std::int64_t offset, bool promised);
    /// The whole content of the log from `log_start` on, as consumers get it. Records that neither
    /// were acknowledged nor seen may have gone; everything else has to be there.
    void recovered(std::int64_t log_start, const Content& content);
    /// The same for what lies on the disk, which no consumer has been given yet.
    void stored(std::int64_t log_start, const Content& content);

    /// Everything up to the first offset that was neither acknowledged nor seen becomes settled:
    /// it has to stay as it is for ever, and only a digest of each value is kept. Judging goes on
    /// behind it with what the producers have written so far.
    void settle();
    /// The offset behind what is settled.
    std::int64_t settled() const { return static_cast<std::int64_t>(settled_.size()); }
    /// What recovered() and stored() judge, of the log's content from settled() on.
    void recovered_behind(const Content& content);
    void stored_behind(const Content& content);
    /// All that a reader is given from `from` up to `to`, which is settled.
    void reread(std::int64_t from, std::int64_t to, const Content& content);

    void anomaly(std::string what) { anomalies_.push_back(std::move(what)); }
    const std::vector<std::string>& anomalies() const { return anomalies_; }

private:
    struct Promise {
        std::string value;
        bool acknowledged = false;
        bool seen = false;
    };
    // What one producer has in the log so far.
    struct Written {
        int newest = -1;
        // Every number behind what is settled, and the settled ones that may come again; whether
        // its acknowledgement was given before it could.
        std::unordered_map<int, bool> numbers;
    };
    using Producers = std::map<std::pair<Kind, int>, Written>;

    void note(std::int64_t offset, const std::string& value, bool acknowledged);
    void check_start(std::int64_t log_start);
    void check_behind(std::int64_t from, const Content& content);
    void check_content(std::int64_t from, const Content& content);
    void check_settled(std::int64_t offset, const std::string& value);
    void check_sent(std::int64_t offset, const std::string& value);
    void check_promises(std::int64_t from, const std::map<std::int64_t, std::string>& found);
    void check_producers(std::int64_t from, const Content& content);
    void follow(Producers& producers, std::int64_t offset, const std::string& value, bool ordered);
    bool is_acknowledged(std::int64_t offset, const std::string& value) const;

    std::set<std::string> sent_;  // and may come
    std::map<std::int64_t, Promise> promises_;
    std::deque<std::uint64_t> settled_;       // digests, by offset
    Producers producers_;                     // of what is settled
    std::map<std::int64_t, bool> forgotten_;  // and whether that is promised
    std::int64_t may_be_deleted_ = 0;
    std::int64_t must_be_deleted_ = 0;
    std::vector<std::string> anomalies_;
};

}  // namespace leat::crash
