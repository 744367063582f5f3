// The memory behind Idempotency-Key: a repeated request gets the first one's answer.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace leat::service {

/// Remembers the answers to the last keys, as many and as long as it was told. While the first
/// request of a key is under way, others of the same key are kept waiting. `Waiter` is whatever
/// answers a waiting request. Pure: time comes in; belongs to one thread at a time.
template <class Answer, class Waiter>
class IdempotencyMemory {
public:
    enum class Found {
        first,     // unknown: do the work, then call finish() or forget()
        waiting,   // the first one is under way; the waiter was kept
        known,     // `answer` is the first one's
        mismatch,  // the key was used with another body
    };
    struct Lookup {
        Found found;
        const Answer* answer = nullptr;
    };

    IdempotencyMemory(std::size_t entries, std::chrono::milliseconds window)
        : limit_(entries), window_(window) {}

    /// Looks `key` up for a request whose body hashes to `body_hash`.
    Lookup begin(const std::string& key, std::uint64_t body_hash, MonoTime now, Waiter waiter) {
        expire(now);
        const auto at = index_.find(key);
        if (at == index_.end()) {
            order_.push_back({key, body_hash, now, std::nullopt, {}});
            index_.emplace(key, std::prev(order_.end()));
            return {Found::first};
        }
        Entry& entry = *at->second;
        if (entry.body_hash != body_hash) return {Found::mismatch};
        if (entry.answer) return {Found::known, &*entry.answer};
        entry.waiters.push_back(std::move(waiter));
        return {Found::waiting};
    }

    /// The first request of `key` was answered: remembers it. Returns those who wait.
    std::vector<Waiter> finish(const std::string& key, Answer answer, MonoTime now) {
        const auto at = index_.find(key);
        if (at == index_.end()) return {};
        at->second->answer = std::move(answer);
        at->second->since = now;
        order_.splice(order_.end(), order_, at->second);
        return std::exchange(at->second->waiters, {});
    }

    /// The first request of `key` had no lasting effect: the next one is a first one again. Returns
    /// those who wait.
    std::vector<Waiter> forget(const std::string& key) {
        const auto at = index_.find(key);
        if (at == index_.end()) return {};
        auto waiters = std::move(at->second->waiters);
        order_.erase(at->second);
        index_.erase(at);
        return waiters;
    }

    std::size_t size() const { return index_.size(); }

private:
    struct Entry {
        std::string key;
        std::uint64_t body_hash;
        MonoTime since;
        std::optional<Answer> answer;
        std::vector<Waiter> waiters;
    };

    // The oldest come first. Requests under way are never dropped: the server bounds them.
    void expire(MonoTime now) {
        auto at = order_.begin();
        while (at != order_.end() && (index_.size() >= limit_ || now - at->since > window_)) {
            if (!at->answer) {
                ++at;
                continue;
            }
            index_.erase(at->key);
            at = order_.erase(at);
        }
    }

    std::size_t limit_;
    std::chrono::milliseconds window_;
    std::list<Entry> order_;
    std::unordered_map<std::string, typename std::list<Entry>::iterator> index_;
};

}  // namespace leat::service
