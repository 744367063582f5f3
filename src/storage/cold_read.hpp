// A read that needs a segment's file: a job that any thread may run.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "storage/log_types.hpp"
#include "storage/segment_place.hpp"

namespace leat::storage {

/// Whole batches of one segment, from the one that holds an offset on. They are read and each is
/// checked, or stay in the file, where the reader lets them (ReadLimits::in_file_from), this
/// process has written or checked them, and the operating system has them in memory.
class ColdRead {
public:
    ColdRead(SegmentPlace place, std::int64_t offset, ReadLimits limits)
        : place_(std::move(place)), offset_(offset), limits_(limits) {}
    /// Faults: corrupt (the batch that holds the offset is damaged; those before and after it stay
    /// readable), storage (the read failed), offset_out_of_range (deleted meanwhile). Once.
    ColdOutcome run(Disk& disk);

private:
    /// Whole batches in the file.
    struct Span {
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
        bool is_short = false;  // much less than could be read
        std::int64_t next_offset = -1;
        std::size_t size() const { return static_cast<std::size_t>(end - begin); }
    };
    Result<void> know_again();
    ColdOutcome ends_in_a_hole() const;
    std::optional<Span> sound_span(std::uint64_t from) const;
    void extend(Span& span, std::uint64_t most, std::uint64_t limit) const;
    std::optional<ColdOutcome> in_file(const Span& span) const;
    ColdOutcome read(const ScanRange& range);
    /// Moves to the batch that holds the offset. An outcome with next_readable, if there is none.
    ColdOutcome find(BatchScanner& scanner) const;

    SegmentPlace place_;
    std::int64_t offset_;
    ReadLimits limits_;
    Learned learned_;
};

}  // namespace leat::storage
