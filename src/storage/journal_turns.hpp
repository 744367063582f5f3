// Whose bytes the journal's two files hold, and when they may take turns: bookkeeping, no I/O.
#pragma once

#include <cstddef>

#include "base/check.hpp"

namespace leat::storage {

/// One file is written to; the other may be written next once the own files of all logs of which it
/// holds bytes were synced. One thread.
class JournalTurns {
public:
    /// What of a log only the journal makes durable.
    enum class Share {
        nothing,
        held,  // in the file that is written to
        due,   // in the other, perhaps in both: its own files are to be synced
    };

    /// A group is written that holds bytes of some logs: join() is called for each.
    void begin_group() {
        check(!writing_, "one group is written at a time");
        writing_ = true;
    }
    static void join(Share& share) {
        if (share == Share::nothing) share = Share::held;
    }
    void end_group() {
        check(writing_, "a group ends that was begun");
        writing_ = false;
    }
    bool is_writing() const { return writing_; }

    /// The log's own files are to be synced now, whatever file holds its bytes. False if nothing of
    /// it was waiting for that.
    bool make_due(Share& share) {
        if (share != Share::held) return false;
        share = Share::due;
        ++due_;
        return true;
    }
    /// The own files of the log were synced, all of them: the journal need not hold it any more.
    void synced(Share& share) {
        if (share == Share::due) {
            check(due_ > 0, "whose files are due is counted");
            --due_;
        }
        share = Share::nothing;
    }
    /// Logs whose own files are due.
    std::size_t due() const { return due_; }

    /// Whether the other file is free. Then make_due() is to be called for all logs, and the next
    /// group goes there.
    bool may_turn() const { return due_ == 0 && !writing_; }

private:
    std::size_t due_ = 0;
    bool writing_ = false;
};

}  // namespace leat::storage
