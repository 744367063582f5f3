// Where inflated bytes go: memory that grows with what was really produced, up to a limit.
#pragma once

#include <algorithm>
#include <span>
#include <utility>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace leat::kafka {

/// Inflating it would pass `max_size` bytes.
inline Error too_large(std::size_t max_size) {
    return {Errc::too_large,
            "a batch inflates beyond the limit of " + std::to_string(max_size) + " bytes"};
}

/// Used by one decoder, which writes into room() and says with use() how much.
class BoundedOutput {
public:
    explicit BoundedOutput(std::size_t max_size) : max_size_(max_size) {}

    /// Room for the next piece; empty if the limit is reached.
    std::span<std::byte> room() {
        constexpr std::size_t chunk_size = std::size_t{64} * 1024;
        return room(std::clamp(used_, chunk_size, std::size_t{4} << 20));
    }
    /// Room for `size` bytes; smaller where the limit is.
    std::span<std::byte> room(std::size_t size) {
        bytes_.resize(std::min(used_ + size, max_size_));
        return std::span{bytes_}.subspan(used_);
    }
    void use(std::size_t count) { used_ += count; }
    std::size_t size() const { return used_; }
    Bytes take() && {
        bytes_.resize(used_);
        return std::move(bytes_);
    }
    Error over() const { return too_large(max_size_); }

private:
    Bytes bytes_;
    std::size_t used_ = 0;
    std::size_t max_size_;
};

}  // namespace leat::kafka
