#include "storage/offset_map.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/check.hpp"

namespace leat::storage {

void OffsetMap::Free::operator()(Slot* slots) const { std::free(slots); }

OffsetMap::OffsetMap(const Limits& limits, const SipKey& hash_key) : hash_key_(hash_key) {
    const auto load = std::clamp(limits.load, 0.01, 0.99);
    const auto wanted = static_cast<double>(limits.keys) / load + 2;
    const auto room = std::max<std::size_t>(limits.bytes / sizeof(Slot), 2);
    slots_ = wanted < static_cast<double>(room) ? static_cast<std::size_t>(wanted) : room;
    slots_ = std::max<std::size_t>(slots_, 2);
    const auto filled = static_cast<std::size_t>(static_cast<double>(slots_) * load);
    capacity_ = std::clamp<std::size_t>(filled, 1, slots_ - 1);
    // Zeros that were never touched take no memory.
    table_.reset(static_cast<Slot*>(std::calloc(slots_, sizeof(Slot))));
    check(table_ != nullptr, "there is memory for log.cleaner.dedupe.buffer.size");
}

/// The slot of the hash, or the free one in which it belongs.
OffsetMap::Slot& OffsetMap::slot_of(const Hash128& hash) const {
    for (auto at = static_cast<std::size_t>(hash.low % slots_);; at = at + 1 == slots_ ? 0 : at + 1)
        if (table_[at].offset == 0 || table_[at].hash == hash) return table_[at];
}

bool OffsetMap::put(ByteView key, std::int64_t offset) {
    const auto hash = siphash128(hash_key_, key);
    auto& slot = slot_of(hash);
    if (slot.offset == 0) {
        if (size_ == capacity_) return false;
        ++size_;
        slot.hash = hash;
    }
    slot.offset = offset + 1;
    return true;
}

std::optional<std::int64_t> OffsetMap::find(ByteView key) const {
    const auto& slot = slot_of(siphash128(hash_key_, key));
    if (slot.offset == 0) return std::nullopt;
    return slot.offset - 1;
}

}  // namespace leat::storage
