#include "broker/frame_reader.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace leat::broker {
namespace {

Bytes frame_of(std::size_t size, std::byte fill) {
    Bytes bytes(4 + size, fill);
    store_be(bytes.data(), static_cast<std::int32_t>(size));
    return bytes;
}

// Feeds `stream` in pieces of `step` bytes and returns the sizes of the frames that came out.
std::vector<std::size_t> cut(FrameReader& reader, const Bytes& stream, std::size_t step) {
    std::vector<std::size_t> sizes;
    for (std::size_t at = 0; at < stream.size(); at += step) {
        ByteView piece{stream.data() + at, std::min(step, stream.size() - at)};
        while (!piece.empty()) {
            ReceivedFrame frame;
            EXPECT_TRUE(reader.take(piece, frame));
            if (frame.bytes) sizes.push_back(frame.size);
        }
    }
    return sizes;
}

TEST(FrameReader, cuts_the_same_frames_however_the_stream_is_split) {
    Bytes stream;
    for (const std::size_t size : {10U, 11U, 5000U, 10U, 70000U}) {
        const auto frame = frame_of(size, std::byte{7});
        stream.insert(stream.end(), frame.begin(), frame.end());
    }
    for (const std::size_t step : {1U, 2U, 3U, 7U, 4096U, 100000U}) {
        FrameReader reader{1 << 20};
        EXPECT_EQ(cut(reader, stream, step), (std::vector<std::size_t>{10, 11, 5000, 10, 70000}));
        EXPECT_TRUE(reader.is_between_frames());
    }
}

TEST(FrameReader, keeps_the_bytes_as_they_came_also_past_its_first_piece) {
    const std::size_t size = 5 << 20;
    Bytes stream = frame_of(size, std::byte{0});
    for (std::size_t i = 0; i < size; ++i) stream[4 + i] = static_cast<std::byte>(i * 31);
    FrameReader reader{16 << 20};
    ByteView input{stream};
    ReceivedFrame frame;
    auto first = input.first(100);
    ASSERT_TRUE(reader.take(first, frame));
    input = input.subspan(100);
    while (!frame.bytes) {  // as the socket would: straight into the frame while there is room
        auto room = reader.direct_room();
        const auto count = std::min({room.size(), input.size(), std::size_t{77777}});
        if (room.empty()) {
            ASSERT_TRUE(reader.take(input, frame));
        } else {
            std::copy_n(input.begin(), count, room.begin());
            input = input.subspan(count);
            ASSERT_TRUE(reader.took_direct(count, frame));
        }
    }
    EXPECT_TRUE(std::equal(stream.begin() + 4, stream.end(), frame.bytes.get()));
}

TEST(FrameReader, refuses_sizes_that_are_none) {
    for (const std::int32_t declared : {-1, 0, 9, (1 << 20) + 1, 0x7fffffff}) {
        Bytes size(4);
        store_be(size.data(), declared);
        FrameReader reader{1 << 20};
        ByteView input{size};
        ReceivedFrame frame;
        EXPECT_FALSE(reader.take(input, frame)) << declared;
    }
}

}  // namespace
}  // namespace leat::broker
