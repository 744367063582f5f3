#include "txn_history.hpp"

#include <algorithm>
#include <array>

#include "dependency_graph.hpp"

namespace leat::crash {
namespace {

using Outcome = HistoryOp::Outcome;
using Step = HistoryStep::Kind;
constexpr std::array tolerated{"int send skip",
                               "G0",
                               "G1c",
                               "G-single",
                               "G2",
                               "poll skip, subscribed",
                               "nonmonotonic poll, subscribed"};

}  // namespace

bool TxnHistory::is_tolerated(std::string_view name) {
    return std::ranges::find(tolerated, name) != tolerated.end();
}

std::string TxnHistory::told(OpNumber op, const HistoryStep& step) const {
    return std::string{ops_[op].transactional ? "transaction " : "operation "} + std::to_string(op)
           + " of process " + std::to_string(ops_[op].process)
           + (step.kind == Step::send ? " sends " : " is given ") + std::to_string(step.value)
           + ", partition " + std::to_string(step.key) + ", offset " + std::to_string(step.offset);
}

std::vector<TxnHistory::Finding> TxnHistory::judge() {
    index_writes();
    index_places();
    judge_reads();
    judge_losses();
    judge_order();
    judge_cycles();
    return std::move(findings_);
}

void TxnHistory::index_writes() {
    for (OpNumber op = 0; op < ops_.size(); ++op)
        for (const auto& step : ops_[op].steps)
            if (step.kind == Step::send) writes_.emplace(step.value, Write{op, step});
}

// A record keeps its offset whatever becomes of its transaction; it is visible if that is known to
// be committed, or if anybody was given it.
void TxnHistory::index_places() {
    std::map<Place, std::int64_t> visible;
    for (OpNumber op = 0; op < ops_.size(); ++op)
        for (const auto& step : ops_[op].steps) {
            if (step.offset < 0) continue;
            note_place(op, step);
            if (step.kind == Step::poll || ops_[op].outcome == Outcome::ok)
                visible.emplace(Place{step.key, step.offset}, step.value);
        }
    for (const auto& [place, value] : visible) {
        auto& log = visible_[place.key];
        index_.emplace(place, static_cast<std::int64_t>(log.size()));
        log.push_back({Step::poll, place.key, place.offset, value});
    }
}

void TxnHistory::note_place(OpNumber op, const HistoryStep& step) {
    const auto [there, is_new] = values_.try_emplace({step.key, step.offset}, step.value);
    if (!is_new && there->second != step.value)
        find("inconsistent offset",
             told(op, step) + ", where " + std::to_string(there->second) + " was");
    const auto [before, is_first] = at_.try_emplace(step.value, step.offset);
    if (!is_first && before->second != step.offset)
        find("duplicate", told(op, step) + ", and at " + std::to_string(before->second));
}

void TxnHistory::judge_reads() {
    for (OpNumber op = 0; op < ops_.size(); ++op)
        for (const auto& step : ops_[op].steps) {
            if (step.kind != Step::poll) continue;
            was_read_[step.value] = true;
            auto& highest = highest_read_.try_emplace(step.key, -1).first->second;
            highest = std::max(highest, step.offset);
            const auto write = writes_.find(step.value);
            if (write == writes_.end() || write->second.step.key != step.key) {
                find("garbage read", told(op, step));
                continue;
            }
            const auto& writer = ops_[write->second.op];
            if (write->second.op == op)
                find("precommitted read", told(op, step));
            else if (writer.outcome == Outcome::failed)
                find("G1a", told(op, step) + ", which operation " + std::to_string(write->second.op)
                                + " has aborted");
        }
}

void TxnHistory::judge_losses() {
    for (const auto& [value, write] : writes_) {
        if (ops_[write.op].outcome != Outcome::ok || was_read_.contains(value)) continue;
        const auto read = highest_read_.find(write.step.key);
        const bool passed = read != highest_read_.end() && write.step.offset >= 0
                            && write.step.offset <= read->second;
        find(passed ? "lost write" : "unseen", told(write.op, write.step));
    }
}

std::int64_t TxnHistory::index_of(const HistoryStep& step) const {
    const auto at = index_.find({step.key, step.offset});
    return at == index_.end() ? -1 : at->second;
}

void TxnHistory::judge_order() {
    std::map<int, std::map<int, std::int64_t>> polled;  // by process and key
    std::map<int, std::map<int, std::int64_t>> sent;
    for (OpNumber op = 0; op < ops_.size(); ++op) {
        if (ops_[op].repositioned) polled[ops_[op].process].clear();
        judge_polls(op, polled[ops_[op].process]);
        judge_sends(op, sent[ops_[op].process]);
    }
}

// `last`: the number of the last record of each key that this process was given.
void TxnHistory::judge_polls(OpNumber number, std::map<int, std::int64_t>& last) {
    const auto& op = ops_[number];
    std::map<int, bool> inside;
    for (const auto& step : op.steps) {
        if (step.kind != Step::poll) continue;
        const auto index = index_of(step);
        const auto before = last.find(step.key);
        if (before != last.end() && index != before->second + 1) {
            const std::string prefix = inside[step.key] ? "int " : "";
            const std::string suffix = op.subscribed ? ", subscribed" : "";
            find((op.subscribed ? "" : prefix)
                     + (index > before->second ? "poll skip" : "nonmonotonic poll") + suffix,
                 told(number, step) + ", " + std::to_string(index - before->second)
                     + " records behind the one before");
        }
        inside[step.key] = true;
        last[step.key] = index;
    }
}

void TxnHistory::judge_sends(OpNumber number, std::map<int, std::int64_t>& last) {
    std::map<int, std::int64_t> inside;
    for (const auto& step : ops_[number].steps) {
        if (step.kind != Step::send || step.offset < 0) continue;
        const auto before = last.find(step.key);
        const bool is_inside = inside.contains(step.key);
        if (before != last.end() && step.offset <= before->second)
            find(is_inside ? "int nonmonotonic send" : "nonmonotonic send",
                 told(number, step) + ", after " + std::to_string(before->second));
        const auto index = index_of(step);
        if (is_inside && index >= 0 && inside[step.key] >= 0 && index > inside[step.key] + 1)
            find("int send skip", told(number, step));
        inside[step.key] = index;
        last[step.key] = step.offset;
    }
}

void TxnHistory::judge_cycles() {
    using Graph = DependencyGraph;
    Graph graph{ops_.size()};
    for (const auto& [key, log] : visible_)
        for (std::size_t i = 1; i < log.size(); ++i) {
            const auto from = writes_.find(log[i - 1].value);
            const auto to = writes_.find(log[i].value);
            if (from != writes_.end() && to != writes_.end())
                graph.add(from->second.op, to->second.op, Graph::ww);
        }
    std::map<int, OpNumber> before;  // by process
    for (OpNumber op = 0; op < ops_.size(); ++op) {
        if (ops_[op].outcome != Outcome::ok) continue;
        if (before.contains(ops_[op].process))
            graph.add(before[ops_[op].process], op, Graph::process);
        before[ops_[op].process] = op;
        std::map<int, std::int64_t> last;
        for (const auto& step : ops_[op].steps) {
            if (step.kind != Step::poll) continue;
            const auto write = writes_.find(step.value);
            if (write != writes_.end()) graph.add(write->second.op, op, Graph::wr);
            last[step.key] = index_of(step);
        }
        for (const auto& [key, index] : last) {
            const auto& log = visible_[key];
            const auto next = static_cast<std::size_t>(index) + 1;
            if (next >= log.size()) continue;
            const auto write = writes_.find(log[next].value);
            if (write != writes_.end()) graph.add(op, write->second.op, Graph::rw);
        }
    }
    const auto report = [&](const std::string& name, const Graph::Component& component) {
        std::string what = std::to_string(component.size()) + " operations:";
        for (std::size_t i = 0; i < component.size() && i < 8; ++i)
            what += " " + std::to_string(component[i]);
        find(name, what);
    };
    for (const auto& each : graph.cycles(Graph::ww)) report("G0", each);
    for (const auto& each : graph.cycles(Graph::wr | Graph::process)) report("G1c by reads", each);
    for (const auto& each : graph.cycles(Graph::ww | Graph::wr))
        if (graph.has(each, Graph::wr)) report("G1c", each);
    for (const auto& each : graph.cycles(Graph::ww | Graph::wr | Graph::rw))
        if (graph.has(each, Graph::rw)) report(graph.has_single_rw(each) ? "G-single" : "G2", each);
}

}  // namespace leat::crash
