// Deadlines by key, the earliest first: timers for code that has no clock.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/clock.hpp"

namespace leat::broker {

/// At most one deadline a key. Setting and popping cost the logarithm of their number.
template <class Key>
class Deadlines {
public:
    /// Sets the deadline of `key`, or moves it.
    void set(const Key& key, MonoTime at) {
        const auto [entry, added] = by_key_.try_emplace(key, at);
        if (!added) {
            if (entry->second == at) return;
            by_time_.erase({entry->second, key});
            entry->second = at;
        }
        by_time_.emplace(at, key);
    }
    void cancel(const Key& key) {
        const auto entry = by_key_.find(key);
        if (entry == by_key_.end()) return;
        by_time_.erase({entry->second, key});
        by_key_.erase(entry);
    }
    bool contains(const Key& key) const { return by_key_.count(key) != 0; }
    /// The earliest deadline.
    std::optional<MonoTime> next() const {
        if (by_time_.empty()) return std::nullopt;
        return by_time_.begin()->first;
    }
    /// Takes out the earliest key whose deadline is `now` or before.
    std::optional<Key> pop_due(MonoTime now) {
        if (by_time_.empty() || by_time_.begin()->first > now) return std::nullopt;
        Key key = by_time_.begin()->second;
        cancel(key);
        return key;
    }

private:
    std::map<Key, MonoTime> by_key_;
    std::set<std::pair<MonoTime, Key>> by_time_;
};

}  // namespace leat::broker
