// Judges a history of sends, polls and transactions over several partitions, in the manner of
// Jepsen's Kafka workload and of Elle: what was aborted and read, lost, doubled, skipped, and which
// dependencies go round in a circle.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace leat::crash {

/// One record that was sent, or was given to a consumer.
struct HistoryStep {
    enum class Kind { send, poll };
    Kind kind = Kind::send;
    int key = 0;               // a partition
    std::int64_t offset = -1;  // -1: not known
    std::int64_t value = 0;    // no two sends have the same
};

/// What one process did, one operation after the other.
struct HistoryOp {
    enum class Outcome { ok, failed, unknown };
    int process = 0;
    Outcome outcome = Outcome::ok;
    /// All steps are one transaction; otherwise it is one send, or polls alone.
    bool transactional = false;
    /// Its consumer begins anew at some place before the first step.
    bool repositioned = false;
    /// Its consumer is under a group's management, which may take partitions and give them back.
    bool subscribed = false;
    std::vector<HistoryStep> steps = {};
};

/// An operation's number in the history.
using OpNumber = std::uint32_t;

class TxnHistory {
public:
    void add(HistoryOp op) { ops_.push_back(std::move(op)); }
    const std::vector<HistoryOp>& ops() const { return ops_; }

    struct Finding {
        std::string name;
        std::string what;
    };
    /// Judges all of it. The last readers must have read every partition to its end.
    std::vector<Finding> judge();
    /// Whether Kafka promises nothing against it: "int send skip", G0, G1c with write dependencies,
    /// G-single, G2, and what polls of a group skip and repeat across a rebalance.
    static bool is_tolerated(std::string_view name);

private:
    struct Place {
        int key = 0;
        std::int64_t offset = 0;
        auto operator<=>(const Place&) const = default;
    };
    struct Write {
        OpNumber op = 0;
        HistoryStep step;
    };
    void find(std::string name, std::string what) {
        findings_.push_back({std::move(name), std::move(what)});
    }
    std::string told(OpNumber op, const HistoryStep& step) const;
    void index_writes();
    void index_places();
    void note_place(OpNumber op, const HistoryStep& step);
    void judge_reads();
    void judge_losses();
    void judge_order();
    void judge_polls(OpNumber number, std::map<int, std::int64_t>& last);
    void judge_sends(OpNumber number, std::map<int, std::int64_t>& last);
    void judge_cycles();
    std::int64_t index_of(const HistoryStep& step) const;

    std::vector<HistoryOp> ops_;
    std::vector<Finding> findings_;
    std::unordered_map<std::int64_t, Write> writes_;     // by value
    std::unordered_map<std::int64_t, std::int64_t> at_;  // where a value lies
    std::map<Place, std::int64_t> values_;               // what is there
    // What readers are given of each key, in order, and the number of each offset in it.
    std::map<int, std::vector<HistoryStep>> visible_;
    std::map<Place, std::int64_t> index_;
    std::unordered_map<std::int64_t, std::int64_t> highest_read_;  // by key
    std::unordered_map<std::int64_t, bool> was_read_;              // by value
};

}  // namespace leat::crash
