// Judges a log's history: what was acknowledged, what was read, and what is there after a crash.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
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
    /// The whole content of the log from `log_start` on, as consumers get it. Records that neither
    /// were acknowledged nor seen may have gone; everything else has to be there.
    void recovered(std::int64_t log_start, const Content& content);
    /// The same for what lies on the disk, which no consumer has been given yet.
    void stored(std::int64_t log_start, const Content& content);
    void anomaly(std::string what) { anomalies_.push_back(std::move(what)); }

    const std::vector<std::string>& anomalies() const { return anomalies_; }

private:
    struct Promise {
        std::string value;
        bool acknowledged = false;
        bool seen = false;
    };
    void note(std::int64_t offset, const std::string& value, bool acknowledged);
    void check_content(std::int64_t log_start, const Content& content);
    void check_promises(std::int64_t log_start, const std::map<std::int64_t, std::string>& found);
    void check_producers(std::int64_t log_start, const Content& content);
    bool is_acknowledged(std::int64_t offset, const std::string& value) const;

    std::set<std::string> sent_;
    std::map<std::int64_t, Promise> promises_;
    std::int64_t may_be_deleted_ = 0;
    std::int64_t must_be_deleted_ = 0;
    std::vector<std::string> anomalies_;
};

}  // namespace leat::crash
