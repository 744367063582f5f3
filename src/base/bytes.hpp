// Views and shared slices of raw bytes: how a record's bytes travel without being copied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace leat {

using ByteView = std::span<const std::byte>;
using Bytes = std::vector<std::byte>;

inline ByteView as_bytes(std::string_view text) {
    return std::as_bytes(std::span{text.data(), text.size()});
}
inline std::string_view as_text(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes to_bytes(std::string_view text) {
    const auto view = as_bytes(text);
    return {view.begin(), view.end()};
}

/// A run of bytes and whatever keeps them alive. Copying shares, never copies the bytes. An empty
/// `owner` means that the bytes outlive the slice by the caller's arrangement.
struct SharedSlice {
    std::shared_ptr<const void> owner;
    ByteView bytes;

    std::size_t size() const { return bytes.size(); }
    SharedSlice sub(std::size_t offset, std::size_t count) const {
        return {owner, bytes.subspan(offset, count)};
    }
    static SharedSlice of(Bytes bytes) {
        auto held = std::make_shared<const Bytes>(std::move(bytes));
        const ByteView view{held->data(), held->size()};
        return {std::move(held), view};
    }
};

/// A run of bytes in an open file, and what keeps it open: for whoever can have the kernel send
/// them from there (sendfile(2)).
struct FileSlice {
    std::shared_ptr<const void> owner;
    int descriptor = -1;
    std::uint64_t position = 0;
    std::size_t count = 0;
};

/// Big-endian loads and stores at `at`, which need not be aligned (Kafka's byte order).
template <class T>
T load_be(const std::byte* at) {
    std::make_unsigned_t<T> value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
        value = static_cast<std::make_unsigned_t<T>>((value << (sizeof(T) > 1 ? 8 : 0))
                                                     | std::to_integer<std::uint8_t>(at[i]));
    return static_cast<T>(value);
}
template <class T>
void store_be(std::byte* at, T value) {
    auto bits = static_cast<std::make_unsigned_t<T>>(value);
    for (std::size_t i = sizeof(T); i-- > 0;) {
        at[i] = static_cast<std::byte>(bits & 0xffU);
        if constexpr (sizeof(T) > 1) bits = static_cast<std::make_unsigned_t<T>>(bits >> 8);
    }
}

}  // namespace leat
