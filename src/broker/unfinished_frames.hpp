// The bytes of requests that have not wholly arrived, over all connections.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>

namespace leat::broker {

/// Core thread. Who sends a request piece by piece, or never its end, holds memory that no limit on
/// whole requests sees. Beyond the limit whoever holds most has to go: making him wait would keep
/// the memory, and making the others wait would let him stop the broker.
class UnfinishedFrames {
public:
    explicit UnfinishedFrames(std::size_t limit) : limit_(limit) {}

    std::size_t held() const { return held_; }
    /// Connection `id` holds `bytes` from here on. Which connection is to be closed, if one is.
    std::optional<std::uint64_t> hold(std::uint64_t id, std::size_t bytes) {
        auto& mine = by_connection_[id];
        held_ = held_ - mine + bytes;
        mine = bytes;
        if (bytes == 0) by_connection_.erase(id);
        if (held_ <= limit_) return std::nullopt;
        return std::ranges::max_element(by_connection_, {},
                                        [](const auto& each) { return each.second; })
            ->first;
    }

private:
    std::size_t limit_;
    std::size_t held_ = 0;
    std::unordered_map<std::uint64_t, std::size_t> by_connection_;
};

}  // namespace leat::broker
