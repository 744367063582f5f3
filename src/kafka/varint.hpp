// Zig-zag variable-length integers and the sized bytes built on them, as records inside a batch
// use.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace leat::kafka {

/// Reads a run of bytes front to back. Sticky: after the first fault every read gives zero or empty
/// and ok() stays false, so that callers ask once.
class VarintReader {
public:
    explicit VarintReader(ByteView bytes) : rest_(bytes) {}

    bool ok() const { return ok_; }
    ByteView rest() const { return rest_; }
    void skip(std::size_t count) { take(count); }

    std::int64_t varlong() {
        std::uint32_t bits = 0;
        if (read_short(bits)) return unzigzag(bits);
        return unzigzag(read_long(10));
    }
    /// At most five bytes; as Java does, the bits beyond 32 that the fifth can hold are dropped.
    std::int32_t varint() {
        std::uint32_t bits = 0;
        if (!read_short(bits)) bits = static_cast<std::uint32_t>(read_long(5));
        return static_cast<std::int32_t>(unzigzag(bits));
    }
    /// Bytes behind a length that must not be negative.
    ByteView sized_bytes() {
        const auto size = varint();
        if (size < 0) return fail(), ByteView{};
        return take(static_cast<std::size_t>(size));
    }
    /// Bytes behind a length of which -1, or as Kafka reads it any negative one, means null.
    std::optional<ByteView> nullable_bytes() {
        const auto size = varint();
        if (size < 0) return std::nullopt;
        return take(static_cast<std::size_t>(size));
    }

private:
    static std::int64_t unzigzag(std::uint64_t bits) {
        return static_cast<std::int64_t>(bits >> 1) ^ -static_cast<std::int64_t>(bits & 1U);
    }
    // Nearly every number inside a record fits in one byte, two or three.
    [[gnu::always_inline]] bool read_short(std::uint32_t& bits) {
        if (rest_.empty()) return false;
        bits = std::to_integer<std::uint32_t>(rest_[0]);
        if (bits < 0x80) return rest_ = rest_.subspan(1), true;
        if (rest_.size() < 3) return false;
        const auto high = std::to_integer<std::uint32_t>(rest_[1]);
        bits = (bits & 0x7fU) | ((high & 0x7fU) << 7);
        if (high < 0x80) return rest_ = rest_.subspan(2), true;
        const auto top = std::to_integer<std::uint32_t>(rest_[2]);
        bits |= top << 14;
        return top < 0x80 ? (rest_ = rest_.subspan(3), true) : false;
    }
    [[gnu::noinline]] std::uint64_t read_long(unsigned most) {
        std::uint64_t bits = 0;
        for (unsigned i = 0; i < most; ++i) {
            const auto next = take(1);
            if (!ok_) return 0;
            const auto byte = std::to_integer<std::uint64_t>(next[0]);
            bits |= (byte & 0x7fU) << (7 * i);
            if ((byte & 0x80U) == 0) return bits;
        }
        return fail(), 0;
    }
    ByteView take(std::size_t count) {
        if (!ok_ || count > rest_.size()) return fail(), ByteView{};
        const auto taken = rest_.first(count);
        rest_ = rest_.subspan(count);
        return taken;
    }
    void fail() {
        ok_ = false;
        rest_ = {};
    }

    ByteView rest_;
    bool ok_ = true;
};

inline void append_varlong(Bytes& out, std::int64_t value) {
    auto bits = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
    for (; bits >= 0x80; bits >>= 7) out.push_back(static_cast<std::byte>((bits & 0x7fU) | 0x80U));
    out.push_back(static_cast<std::byte>(bits));
}
inline void append_varint(Bytes& out, std::int32_t value) { append_varlong(out, value); }
inline void append_nullable_bytes(Bytes& out, const std::optional<ByteView>& bytes) {
    append_varint(out, bytes ? static_cast<std::int32_t>(bytes->size()) : -1);
    if (bytes) out.insert(out.end(), bytes->begin(), bytes->end());
}

}  // namespace leat::kafka
