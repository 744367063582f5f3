// The bytes of requests and unsent answers that all connections together hold.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace leat::broker {

/// Core thread. Nothing is refused: who finds it exhausted stops reading until told to go on, so
/// the limit may be passed by what a connection was in the middle of.
class MemoryBudget {
public:
    explicit MemoryBudget(std::size_t limit) : limit_(limit) {}

    std::size_t used() const { return used_; }
    bool is_exhausted() const { return used_ >= limit_; }
    /// Calls `resume` once, when there is room again.
    void when_free(std::function<void()> resume) { waiting_.push_back(std::move(resume)); }

    /// Bytes that are given back when it dies.
    class Share {
    public:
        Share() = default;
        Share(MemoryBudget& budget, std::size_t bytes) : budget_(&budget), bytes_(bytes) {
            budget.used_ += bytes;
        }
        Share(Share&& other) noexcept
            : budget_(std::exchange(other.budget_, nullptr)), bytes_(other.bytes_) {}
        Share& operator=(Share&& other) noexcept {
            std::swap(budget_, other.budget_);
            std::swap(bytes_, other.bytes_);
            return *this;
        }
        ~Share() {
            if (budget_ != nullptr) budget_->give_back(bytes_);
        }

    private:
        MemoryBudget* budget_ = nullptr;
        std::size_t bytes_ = 0;
    };

private:
    void give_back(std::size_t bytes) {
        used_ -= bytes;
        if (is_exhausted() || waiting_.empty()) return;
        for (const auto& resume : std::exchange(waiting_, {})) resume();
    }

    std::size_t limit_;
    std::size_t used_ = 0;
    std::vector<std::function<void()>> waiting_;
};

}  // namespace leat::broker
