#include "net/read_buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace leat::net {
namespace {

void receive(ReadBuffer& buffer, std::string_view bytes) {
    const auto room = buffer.prepare();
    ASSERT_GE(room.size(), bytes.size());
    std::copy(bytes.begin(), bytes.end(), room.begin());
    buffer.commit(bytes.size());
}

TEST(ReadBuffer, keeps_unread_bytes_while_it_moves_and_grows) {
    ReadBuffer buffer;
    std::string expected;
    for (int i = 0; i < 5000; ++i) {
        const auto piece = std::to_string(i) + ",";
        receive(buffer, piece);
        expected += piece;
        const std::size_t taken = i % 3 == 0 ? 7 : 3;
        buffer.consume(std::min(taken, buffer.unread().size()));
        expected.erase(0, std::min(taken, expected.size()));
        ASSERT_EQ(buffer.unread(), expected);
    }
}

TEST(ReadBuffer, always_has_room_for_a_good_read) {
    ReadBuffer buffer;
    for (int i = 0; i < 1000; ++i) {
        ASSERT_GE(buffer.prepare().size(), 1024U) << "read " << i;
        buffer.commit(buffer.prepare().size());
        buffer.consume(buffer.unread().size() - 350);
        ASSERT_LE(buffer.prepare().size(), 16U * 1024);
    }
}

}  // namespace
}  // namespace leat::net
