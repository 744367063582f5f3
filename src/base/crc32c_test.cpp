#include "base/crc32c.hpp"

#include <gtest/gtest.h>

#include <random>

namespace leat {
namespace {

std::uint32_t bit_by_bit(ByteView data) {
    std::uint32_t crc = ~0U;
    for (const std::byte b : data) {
        crc ^= std::to_integer<std::uint32_t>(b);
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0x82f63b78U : 0U);
    }
    return ~crc;
}

TEST(Crc32c, gives_the_check_value_of_the_standard) {
    EXPECT_EQ(crc32c(as_bytes("123456789")), 0xe3069283U);
    EXPECT_EQ(crc32c({}), 0U);
}

TEST(Crc32c, equals_the_definition_at_every_length_around_its_block_sizes) {
    std::mt19937 random{7};
    Bytes data(7000);
    for (auto& b : data) b = static_cast<std::byte>(random());
    for (std::size_t n = 0; n < data.size(); n += n < 40 || n % 1024 > 1000 ? 1 : 31)
        ASSERT_EQ(crc32c({data.data(), n}), bit_by_bit({data.data(), n})) << n;
}

TEST(Crc32c, goes_on_from_a_previous_value) {
    const auto whole = as_bytes("nothing acknowledged is lost");
    EXPECT_EQ(crc32c(whole.subspan(9), crc32c(whole.first(9))), crc32c(whole));
}

}  // namespace
}  // namespace leat
