#include "base/uuid.hpp"

#include <gtest/gtest.h>

namespace leat {
namespace {

TEST(Uuid, round_trips_through_its_text) {
    for (int i = 0; i < 200; ++i) {
        const auto id = Uuid::random();
        EXPECT_EQ(id.to_string().size(), 22U);
        EXPECT_NE(id.to_string().front(), '-');
        EXPECT_EQ(Uuid::parse(id.to_string()), id);
    }
}

TEST(Uuid, shows_the_zero_id_as_kafka_does) {
    EXPECT_EQ(Uuid{}.to_string(), "AAAAAAAAAAAAAAAAAAAAAA");
    EXPECT_TRUE(Uuid::parse("AAAAAAAAAAAAAAAAAAAAAA")->is_zero());
}

TEST(Uuid, refuses_what_is_not_one) {
    EXPECT_FALSE(Uuid::parse(""));
    EXPECT_FALSE(Uuid::parse("AAAAAAAAAAAAAAAAAAAAA"));
    EXPECT_FALSE(Uuid::parse("AAAAAAAAAAAAAAAAAAAA=="));
}

}  // namespace
}  // namespace leat
