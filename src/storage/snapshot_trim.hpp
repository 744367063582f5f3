// Bounds a log of keyed state: re-append all that lives, sync, then delete what lies before it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "storage/flusher.hpp"

namespace leat::storage {

/// A log of keyed state is trimmed when it is larger than `floor_bytes` and than `factor` times
/// what lives in it.
struct TrimLimits {
    std::uint64_t floor_bytes = std::uint64_t{1} << 20;
    std::uint64_t factor = 4;
};

/// One log's trimming, for StateLog and for the group coordinator's `__consumer_offsets`.
/// Crash-safe at each step: until the log start is durably moved the old records are all there, and
/// after it the copies are. Core thread.
class SnapshotTrim {
public:
    SnapshotTrim(Log& log, Flusher& flusher, const Clock& clock, TrimLimits limits)
        : log_(log), flusher_(flusher), clock_(clock), limits_(limits) {}
    ~SnapshotTrim() { *alive_ = false; }
    SnapshotTrim(const SnapshotTrim&) = delete;
    SnapshotTrim& operator=(const SnapshotTrim&) = delete;

    /// Begins if due, with `live_bytes` about the size that the live state takes in the log.
    /// `append_live` appends all of it, in this very call. Returns whether it began; an error of
    /// `append_live` ends it, to be tried again when next due.
    bool start_if_due(std::uint64_t live_bytes, const std::function<Result<void>()>& append_live);
    /// To be called after each sync of the log (Log::on_progress).
    void progressed();
    bool is_running() const { return stage_ != Stage::idle; }

private:
    enum class Stage { idle, syncing, saving };

    Log& log_;
    Flusher& flusher_;
    const Clock& clock_;
    TrimLimits limits_;
    Stage stage_ = Stage::idle;
    std::int64_t snapshot_start_ = 0;
    std::int64_t snapshot_end_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace leat::storage
