// Ranges of a file's bytes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace leat::storage {

/// A set of bytes, as a few ranges that neither overlap nor touch. What does not fit is forgotten:
/// for what one may know of a file and need not.
class ByteRanges {
public:
    void add(std::uint64_t begin, std::uint64_t end) {
        if (begin >= end) return;
        // All that touch become one.
        const auto first = std::ranges::lower_bound(ranges_, begin, {}, &Range::end);
        const auto last = std::ranges::upper_bound(ranges_, end, {}, &Range::begin);
        if (first < last) {
            first->begin = std::min(first->begin, begin);
            first->end = std::max(std::prev(last)->end, end);
            ranges_.erase(first + 1, last);
            return;
        }
        ranges_.insert(first, {begin, end});
        if (ranges_.size() > most)
            ranges_.erase(std::ranges::min_element(ranges_, {}, &Range::size));
    }
    /// Where the range that holds the byte at `position` ends; `position` if none does.
    std::uint64_t end_from(std::uint64_t position) const {
        const auto found = std::ranges::upper_bound(ranges_, position, {}, &Range::end);
        return found != ranges_.end() && found->begin <= position ? found->end : position;
    }

private:
    static constexpr std::size_t most = 16;
    struct Range {
        std::uint64_t begin;
        std::uint64_t end;
        std::uint64_t size() const { return end - begin; }
    };
    std::vector<Range> ranges_;  // ascending
};

}  // namespace leat::storage
