// Judges what transactional copiers have made of their input: each record of it once, in order, and
// of each transaction all or nothing.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace leat::crash {

/// What becomes of one record of the input.
struct CopyOutput {
    int partition = 0;  // of the output
    std::string key;
    std::string text;  // unique; begins with "<input partition>:<number>:"
};

/// The records of one partition, by offset: "<text>@<transaction>".
using CopyContent = std::vector<std::pair<std::int64_t, std::string>>;

/// Any thread.
class CopyJudge {
public:
    /// What is to come of record `number` of input partition `source`.
    using Transform = std::function<std::vector<CopyOutput>(int source, std::int64_t number)>;
    /// What the copier of a transaction knows of its end.
    enum class Fate {
        open,       // nobody asked for a commit: nothing of it may be seen
        in_doubt,   // a commit was asked for, and not answered
        committed,  // and answered with success
        aborted,    // by the copier, or because another has its id
    };

    explicit CopyJudge(Transform transform) : transform_(std::move(transform)) {}
    std::vector<CopyOutput> outputs(int source, std::int64_t number) const {
        return transform_(source, number);
    }

    /// A number for a transaction that begins.
    std::size_t begin();
    /// One more record was sent in it.
    void sent(std::size_t transaction);
    void set(std::size_t transaction, Fate fate);
    std::string value_of(const CopyOutput& output, std::size_t transaction) const {
        return output.text + "@" + std::to_string(transaction);
    }

    void anomaly(std::string what);
    std::vector<std::string> anomalies() const;
    std::map<Fate, std::size_t> fates() const;

    /// `visible`: all that a read_committed reader is given of every partition of the output:
    /// nothing twice, in order, and all of a transaction or nothing, as it must be by its fate.
    void judge_visible(const std::vector<CopyContent>& visible);
    /// The same after all of `inputs` (the number of records of each input partition) was copied.
    void judge_committed(const std::vector<CopyContent>& visible,
                         const std::vector<std::int64_t>& inputs);
    /// All that a read_uncommitted reader is given: what is visible is at its place in it. Gives
    /// how many records it has that are not visible.
    std::size_t judge_uncommitted(const std::vector<CopyContent>& all,
                                  const std::vector<CopyContent>& visible);

private:
    struct Transaction {
        Fate fate = Fate::open;
        std::size_t sent = 0;
    };
    using Counts = std::map<std::size_t, std::size_t>;
    void judge_fates(const Counts& seen);

    Transform transform_;
    mutable std::mutex mutex_;
    std::deque<Transaction> transactions_;
    std::vector<std::string> anomalies_;
};

}  // namespace leat::crash
