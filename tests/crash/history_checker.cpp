#include "history_checker.hpp"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <optional>

namespace leat::crash {
namespace {

// "i<producer>-<number>." or "p<producer>-<number>.", then filling that depends on both.
struct Name {
    HistoryChecker::Kind kind;
    int producer;
    int number;
};

// Of any bytes: those of a changed value name nobody, or someone else.
std::optional<Name> name_in(const std::string& value) {
    const auto dash = value.find('-');
    if (dash == std::string::npos || dash == 0) return std::nullopt;
    const auto kind =
        value.front() == 'i' ? HistoryChecker::Kind::idempotent : HistoryChecker::Kind::plain;
    const auto number_at = [&](std::size_t position) {
        return static_cast<int>(std::strtol(value.c_str() + position, nullptr, 10));
    };
    return Name{kind, number_at(1), number_at(dash + 1)};
}

std::string at(std::int64_t offset, const std::string& value) {
    return "offset " + std::to_string(offset) + " (" + value.substr(0, value.find('.')) + ")";
}

std::uint64_t digest_of(const std::string& value) {
    static_assert(sizeof(std::size_t) == 8);
    return std::hash<std::string>{}(value);
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
    if (offset < settled()) return check_settled(offset, value);
    if (!sent_.contains(value)) return check_sent(offset, value);
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

void HistoryChecker::forgotten(std::int64_t offset, bool promised) {
    forgotten_[offset] |= promised;
}

void HistoryChecker::recovered(std::int64_t log_start, const Content& content) {
    stored(log_start, content);
    for (const auto& [offset, value] : content) seen(offset, value);
}

void HistoryChecker::stored(std::int64_t log_start, const Content& content) {
    check_start(log_start);
    check_behind(log_start, content);
}

void HistoryChecker::recovered_behind(const Content& content) {
    stored_behind(content);
    for (const auto& [offset, value] : content) seen(offset, value);
}

void HistoryChecker::stored_behind(const Content& content) { check_behind(settled(), content); }

void HistoryChecker::reread(std::int64_t from, std::int64_t to, const Content& content) {
    auto expected = from;
    for (const auto& [offset, value] : content) {
        if (offset != expected++) return anomaly("not what was asked for: " + at(offset, value));
        check_settled(offset, value);
    }
    if (expected != to) anomaly("lost although settled: offset " + std::to_string(expected));
}

// The producers' order and repetitions are judged anew here, so that nothing gets settled that was
// noted behind what recovered() has judged.
void HistoryChecker::settle() {
    for (auto next = promises_.begin(); next != promises_.end() && next->first == settled();
         next = promises_.erase(next)) {
        const auto& [offset, promise] = *next;
        follow(producers_, offset, promise.value, true);
        if (promise.value.front() == 'i' || promise.acknowledged) sent_.erase(promise.value);
        settled_.push_back(digest_of(promise.value));
    }
    for (auto& [name, written] : producers_)
        std::erase_if(written.numbers, [&](const auto& number) {
            return name.first == Kind::idempotent || number.second;
        });
}

void HistoryChecker::check_start(std::int64_t log_start) {
    if (log_start > may_be_deleted_)
        anomaly("deleted without being asked: the log starts at " + std::to_string(log_start));
    if (log_start < must_be_deleted_)
        anomaly("came back after it was deleted: the log starts at " + std::to_string(log_start));
}

void HistoryChecker::check_behind(std::int64_t from, const Content& content) {
    check_content(from, content);
    check_promises(from, {content.begin(), content.end()});
    check_producers(from, content);
}

void HistoryChecker::check_content(std::int64_t from, const Content& content) {
    auto expected = from;
    for (const auto& [offset, value] : content) {
        while (expected < offset && forgotten_.contains(expected)) ++expected;
        const auto gone = forgotten_.find(offset);
        if (gone != forgotten_.end() && gone->second)
            anomaly("came back after it was rewritten away: " + at(offset, value));
        if (offset != expected)
            anomaly("hole in the offsets: " + at(offset, value) + " follows "
                    + std::to_string(expected - 1));
        if (offset < settled())
            check_settled(offset, value);
        else
            check_sent(offset, value);
        expected = offset + 1;
    }
    if (expected < settled()) anomaly("lost although settled: offset " + std::to_string(expected));
}

void HistoryChecker::check_settled(std::int64_t offset, const std::string& value) {
    const bool is_same = offset >= 0 && offset < settled()
                         && settled_[static_cast<std::size_t>(offset)] == digest_of(value);
    if (!is_same) anomaly("not the value that was settled: " + at(offset, value));
}

void HistoryChecker::check_sent(std::int64_t offset, const std::string& value) {
    if (sent_.contains(value)) return;
    const auto name = name_in(value);
    const auto written = name ? producers_.find({name->kind, name->producer}) : producers_.end();
    const bool may_be_settled =
        written != producers_.end() && name->number <= written->second.newest;
    anomaly((may_be_settled ? "again although settled, or changed bytes: " : "changed bytes: ")
            + at(offset, value));
}

void HistoryChecker::check_promises(std::int64_t from,
                                    const std::map<std::int64_t, std::string>& found) {
    for (const auto& [offset, promise] : promises_) {
        if (offset < from) continue;
        const auto there = found.find(offset);
        if (there != found.end() && there->second == promise.value) continue;
        if (there == found.end() && forgotten_.contains(offset)) continue;
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

void HistoryChecker::check_producers(std::int64_t from, const Content& content) {
    auto producers = producers_;
    // What was deleted or rewritten away may have been a repeated record's first place.
    const bool ordered = from <= settled() && forgotten_.empty();
    for (const auto& [offset, value] : content)
        if (offset >= settled() && sent_.contains(value)) follow(producers, offset, value, ordered);
}

void HistoryChecker::follow(Producers& producers, std::int64_t offset, const std::string& value,
                            bool ordered) {
    const auto name = *name_in(value);
    auto& written = producers[{name.kind, name.producer}];
    const auto [before, is_new] = written.numbers.try_emplace(name.number, false);
    if ((ordered || name.kind == Kind::idempotent) && is_new && name.number < written.newest)
        anomaly("out of order: " + at(offset, value));
    if (!is_new && name.kind == Kind::idempotent) anomaly("duplicate: " + at(offset, value));
    if (!is_new && before->second) anomaly("again after its ack: " + at(offset, value));
    before->second |= is_acknowledged(offset, value);
    written.newest = std::max(written.newest, name.number);
}

}  // namespace leat::crash
