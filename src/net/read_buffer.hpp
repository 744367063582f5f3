// ReadBuffer: received bytes that wait to be parsed, in one run of memory.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace leat::net {

/// Grows by doubling while its owner leaves bytes unconsumed: the owner bounds it. Not thread-safe.
class ReadBuffer {
public:
    /// The bytes received and not consumed. Valid until the next prepare().
    std::string_view unread() const {
        return std::string_view{bytes_}.substr(begin_, end_ - begin_);
    }
    void consume(std::size_t count) { begin_ += count; }

    /// Where the next bytes go: at least a KiB, since each small read costs a system call. Stays in
    /// place until the next prepare().
    std::span<char> prepare() {
        if (begin_ == end_) {
            begin_ = end_ = 0;
            if (bytes_.size() > kept) bytes_ = {};
        } else if (begin_ > 0 && bytes_.size() - end_ < bytes_.size() / 2) {
            std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
            end_ -= begin_;
            begin_ = 0;
        }
        if (bytes_.empty()) bytes_.resize(first);
        if (bytes_.size() - end_ < bytes_.size() / 4) bytes_.resize(bytes_.size() * 2);
        return std::span{bytes_}.subspan(end_);
    }
    void commit(std::size_t count) { end_ += count; }

private:
    static constexpr std::size_t first = std::size_t{4} * 1024;
    static constexpr std::size_t kept = std::size_t{64} * 1024;

    std::string bytes_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace leat::net
