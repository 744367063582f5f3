// Cuts a stream of bytes into Kafka's frames. Pure: no socket.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/bytes.hpp"

namespace leat::broker {

/// One frame without its size, in bytes of its own.
struct ReceivedFrame {
    std::shared_ptr<std::byte[]> bytes;
    std::size_t size = 0;
};

/// Core thread. Between frames it holds no memory, which is what an idle connection costs. A frame
/// grows with what was received: its declared size alone costs nothing.
class FrameReader {
public:
    explicit FrameReader(std::size_t max_frame_size) : max_frame_size_(max_frame_size) {}

    /// Takes bytes from the front of `input` until a frame is whole or the input is used up; a
    /// whole frame is then in `frame`. False: the declared size is not one (too small or too
    /// large), and the stream is lost.
    bool take(ByteView& input, ReceivedFrame& frame);

    /// Where the next bytes of a large unfinished frame belong: to be read there without a copy.
    /// Empty if there is no such frame.
    std::span<std::byte> direct_room();
    /// Says that `count` bytes were read into direct_room(); as take().
    bool took_direct(std::size_t count, ReceivedFrame& frame);

    /// Bytes received of the frame that is not whole yet.
    std::size_t held() const { return received_; }
    bool is_between_frames() const { return size_bytes_ == 0; }

private:
    void grow();
    bool finish_if_whole(ReceivedFrame& frame);

    std::size_t max_frame_size_;
    std::array<std::byte, 4> declared_{};
    std::size_t size_bytes_ = 0;  // of declared_
    std::size_t size_ = 0;
    std::shared_ptr<std::byte[]> bytes_;
    std::size_t capacity_ = 0;
    std::size_t received_ = 0;
};

}  // namespace leat::broker
