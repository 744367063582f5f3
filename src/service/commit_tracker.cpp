#include "service/commit_tracker.hpp"

#include "base/check.hpp"

namespace leat::service {

std::uint64_t CommitTracker::delivered(std::int64_t offset, Arrival arrival) {
    check(offset > highest_, "records of a partition are delivered in ascending offsets");
    highest_ = offset;
    last_arrival_ = arrival;
    window_.push_back({offset, arrival, false});
    ++incomplete_;
    return first_ + window_.size() - 1;
}

bool CommitTracker::done(std::uint64_t epoch, std::uint64_t sequence) {
    if (epoch != epoch_ || sequence < first_) return false;
    const auto index = static_cast<std::size_t>(sequence - first_);
    check(index < window_.size(), "a record is done before it was delivered");
    if (window_[index].done) return false;
    window_[index].done = true;
    --incomplete_;
    ++done_since_commit_;
    while (!window_.empty() && window_.front().done) {
        watermark_ = window_.front().offset + 1;
        window_.pop_front();
        ++first_;
    }
    return true;
}

std::optional<std::int64_t> CommitTracker::to_commit() const {
    if (watermark_ <= committed_) return std::nullopt;
    return watermark_;
}

std::optional<Arrival> CommitTracker::oldest_undone() const {
    if (window_.empty()) return std::nullopt;
    return window_.front().arrival;
}

void CommitTracker::committed(std::int64_t offset) {
    if (offset > committed_) committed_ = offset;
    done_since_commit_ = 0;
}

}  // namespace leat::service
