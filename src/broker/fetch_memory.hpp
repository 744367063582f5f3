// What fetched records take while they wait to be sent, over all connections.
#pragma once

#include <cstddef>
#include <memory>

#include "base/bytes.hpp"
#include "broker/memory_budget.hpp"

namespace leat::broker {

/// Core thread. Slow readers hold what they asked for and do not take: the more they hold, the less
/// a fetch brings, down to one batch. So nobody has to wait for them. What stays in files takes no
/// memory of ours, but open files.
class FetchMemory {
public:
    /// `files`: as many slices as may lie in files at a time, each of which may hold one open.
    explicit FetchMemory(std::size_t limit, std::size_t files)
        : limit_(limit),
          budget_(std::make_shared<MemoryBudget>(limit)),
          files_(std::make_shared<MemoryBudget>(files)) {}

    std::size_t used() const { return budget_->used(); }
    /// What one fetch may bring now, beside its first batch: a part of what is left.
    std::size_t allowance() const {
        constexpr std::size_t part = 4;
        return budget_->is_exhausted() ? 0 : (limit_ - budget_->used()) / part;
    }
    /// Bytes that count until the share dies.
    MemoryBudget::Share reserve(std::size_t bytes) { return {*budget_, bytes}; }
    /// Lets `bytes` count for as long as `slice` or a copy of it is held.
    void hold(SharedSlice& slice, std::size_t bytes) {
        slice.owner = std::make_shared<Held>(
            Held{budget_, MemoryBudget::Share{*budget_, bytes}, std::move(slice.owner)});
    }

    /// Whether records may stay in files.
    bool has_files() const { return !files_->is_exhausted(); }
    /// Lets the slice count among those for as long as it or a copy of it is held.
    void hold(FileSlice& slice) {
        const auto* const file = slice.owner.get();
        auto held = std::make_shared<Held>(
            Held{files_, MemoryBudget::Share{*files_, 1}, std::move(slice.owner)});
        slice.owner = std::shared_ptr<const void>{std::move(held), file};
    }

private:
    struct Held {
        std::shared_ptr<MemoryBudget> budget;  // outlives the share
        MemoryBudget::Share share;
        std::shared_ptr<const void> owner;
    };

    std::size_t limit_;
    std::shared_ptr<MemoryBudget> budget_;
    std::shared_ptr<MemoryBudget> files_;
};

}  // namespace leat::broker
