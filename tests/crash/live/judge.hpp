// Everything that the clients of a run report, and the verdict. Any thread.
#pragma once

#include <atomic>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "group_checker.hpp"
#include "history_checker.hpp"

namespace leat::crash {

/// A partition, as the tests number them.
struct Place {
    std::string topic;
    int partition = 0;
    std::string name() const { return topic + "-" + std::to_string(partition); }
};

/// The content of every place, in their order.
using Contents = std::vector<HistoryChecker::Content>;

/// Offsets from `from` up to `to`.
struct Range {
    std::int64_t from = 0;
    std::int64_t to = 0;
};
/// A range of every place, in their order.
using Ranges = std::vector<Range>;

class Judge {
public:
    Judge(std::vector<Place> places, std::size_t groups);

    const std::vector<Place>& places() const { return places_; }
    std::size_t place_of(const std::string& topic, int partition) const;
    std::size_t groups() const { return groups_; }

    // By place; the values are fingerprints.
    void sent(std::size_t place, const std::string& value);
    void acknowledged(std::size_t place, std::int64_t offset, const std::string& value);
    void seen(std::size_t place, std::int64_t offset, const std::string& value);
    /// The contents behind what is settled, as HistoryChecker judges them.
    void recovered(const Contents& contents);
    void stored(const Contents& contents);
    /// What was read of the settled part.
    void reread(const Ranges& ranges, const Contents& contents);
    void settle();
    std::vector<std::int64_t> settled() const;

    // By group and place.
    void delivered(std::size_t group, std::size_t place, std::uint64_t assignment,
                   std::int64_t offset);
    void commit_acknowledged(std::size_t group, std::size_t place, std::int64_t offset);
    void committed(std::size_t group, std::size_t place, std::int64_t offset, std::int64_t end);
    void caught_up(std::size_t group, std::size_t place, std::int64_t end);

    void anomaly(std::string what);

    /// The first of every kind and place; empty if all is well.
    std::string verdict() const;
    std::uint64_t acknowledgements() const;
    std::uint64_t deliveries() const;
    /// Returns once a group was given a record.
    void wait_for_delivery() const { any_delivered_.wait(false); }

private:
    struct Guarded {
        mutable std::mutex mutex;
        HistoryChecker history;
        std::uint64_t acknowledgements = 0;
    };
    struct GuardedGroup {
        mutable std::mutex mutex;
        GroupChecker checker;
        std::uint64_t deliveries = 0;
    };
    GuardedGroup& group_at(std::size_t group, std::size_t place) {
        return group_checkers_[group * places_.size() + place];
    }

    std::vector<Place> places_;
    std::size_t groups_;
    std::deque<Guarded> histories_;
    std::deque<GuardedGroup> group_checkers_;
    std::atomic<bool> any_delivered_{false};
    mutable std::mutex mutex_;
    std::vector<std::string> anomalies_;
};

}  // namespace leat::crash
