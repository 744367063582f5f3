#include "storage/space_guard.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace leat::storage {
namespace {
// At most this much is admitted on one answer of the file system: others write to it as well.
constexpr std::uint64_t longest_credit = std::uint64_t{16} * 1024 * 1024;
}  // namespace

bool SpaceGuard::admits(std::uint64_t bytes) {
    if (bytes <= credit_) {
        credit_ -= bytes;
        return true;
    }
    credit_ = 0;
    const auto free = disk_.free_space(dir_);
    // An unanswered question is no reason to refuse: the write itself will tell.
    const bool low = free && *free < floor_ + bytes;
    if (low != low_) {
        low_ = low;
        const auto free_bytes = free ? *free : 0;
        if (low)
            log::warn("produce is refused: the data directory is below its free-space floor",
                      {{"dir", dir_}, {"free_bytes", free_bytes}, {"floor_bytes", floor_}});
        else
            log::info("produce is accepted again: the data directory has space",
                      {{"dir", dir_}, {"free_bytes", free_bytes}, {"floor_bytes", floor_}});
    }
    if (low || !free) return !low;
    credit_ = std::min((*free - floor_ - bytes) / 2, longest_credit);
    return true;
}

void SpaceGuard::set_floor(std::uint64_t floor) {
    floor_ = floor;
    credit_ = 0;
}

}  // namespace leat::storage
