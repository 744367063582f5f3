// Offsets and times as people type them.
#include "cli/when.hpp"

#include <gtest/gtest.h>

#include "cli/range.hpp"

namespace leat::cli {
namespace {

constexpr TimestampMs now = 1'700'000'000'000;  // 2023-11-14T22:13:20Z

TEST(Time, is_read_in_every_form_that_people_write) {
    EXPECT_EQ(parse_time("1700000000123", now).value(), 1'700'000'000'123);
    EXPECT_EQ(parse_time("0", now).value(), 0);
    EXPECT_EQ(parse_time("1970-01-02", now).value(), 86'400'000);
    EXPECT_EQ(parse_time("2023-11-14T22:13:20Z", now).value(), now);
    EXPECT_EQ(parse_time("2023-11-14 22:13:20", now).value(), now);
    EXPECT_EQ(parse_time("2023-11-14T22:13", now).value(), now - 20'000);
    EXPECT_EQ(parse_time("2023-11-15T00:13:20.5+02:00", now).value(), now + 500);
    EXPECT_EQ(parse_time("2023-11-14T21:13:20.007-01:00", now).value(), now + 7);
    EXPECT_EQ(parse_time("2024-02-29", now).value() % 86'400'000, 0);
}

TEST(Time, may_be_an_age) {
    EXPECT_EQ(parse_time("90s", now).value(), now - 90'000);
    EXPECT_EQ(parse_time("15min", now).value(), now - 900'000);
    EXPECT_EQ(parse_time("2h", now).value(), now - 7'200'000);
    EXPECT_EQ(parse_time("7d", now).value(), now - 604'800'000);
    EXPECT_EQ(parse_time("100000d", now).value(), 0);
}

TEST(Time, refuses_what_is_none) {
    for (const auto* text :
         {"", "-1", "-5min", "15m", "5w", "tomorrow", "2023-02-29", "2023-13-01", "2023-1-1",
          "2023-11-14T24:00", "2023-11-14T22:60", "2023-11-14T22:13:20.", "2023-11-14T22:13:20X",
          "2023-11-14T", "2023-11-14T22:13:20+2", "99999999999999999999", "1e3"})
        EXPECT_FALSE(parse_time(text, now).ok()) << text;
}

TEST(Time, is_written_so_that_it_can_be_read_again) {
    for (const TimestampMs time : {TimestampMs{0}, now, now + 7, TimestampMs{951'782'400'000}})
        EXPECT_EQ(parse_time(format_time(time), now).value(), time) << format_time(time);
    EXPECT_EQ(format_time(now + 7), "2023-11-14T22:13:20.007Z");
}

TEST(PlaceText, names_an_end_an_offset_a_count_or_a_time) {
    EXPECT_EQ(parse_place("earliest", now).value(), (Place{Place::Kind::beginning, 0}));
    EXPECT_EQ(parse_place("end", now).value(), (Place{Place::Kind::end, 0}));
    EXPECT_EQ(parse_place("42", now).value(), (Place{Place::Kind::offset, 42}));
    EXPECT_EQ(parse_place("-42", now).value(), (Place{Place::Kind::last, 42}));
    EXPECT_EQ(parse_place("@90s", now).value(), (Place{Place::Kind::time, now - 90'000}));
}

TEST(PlaceText, refuses_what_is_none) {
    for (const auto* text : {"", "begin", "@", "@x", "1.5", "+3", "--3"})
        EXPECT_FALSE(parse_place(text, now).ok()) << text;
}

TEST(OffsetOf, keeps_within_what_the_partition_holds) {
    const client::OffsetRange held{{"t", 0}, 10, 20};
    EXPECT_EQ(offset_of({Place::Kind::beginning, 0}, held, -1), 10);
    EXPECT_EQ(offset_of({Place::Kind::end, 0}, held, -1), 20);
    EXPECT_EQ(offset_of({Place::Kind::offset, 3}, held, -1), 10);
    EXPECT_EQ(offset_of({Place::Kind::offset, 15}, held, -1), 15);
    EXPECT_EQ(offset_of({Place::Kind::offset, 99}, held, -1), 20);
    EXPECT_EQ(offset_of({Place::Kind::last, 3}, held, -1), 17);
    EXPECT_EQ(offset_of({Place::Kind::last, 30}, held, -1), 10);
    EXPECT_EQ(offset_of({Place::Kind::time, now}, held, 12), 12);
    EXPECT_EQ(offset_of({Place::Kind::time, now}, held, -1), 20);
}

}  // namespace
}  // namespace leat::cli
