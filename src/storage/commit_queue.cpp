#include "storage/commit_queue.hpp"

#include <algorithm>
#include <vector>

#include "base/check.hpp"

namespace leat::storage {

CommitQueue::CommitQueue(std::shared_ptr<Log> log, Flusher& flusher, std::function<void()> moved)
    : log_(std::move(log)), flusher_(flusher), moved_(std::move(moved)) {
    check(!log_->on_progress, "a log has one queue");
    log_->on_progress = [this] { this->moved(); };
}

CommitQueue::~CommitQueue() {
    *alive_ = false;
    log_->on_progress = nullptr;
}

AppendOutcome CommitQueue::append(const IncomingBatch& batch, TimestampMs now, AppendOrigin origin,
                                  Done safe) {
    auto outcome = log_->append(batch, now, origin);
    if (outcome.fault != LogFault::none) {
        const auto code = outcome.fault == LogFault::no_space ? Errc::no_space : Errc::io;
        if (safe)
            when_safe(log_->end_offset(),
                      [safe = std::move(safe),
                       error = Error{code, outcome.what}](const Result<void>&) { safe(error); });
        return outcome;
    }
    const auto end = outcome.last_offset + 1;
    check(end <= log_->end_offset(), "what was appended is in the log");
    if (!safe) promised_end_ = std::max(promised_end_, end);
    if (origin == AppendOrigin::coordinator) flusher_.request(*log_);
    flusher_.appended(*log_);
    if (safe) when_safe(end, std::move(safe));
    return outcome;
}

std::int64_t CommitQueue::promised_end() const {
    return std::max(promised_end_, log_->high_watermark());
}

bool CommitQueue::is_kept_back(std::int64_t offset, std::int64_t promised) const {
    return !closed_ && !log_->is_offline() && offset >= log_->high_watermark() && offset < promised
           && log_->high_watermark() < promised;
}

Error CommitQueue::why_not() const {
    if (closed_) return {Errc::cancelled, "the partition was deleted"};
    return {Errc::io, log_->offline_reason()};
}

void CommitQueue::when_safe(std::int64_t offset, Done done) {
    check(offset <= log_->end_offset(), "nobody waits for what was not appended");
    if (closed_ || log_->is_offline()) return done(why_not());
    if (offset <= log_->high_watermark()) return done({});
    const auto after = std::ranges::upper_bound(waiters_, offset, {}, &Waiter::offset);
    waiters_.insert(after, {offset, std::move(done)});
}

void CommitQueue::close() {
    closed_ = true;
    moved();
}

void CommitQueue::abandon() {
    const auto dropped = std::exchange(waiters_, {});  // the last one may drop the queue itself
}

void CommitQueue::moved() {
    const bool failed = closed_ || log_->is_offline();
    // A waiter may append and wait again, or drop the topic: take what is due out first.
    std::vector<Done> safe;
    std::vector<Done> lost;
    while (!waiters_.empty()) {
        const bool is_safe = waiters_.front().offset <= log_->high_watermark();
        if (!is_safe && !failed) break;
        (is_safe ? safe : lost).push_back(std::move(waiters_.front().done));
        waiters_.pop_front();
    }
    const auto alive = alive_;
    const auto reason = failed ? why_not() : Error{};
    for (const auto& done : safe) done({});
    for (const auto& done : lost) done(reason);
    if (*alive && moved_) moved_();
}

}  // namespace leat::storage
