// A value that is durable only after its append: what readers may see, and what the log's end says.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "base/check.hpp"

namespace leat::broker {

/// One key of a log. Each append() is followed by one settle(), in the same order.
template <class T>
class Staged {
public:
    /// Sets what is already in the log.
    void load(std::optional<T> value) { durable_ = std::move(value); }
    /// Notes a value on its way; nothing is a tombstone.
    void append(std::optional<T> value) { in_flight_.push_back(std::move(value)); }
    /// Ends the oldest append: its value becomes the durable one, or is forgotten.
    void settle(bool durable) {
        check(!in_flight_.empty(), "a staged value settles more often than it was appended");
        if (durable) durable_ = std::move(in_flight_.front());
        in_flight_.erase(in_flight_.begin());
    }

    /// What a reader may see.
    const std::optional<T>& durable() const { return durable_; }
    /// What the end of the log says if every append succeeds.
    const std::optional<T>& appended() const {
        return in_flight_.empty() ? durable_ : in_flight_.back();
    }
    bool in_flight() const { return !in_flight_.empty(); }
    /// Neither a value nor one on its way.
    bool unused() const { return !durable_ && in_flight_.empty(); }

private:
    std::optional<T> durable_;
    std::vector<std::optional<T>> in_flight_;
};

}  // namespace leat::broker
