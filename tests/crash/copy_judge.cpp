#include "copy_judge.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>

namespace leat::crash {
namespace {

struct CopiedName {
    std::string text;
    std::size_t transaction;
    std::int64_t source;
    std::int64_t number;
};

CopiedName copied_name(const std::string& value) {
    const auto at = value.rfind('@');
    const auto colon = value.find(':');
    const auto number_at = [&](std::size_t place) {
        return place >= value.size() ? -1 : std::strtoll(value.c_str() + place, nullptr, 10);
    };
    return {value.substr(0, at),
            static_cast<std::size_t>(at == std::string::npos ? -1 : number_at(at + 1)),
            number_at(0), colon == std::string::npos ? -1 : number_at(colon + 1)};
}

std::string where(std::size_t partition, std::int64_t offset, const std::string& value) {
    return "partition " + std::to_string(partition) + ", offset " + std::to_string(offset) + " ("
           + value + ")";
}

}  // namespace

std::size_t CopyJudge::begin() {
    const std::lock_guard lock{mutex_};
    transactions_.emplace_back();
    return transactions_.size() - 1;
}

void CopyJudge::sent(std::size_t transaction) {
    const std::lock_guard lock{mutex_};
    ++transactions_[transaction].sent;
}

void CopyJudge::set(std::size_t transaction, Fate fate) {
    const std::lock_guard lock{mutex_};
    transactions_[transaction].fate = fate;
}

void CopyJudge::anomaly(std::string what) {
    const std::lock_guard lock{mutex_};
    anomalies_.push_back(std::move(what));
}

std::vector<std::string> CopyJudge::anomalies() const {
    const std::lock_guard lock{mutex_};
    return anomalies_;
}

std::map<CopyJudge::Fate, std::size_t> CopyJudge::fates() const {
    const std::lock_guard lock{mutex_};
    std::map<Fate, std::size_t> counts;
    for (const auto& transaction : transactions_) ++counts[transaction.fate];
    return counts;
}

void CopyJudge::judge_visible(const std::vector<CopyContent>& visible) {
    Counts seen;
    for (std::size_t partition = 0; partition < visible.size(); ++partition) {
        std::set<std::string> found;
        std::map<std::int64_t, std::int64_t> newest;  // by source
        for (const auto& [offset, value] : visible[partition]) {
            const auto name = copied_name(value);
            ++seen[name.transaction];
            if (!found.insert(name.text).second)
                anomaly("copied twice: " + where(partition, offset, value));
            const auto [before, is_first] = newest.try_emplace(name.source, name.number);
            if (!is_first && before->second > name.number)
                anomaly("out of order: " + where(partition, offset, value));
            before->second = name.number;
        }
    }
    judge_fates(seen);
}

void CopyJudge::judge_committed(const std::vector<CopyContent>& visible,
                                const std::vector<std::int64_t>& inputs) {
    judge_visible(visible);
    std::set<std::pair<int, std::string>> expected;
    for (std::size_t source = 0; source < inputs.size(); ++source)
        for (std::int64_t number = 0; number < inputs[source]; ++number)
            for (const auto& output : transform_(static_cast<int>(source), number))
                expected.emplace(output.partition, output.text);
    for (std::size_t partition = 0; partition < visible.size(); ++partition)
        for (const auto& [offset, value] : visible[partition])
            if (expected.erase({static_cast<int>(partition), copied_name(value).text}) == 0)
                anomaly("nobody asked for it: " + where(partition, offset, value));
    for (const auto& [partition, text] : expected) anomaly("not copied: " + text);
}

void CopyJudge::judge_fates(const Counts& seen) {
    for (const auto& [number, count] : seen)
        if (number >= transactions_.size())
            anomaly("a record of no transaction: @" + std::to_string(number));
    for (std::size_t number = 0; number < transactions_.size(); ++number) {
        const auto& transaction = transactions_[number];
        const auto name = "transaction @" + std::to_string(number);
        const auto at = seen.find(number);
        const auto count = at == seen.end() ? 0 : at->second;
        const bool must_not = transaction.fate == Fate::open || transaction.fate == Fate::aborted;
        if (count > 0 && must_not) anomaly("visible although never committed: " + name);
        if (count == 0 && transaction.sent > 0 && transaction.fate == Fate::committed)
            anomaly("lost although committed: " + name);
        if (count > 0 && count != transaction.sent)
            anomaly("torn: " + name + ", " + std::to_string(count) + " of "
                    + std::to_string(transaction.sent));
    }
}

std::size_t CopyJudge::judge_uncommitted(const std::vector<CopyContent>& all,
                                         const std::vector<CopyContent>& visible) {
    std::size_t hidden = 0;
    for (std::size_t partition = 0; partition < all.size(); ++partition) {
        const std::map<std::int64_t, std::string> there{all[partition].begin(),
                                                        all[partition].end()};
        hidden += there.size() - std::min(there.size(), visible[partition].size());
        for (const auto& [offset, value] : visible[partition]) {
            const auto at = there.find(offset);
            if (at == there.end() || at->second != value)
                anomaly("committed, and not there for read_uncommitted: "
                        + where(partition, offset, value));
        }
    }
    return hidden;
}

}  // namespace leat::crash
