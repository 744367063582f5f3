#include "judge.hpp"

#include "base/check.hpp"

namespace leat::crash {
namespace {

constexpr std::size_t most_shown = 5;

void show(const std::string& where, const std::vector<std::string>& anomalies, std::string& text) {
    for (std::size_t i = 0; i < anomalies.size() && i < most_shown; ++i)
        text += where + ": " + anomalies[i] + "\n";
    if (anomalies.size() > most_shown)
        text += where + ": and " + std::to_string(anomalies.size() - most_shown) + " more\n";
}

}  // namespace

Judge::Judge(std::vector<Place> places, std::size_t groups)
    : places_(std::move(places)),
      groups_(groups),
      histories_(places_.size()),
      group_checkers_(groups * places_.size()) {}

std::size_t Judge::place_of(const std::string& topic, int partition) const {
    for (std::size_t i = 0; i < places_.size(); ++i)
        if (places_[i].topic == topic && places_[i].partition == partition) return i;
    fail_check("a partition that the test does not know", topic);
}

void Judge::sent(std::size_t place, const std::string& value) {
    auto& at = histories_[place];
    const std::lock_guard lock{at.mutex};
    at.history.sent(value);
}

void Judge::acknowledged(std::size_t place, std::int64_t offset, const std::string& value) {
    auto& at = histories_[place];
    const std::lock_guard lock{at.mutex};
    at.history.acknowledged(offset, value);
    ++at.acknowledgements;
}

void Judge::seen(std::size_t place, std::int64_t offset, const std::string& value) {
    auto& at = histories_[place];
    const std::lock_guard lock{at.mutex};
    at.history.seen(offset, value);
}

void Judge::recovered(const Contents& contents) {
    for (std::size_t i = 0; i < contents.size(); ++i) {
        const std::lock_guard lock{histories_[i].mutex};
        histories_[i].history.recovered_behind(contents[i]);
    }
}

void Judge::stored(const Contents& contents) {
    for (std::size_t i = 0; i < contents.size(); ++i) {
        const std::lock_guard lock{histories_[i].mutex};
        histories_[i].history.stored_behind(contents[i]);
    }
}

void Judge::reread(const Ranges& ranges, const Contents& contents) {
    for (std::size_t i = 0; i < contents.size(); ++i) {
        const std::lock_guard lock{histories_[i].mutex};
        histories_[i].history.reread(ranges[i].from, ranges[i].to, contents[i]);
    }
}

void Judge::settle() {
    for (auto& each : histories_) {
        const std::lock_guard lock{each.mutex};
        each.history.settle();
    }
}

std::vector<std::int64_t> Judge::settled() const {
    std::vector<std::int64_t> ends;
    for (const auto& each : histories_) {
        const std::lock_guard lock{each.mutex};
        ends.push_back(each.history.settled());
    }
    return ends;
}

void Judge::delivered(std::size_t group, std::size_t place, std::uint64_t assignment,
                      std::int64_t offset) {
    auto& at = group_at(group, place);
    const std::lock_guard lock{at.mutex};
    at.checker.delivered(assignment, offset);
    ++at.deliveries;
    if (!any_delivered_.exchange(true)) any_delivered_.notify_all();
}

void Judge::commit_acknowledged(std::size_t group, std::size_t place, std::int64_t offset) {
    auto& at = group_at(group, place);
    const std::lock_guard lock{at.mutex};
    at.checker.acknowledged(offset);
}

void Judge::committed(std::size_t group, std::size_t place, std::int64_t offset, std::int64_t end) {
    auto& at = group_at(group, place);
    const std::lock_guard lock{at.mutex};
    at.checker.committed(offset, end);
}

void Judge::caught_up(std::size_t group, std::size_t place, std::int64_t end) {
    auto& at = group_at(group, place);
    const std::lock_guard lock{at.mutex};
    at.checker.caught_up(end);
}

void Judge::anomaly(std::string what) {
    const std::lock_guard lock{mutex_};
    anomalies_.push_back(std::move(what));
}

std::string Judge::verdict() const {
    std::string text;
    {
        const std::lock_guard lock{mutex_};
        show("run", anomalies_, text);
    }
    for (std::size_t i = 0; i < places_.size(); ++i) {
        const std::lock_guard lock{histories_[i].mutex};
        show(places_[i].name(), histories_[i].history.anomalies(), text);
    }
    for (std::size_t i = 0; i < group_checkers_.size(); ++i) {
        const std::lock_guard lock{group_checkers_[i].mutex};
        const auto where = "group " + std::to_string(i / places_.size()) + ", "
                           + places_[i % places_.size()].name();
        show(where, group_checkers_[i].checker.anomalies(), text);
    }
    return text;
}

std::uint64_t Judge::acknowledgements() const {
    std::uint64_t sum = 0;
    for (const auto& each : histories_) {
        const std::lock_guard lock{each.mutex};
        sum += each.acknowledgements;
    }
    return sum;
}

std::uint64_t Judge::deliveries() const {
    std::uint64_t sum = 0;
    for (const auto& each : group_checkers_) {
        const std::lock_guard lock{each.mutex};
        sum += each.deliveries;
    }
    return sum;
}

}  // namespace leat::crash
