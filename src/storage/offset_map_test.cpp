#include "storage/offset_map.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

#include "base/bytes.hpp"

namespace leat::storage {
namespace {

TEST(OffsetMap, knows_of_each_key_the_last_offset_as_a_map_does) {
    OffsetMap map{{.bytes = std::size_t{24} * 2000, .load = 0.9, .keys = 1 << 20}, {3, 4}};
    std::map<std::string, std::int64_t> model;
    std::mt19937_64 random{7};
    for (std::int64_t offset = 0; offset < 10'000; ++offset) {
        const auto key = std::to_string(random() % 1500);
        ASSERT_TRUE(map.put(as_bytes(key), offset));
        model[key] = offset;
    }
    EXPECT_EQ(map.size(), model.size());
    for (int i = 0; i < 3000; ++i) {
        const auto key = std::to_string(i);
        const auto known = model.find(key);
        const auto found = map.find(as_bytes(key));
        ASSERT_EQ(found.has_value(), known != model.end()) << key;
        if (found) {
            EXPECT_EQ(*found, known->second) << key;
        }
    }
}

TEST(OffsetMap, takes_what_it_has_when_it_is_full_and_nothing_new) {
    OffsetMap map{{.bytes = std::size_t{24} * 10, .load = 0.5, .keys = 1 << 20}, {}};
    ASSERT_EQ(map.capacity(), 5U);
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(map.put(as_bytes(std::to_string(i)), i));
    EXPECT_FALSE(map.put(as_bytes("new"), 5));
    EXPECT_TRUE(map.put(as_bytes("3"), 6));
    EXPECT_EQ(map.find(as_bytes("3")), 6);
    EXPECT_FALSE(map.find(as_bytes("new")).has_value());
    EXPECT_FALSE(map.find({}).has_value());
}

TEST(OffsetMap, has_room_for_one_key_whatever_its_limits) {
    for (const double load : {0.0, 0.9, 1.0}) {
        OffsetMap map{{.bytes = 0, .load = load, .keys = 0}, {}};
        EXPECT_TRUE(map.put({}, 0)) << "an empty key is one";
        EXPECT_EQ(map.find({}), 0);
        EXPECT_FALSE(map.put(as_bytes("b"), 1));
    }
}

TEST(OffsetMap, takes_no_more_memory_than_there_can_be_keys) {
    OffsetMap map{{.bytes = std::size_t{1} << 40U, .load = 0.9, .keys = 10}, {}};
    EXPECT_GE(map.capacity(), 10U);
    EXPECT_LT(map.capacity(), 20U);
}

}  // namespace
}  // namespace leat::storage
