#include "leat/timestamp.hpp"

#include <gtest/gtest.h>

namespace leat {
namespace {

using namespace std::chrono;

TEST(Timestamp, prints_rfc_3339_in_utc) {
    EXPECT_EQ(to_rfc3339(timestamp{}), "1970-01-01T00:00:00.000000Z");
    EXPECT_EQ(to_rfc3339(timestamp{microseconds{-1}}), "1969-12-31T23:59:59.999999Z");
    EXPECT_EQ(to_rfc3339(sys_time<milliseconds>{milliseconds{1'706'691'600'007}}),
              "2024-01-31T09:00:00.007Z");
    EXPECT_EQ(to_rfc3339(sys_seconds{sys_days{2024y / February / 29}}), "2024-02-29T00:00:00Z");
    EXPECT_EQ(to_rfc3339(sys_days{9999y / 12 / 31} + 23h + 59min + 59s), "9999-12-31T23:59:59Z");
    EXPECT_EQ(to_rfc3339(sys_seconds{sys_days{10000y / 1 / 1}}), "");
}

TEST(Timestamp, reads_offsets_fractions_and_small_letters) {
    const timestamp nine{sys_days{2024y / 1 / 31} + 9h};
    for (const char* text :
         {"2024-01-31T09:00:00Z", "2024-01-31t09:00:00z", "2024-01-31T10:30:00+01:30",
          "2024-01-30T23:00:00-10:00", "2024-01-31T09:00:00.0Z", "2024-01-31T09:00:00.000000999Z"})
        EXPECT_EQ(parse_rfc3339(text), nine) << text;
    EXPECT_EQ(parse_rfc3339<sys_time<nanoseconds>>("1970-01-01T00:00:00.1234567891Z"),
              sys_time<nanoseconds>{123'456'789ns});
}

TEST(Timestamp, refuses_what_is_not_a_time) {
    for (const char* text :
         {"", "2024-01-31", "2024-01-31T09:00:00", "2024-01-31 09:00:00Z", "2024-02-30T00:00:00Z",
          "2023-02-29T00:00:00Z", "2024-01-31T24:00:00Z", "2024-01-31T09:60:00Z",
          "2024-01-31T09:00:60Z", "2024-01-31T09:00Z", "2024-01-31T09:00:00.Z",
          "2024-01-31T09:00:00+1:00", "2024-01-31T09:00:00+24:00", "2024-01-31T09:00:00Zx",
          "24-01-31T09:00:00Z", "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
          "-024-01-31T09:00:00Z"})
        EXPECT_FALSE(parse_rfc3339(text)) << text;
}

TEST(Timestamp, refuses_times_outside_the_type) {
    using Nanos = sys_time<nanoseconds>;
    EXPECT_TRUE(parse_rfc3339<Nanos>("2262-04-11T23:47:15Z"));
    EXPECT_FALSE(parse_rfc3339<Nanos>("2262-04-11T23:47:17Z"));
    EXPECT_FALSE(parse_rfc3339<Nanos>("1677-09-21T00:12:42Z"));
    EXPECT_TRUE(parse_rfc3339("0000-01-01T00:00:00Z"));
}

TEST(Timestamp, reads_and_prints_dates) {
    EXPECT_EQ(to_iso_date(1997y / 1 / 31), "1997-01-31");
    EXPECT_EQ(to_iso_date(1997y / 2 / 31), "");
    EXPECT_EQ(parse_iso_date("1997-01-31"), 1997y / 1 / 31);
    for (const char* text : {"", "1997-1-31", "1997-02-30", "1997-01-31T", "19970131"})
        EXPECT_FALSE(parse_iso_date(text)) << text;
}

}  // namespace
}  // namespace leat
