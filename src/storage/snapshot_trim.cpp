#include "storage/snapshot_trim.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/log.hpp"

namespace leat::storage {

bool SnapshotTrim::start_if_due(std::uint64_t live_bytes,
                                const std::function<Result<void>()>& append_live) {
    if (is_running() || log_.is_offline()) return false;
    if (log_.size() <= std::max(limits_.floor_bytes, limits_.factor * live_bytes)) return false;
    // The copies begin a segment, so that all before them can go.
    auto begun = log_.roll(clock_.wall_ms());
    snapshot_start_ = log_.end_offset();
    if (begun) begun = append_live();
    if (!begun) {
        log::warn("a log of keyed state could not be trimmed",
                  {{"dir", log_.dir()}, {"reason", begun.error().what}});
        return false;
    }
    snapshot_end_ = log_.end_offset();
    check(snapshot_start_ <= snapshot_end_, "the copies lie behind what they are copies of");
    stage_ = Stage::syncing;
    flusher_.request(log_);
    progressed();
    return true;
}

void SnapshotTrim::progressed() {
    if (stage_ != Stage::syncing) return;
    if (log_.is_offline()) {
        stage_ = Stage::idle;
        return;
    }
    if (log_.recovery_point() < snapshot_end_) return;
    stage_ = Stage::saving;
    check(log_.delete_records(snapshot_start_) == LogFault::none, "what is durable may be deleted");
    flusher_.save_checkpoints([this, alive = alive_](const Result<void>&) {
        if (*alive) stage_ = Stage::idle;
    });
}

}  // namespace leat::storage
