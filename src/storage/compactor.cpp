#include "storage/compactor.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/log.hpp"

namespace leat::storage {
namespace {

using std::chrono::milliseconds;

// How often a log is asked whether the swap of a segment has come to its end.
constexpr milliseconds swap_poll{10};
constexpr double longest_pause_s = 3600;

}  // namespace

void Compactor::start(std::shared_ptr<Log> log, CompactionPlan plan, Done done) {
    check(!run_, "one log is compacted at a time");
    run_ = std::make_shared<Run>(std::move(log), std::move(plan), std::move(done));
    step(run_);
}

void Compactor::step(const RunPtr& run) {
    if (run->cancelled) return;
    run->in_pool = true;
    seams_.pool.run([run, &disk = seams_.disk] { run->state = run->compaction.step(disk); },
                    [this, run, alive = alive_] {
                        if (*alive) stepped(run);
                    });
}

void Compactor::stepped(const RunPtr& run) {
    run->in_pool = false;
    if (run->cancelled) return abandon(run);
    const auto seconds = static_cast<double>(run->compaction.take_io_bytes()) / rate_;
    const std::chrono::duration<double> pause{std::min(seconds, longest_pause_s)};
    next_step_ = std::max(next_step_, seams_.clock.now())
                 + std::chrono::duration_cast<MonoTime::duration>(pause);
    switch (run->state) {
        case Compaction::State::goes_on:
            return step_in_time(run);
        case Compaction::State::has_segment:
            return adopt(run);
        case Compaction::State::done:
            return end(run, run->compaction.first_dirty());
        case Compaction::State::failed:
            return end(run, run->compaction.error());
    }
}

void Compactor::step_in_time(const RunPtr& run) {
    const auto wait = std::chrono::ceil<milliseconds>(next_step_ - seams_.clock.now());
    if (wait <= milliseconds{0}) return step(run);
    seams_.later(wait, [this, run, alive = alive_] {
        if (*alive) step(run);
    });
}

void Compactor::adopt(const RunPtr& run) {
    auto rewritten = run->compaction.take();
    const auto base = rewritten.segment->base_offset();
    if (!run->log->adopt(std::move(rewritten)))
        return end(run, Error{Errc::cancelled, "segment " + std::to_string(base) + " of "
                                                   + run->log->dir() + " is another one now"});
    seams_.flusher.request(*run->log);
    await_swap(run);
}

void Compactor::await_swap(const RunPtr& run) {
    if (run->cancelled) return;
    if (run->log->is_offline()) return end(run, Error{Errc::cancelled, "the log is offline"});
    if (!run->log->is_replacing()) return step_in_time(run);
    seams_.later(swap_poll, [this, run, alive = alive_] {
        if (*alive) await_swap(run);
    });
}

void Compactor::cancel(std::function<void()> idle) {
    const auto run = run_;
    if (!run) {
        if (idle) idle();
        return;
    }
    run->cancelled = true;
    if (idle) run->idle.push_back(std::move(idle));
    if (!run->in_pool) abandon(run);
}

/// Of what has been handed to the log, the log is the owner. Another begins only when the files of
/// this one are gone: it may write some of the same names.
void Compactor::abandon(const RunPtr& run) {
    run->in_pool = true;
    const bool is_owner = !run->log->is_replacing();
    seams_.pool.run(
        [run, is_owner, &disk = seams_.disk] {
            if (is_owner) run->compaction.abandon(disk);
        },
        [this, run, alive = alive_] {
            if (*alive) abandoned(run);
        });
}

void Compactor::abandoned(const RunPtr& run) {
    run_.reset();
    if (!run->cancelled) return run->done(run->outcome);
    for (const auto& idle : std::exchange(run->idle, {})) idle();
}

void Compactor::end(const RunPtr& run, const Result<std::int64_t>& outcome) {
    run->outcome = outcome;
    if (!outcome) return abandon(run);
    run_.reset();
    const auto& stats = run->compaction.stats();
    log::info("a log was compacted", {{"dir", run->log->dir()},
                                      {"first_dirty", *outcome},
                                      {"records_read", stats.records_read},
                                      {"records_kept", stats.records_kept},
                                      {"bytes_read", stats.bytes_read},
                                      {"bytes_kept", stats.bytes_kept}});
    run->done(outcome);
}

}  // namespace leat::storage
