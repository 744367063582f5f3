// The last offset of each key that a compaction has seen, in bounded memory.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/siphash.hpp"

namespace leat::storage {

/// Keeps of a key its hash alone, 24 bytes each with the offset: of two keys with one hash the
/// older record would be lost, so the hash is one of 128 bits under a secret key. One thread.
class OffsetMap {
public:
    struct Limits {
        std::size_t bytes = std::size_t{128} << 20U;  // of the whole table
        double load = 0.9;                            // the part of it that may be filled, to 1
        std::uint64_t keys = 0;                       // there are not more of them
    };
    OffsetMap(const Limits& limits, const SipKey& hash_key);

    /// Offsets ascend. False if the key is new and there is no room: nothing has happened then.
    bool put(ByteView key, std::int64_t offset);
    /// Nothing: the key was never put.
    std::optional<std::int64_t> find(ByteView key) const;
    std::size_t size() const { return size_; }
    /// How many keys there is room for: one at least.
    std::size_t capacity() const { return capacity_; }

private:
    struct Slot {
        Hash128 hash;
        std::int64_t offset;  // and 1; 0: the slot is free
    };
    struct Free {
        void operator()(Slot* slots) const;
    };
    Slot& slot_of(const Hash128& hash) const;

    SipKey hash_key_;
    std::size_t slots_;
    std::size_t capacity_;
    std::size_t size_ = 0;
    std::unique_ptr<Slot[], Free> table_;
};

}  // namespace leat::storage
