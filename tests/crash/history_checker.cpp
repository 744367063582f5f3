#include "history_checker.hpp"

#include <algorithm>
#include <cstdlib>
#include <unordered_map>

namespace leat::crash {
namespace {

// "i<producer>-<number>." or "p<producer>-<number>.", then filling that depends on both.
struct Name {
    HistoryChecker::Kind kind;
    int producer;
    int number;
};

Name name_in(const std::string& value) {
    const auto kind =
        value.front() == 'i' ? HistoryChecker::Kind::idempotent : HistoryChecker::Kind::plain;
    char* end = nullptr;
    const auto producer = std::strtol(value.c_str() + 1, &end, 10);
    const auto number = std::strtol(end + 1, nullptr, 10);
    return {kind, static_cast<int>(producer), static_cast<int>(number)};
}

// What one producer has in the log so far.
struct Written {
    int newest = -1;
    // Every number, and whether its acknowledgement was given before it could come again.
    std::unordered_map<int, bool> numbers;
};

std::string at(std::int64_t offset, const std::string& value) {
    return "offset " + std::to_string(offset) + " (" + value.substr(0, value.find('.')) + ")";
}

}  // namespace

std::string HistoryChecker::value_of(Kind kind, int producer, int number, std::size_t size) {
    auto value = (kind == Kind::idempotent ? "i" : "p") + std::to_string(producer) + "-"
                 + std::to_string(number) + ".";
    for (auto i = value.size(); i < size; ++i)
        value += static_cast<char>('a' + (static_cast<std::size_t>(number) * 7 + i * 13) % 26);
    return value;
}

void HistoryChecker::note(std::int64_t offset, const std::string& value, bool acknowledged) {
    if (!sent_.contains(value)) return anomaly("changed bytes: " + at(offset, value));
    auto& promise = promises_[offset];
    if (!promise.value.empty() && promise.value != value)
        return anomaly("two values at one offset: " + at(offset, promise.value) + " and "
                       + at(offset, value));
    promise.value = value;
    (acknowledged ? promise.acknowledged : promise.seen) = true;
}

void HistoryChecker::acknowledged(std::int64_t offset, const std::string& value) {
    note(offset, value, true);
}

void HistoryChecker::seen(std::int64_t offset, const std::string& value) {
    note(offset, value, false);
}

void HistoryChecker::deleted_below(std::int64_t offset, bool promised) {
    may_be_deleted_ = std::max(may_be_deleted_, offset);
    if (promised) must_be_deleted_ = std::max(must_be_deleted_, offset);
}

void HistoryChecker::recovered(std::int64_t log_start, const Content& content) {
    stored(log_start, content);
    for (const auto& [offset, value] : content) seen(offset, value);
}

void HistoryChecker::stored(std::int64_t log_start, const Content& content) {
    check_content(log_start, content);
    check_promises(log_start, {content.begin(), content.end()});
    check_producers(log_start, content);
}

void HistoryChecker::check_content(std::int64_t log_start, const Content& content) {
    if (log_start > may_be_deleted_)
        anomaly("deleted without being asked: the log starts at " + std::to_string(log_start));
    if (log_start < must_be_deleted_)
        anomaly("came back after it was deleted: the log starts at " + std::to_string(log_start));
    auto expected = log_start;
    for (const auto& [offset, value] : content) {
        if (offset != expected)
            anomaly("hole in the offsets: " + at(offset, value) + " follows "
                    + std::to_string(expected - 1));
        if (!sent_.contains(value)) anomaly("changed bytes: " + at(offset, value));
        expected = offset + 1;
    }
}

void HistoryChecker::check_promises(std::int64_t log_start,
                                    const std::map<std::int64_t, std::string>& found) {
    for (const auto& [offset, promise] : promises_) {
        if (offset < log_start) continue;
        const auto there = found.find(offset);
        if (there != found.end() && there->second == promise.value) continue;
        const auto* how =
            promise.acknowledged ? "lost although acknowledged: " : "gone although it was seen: ";
        anomaly(how + at(offset, promise.value));
    }
}

bool HistoryChecker::is_acknowledged(std::int64_t offset, const std::string& value) const {
    const auto promise = promises_.find(offset);
    return promise != promises_.end() && promise->second.acknowledged
           && promise->second.value == value;
}

void HistoryChecker::check_producers(std::int64_t log_start, const Content& content) {
    std::map<std::pair<Kind, int>, Written> producers;
    for (const auto& [offset, value] : content) {
        if (!sent_.contains(value)) continue;
        const auto name = name_in(value);
        auto& written = producers[{name.kind, name.producer}];
        const auto [before, is_new] = written.numbers.try_emplace(name.number, false);
        // What was deleted may have been a repeated record's first place.
        const bool ordered = name.kind == Kind::idempotent || log_start == 0;
        if (ordered && is_new && name.number < written.newest)
            anomaly("out of order: " + at(offset, value));
        if (!is_new && name.kind == Kind::idempotent) anomaly("duplicate: " + at(offset, value));
        if (!is_new && before->second) anomaly("again after its ack: " + at(offset, value));
        before->second |= is_acknowledged(offset, value);
        written.newest = std::max(written.newest, name.number);
    }
}

}  // namespace leat::crash
