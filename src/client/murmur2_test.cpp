// The partitioner against the vectors of Kafka's own UtilsTest.
#include "client/murmur2.hpp"

#include <gtest/gtest.h>

namespace leat::client {
namespace {

TEST(Murmur2, agrees_with_kafkas_own_test_vectors) {
    EXPECT_EQ(murmur2(as_bytes("21")), -973932308);
    EXPECT_EQ(murmur2(as_bytes("foobar")), -790332482);
    EXPECT_EQ(murmur2(as_bytes("a-little-bit-long-string")), -985981536);
    EXPECT_EQ(murmur2(as_bytes("a-little-bit-longer-string")), -1486304829);
    EXPECT_EQ(murmur2(as_bytes("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8")), -58897971);
    EXPECT_EQ(murmur2(as_bytes("abc")), 479470107);
}

TEST(PartitionOfKey, clears_the_sign_as_kafka_does) {
    EXPECT_EQ(partition_of_key(as_bytes("21"), 1000), (-973932308 & 0x7fffffff) % 1000);
    EXPECT_EQ(partition_of_key(as_bytes("abc"), 12), 479470107 % 12);
}

}  // namespace
}  // namespace leat::client
