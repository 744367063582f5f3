#include "group_checker.hpp"

#include <algorithm>

namespace leat::crash {

void GroupChecker::anomaly(const std::string& what, std::int64_t offset, std::int64_t against) {
    anomalies_.push_back(what + ": " + std::to_string(offset) + " against "
                         + std::to_string(against));
}

void GroupChecker::acknowledged(std::int64_t offset) {
    if (offset > unseen_) anomaly("committed what nobody was given", offset, unseen_);
    promised_ = std::max(promised_, offset);
}

void GroupChecker::delivered(std::uint64_t assignment, std::int64_t offset) {
    const auto last = last_.find(assignment);
    if (last == last_.end()) {
        if (offset > unseen_) anomaly("skipped at the start of an assignment", offset, unseen_);
        if (offset < promised_) anomaly("began before what was committed", offset, promised_);
    } else {
        if (offset > last->second + 1) anomaly("skipped a record", offset, last->second + 1);
        if (offset <= last->second) anomaly("went back", offset, last->second);
    }
    last_[assignment] = offset;
    unseen_ = std::max(unseen_, offset + 1);
}

void GroupChecker::committed(std::int64_t offset, std::int64_t end) {
    if (offset < promised_) anomaly("a committed offset went back", offset, promised_);
    if (offset > end) anomaly("a committed offset lies beyond the end", offset, end);
    promised_ = std::max(promised_, offset);
}

void GroupChecker::caught_up(std::int64_t end) {
    if (unseen_ < end) anomaly("never given to the group", unseen_, end);
}

}  // namespace leat::crash
