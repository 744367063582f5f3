#include "leat/decimal.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace leat {
namespace {

constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

TEST(Decimal, prints_what_it_parsed) {
    for (const char* text :
         {"0", "11.77", "0.00", "-0.05", "-7", "9223372036854775807", "-9223372036854775808",
          "0.000000000000000001", "-9.223372036854775808"})
        EXPECT_EQ(decimal{text}.to_string(), text);
}

TEST(Decimal, keeps_units_and_scale_apart) {
    const decimal price{"11.770"};
    EXPECT_EQ(price.units(), 11770);
    EXPECT_EQ(price.scale(), 3);
    EXPECT_EQ(decimal::of(-5, 2).to_string(), "-0.05");
    EXPECT_EQ(decimal(42).to_string(), "42");
}

TEST(Decimal, reads_exponents_exactly) {
    EXPECT_EQ(decimal{"1.5e3"}.to_string(), "1500");
    EXPECT_EQ(decimal{"1E+2"}.to_string(), "100");
    EXPECT_EQ(decimal{"25e-4"}.to_string(), "0.0025");
    EXPECT_EQ(decimal{"0e30"}.to_string(), "0");
}

TEST(Decimal, refuses_what_is_not_an_exact_64_bit_number) {
    for (const char* text : {"",
                             "-",
                             "+1",
                             " 1",
                             "1 ",
                             ".5",
                             "1.",
                             "01",
                             "1e",
                             "1e+",
                             "1e+-2",
                             "1,5",
                             "NaN",
                             "0x1",
                             "1.2.3",
                             "9223372036854775808",
                             "-9223372036854775809",
                             "0.0000000000000000001",
                             "1e19",
                             "1e-19",
                             "99999999999999999999999999999999999999999999999999",
                             "1e2147483648"})
        EXPECT_FALSE(decimal::parse(text)) << text;
    EXPECT_THROW(decimal{"1.x"}, std::invalid_argument);
    EXPECT_THROW(decimal::of(1, 19), std::invalid_argument);
}

TEST(Decimal, adds_and_multiplies_exactly) {
    EXPECT_EQ((decimal{"0.1"} + decimal{"0.2"}).to_string(), "0.3");
    EXPECT_EQ((decimal{"11.77"} - decimal{"12"}).to_string(), "-0.23");
    EXPECT_EQ((decimal{"11.77"} * 3).to_string(), "35.31");
    EXPECT_EQ((-decimal{"0.05"}).to_string(), "-0.05");
    decimal total{"1.5"};
    total += 2;
    total -= decimal{"0.25"};
    total *= 2;
    EXPECT_EQ(total.to_string(), "6.50");
}

TEST(Decimal, throws_instead_of_overflowing) {
    EXPECT_THROW(decimal{most} + 1, decimal_overflow);
    EXPECT_THROW(decimal{least} - 1, decimal_overflow);
    EXPECT_THROW(decimal{most} * 2, decimal_overflow);
    EXPECT_THROW(-decimal{least}, decimal_overflow);
    EXPECT_THROW(decimal{most} + decimal{"0.1"}, decimal_overflow);
    EXPECT_THROW(decimal{most}.round(1), decimal_overflow);
}

TEST(Decimal, compares_by_value_at_any_scale) {
    EXPECT_EQ(decimal{"1.5"}, decimal{"1.50"});
    EXPECT_LT(decimal{"1.49"}, decimal{"1.5"});
    EXPECT_LT(decimal{least}, decimal::of(most, decimal::max_scale));
    EXPECT_GT(decimal{most}, decimal::of(most, decimal::max_scale));
    EXPECT_EQ(decimal{"0.00"}, 0);
}

TEST(Decimal, rounds_halves_to_the_even_neighbour) {
    EXPECT_EQ(decimal{"2.345"}.round(2).to_string(), "2.34");
    EXPECT_EQ(decimal{"2.355"}.round(2).to_string(), "2.36");
    EXPECT_EQ(decimal{"-2.3451"}.round(2).to_string(), "-2.35");
    EXPECT_EQ(decimal{"-0.5"}.round(0).to_string(), "0");
    EXPECT_EQ(decimal{"7"}.round(2).to_string(), "7.00");
    EXPECT_EQ(decimal::of(least, 18).round(0).to_string(), "-9");
}

TEST(Decimal, sums_as_many_amounts_as_the_shop_sells_to_the_cent) {
    constexpr std::uint64_t seed = 19970101;
    SCOPED_TRACE(seed);
    std::mt19937_64 random{seed};
    std::int64_t cents = 0;
    decimal total;
    for (int i = 0; i < 69'659; ++i) {
        const auto amount = static_cast<std::int64_t>(random() % 7'000);
        cents += amount;
        const auto tail = std::to_string(amount % 100);
        total += decimal{std::to_string(amount / 100) + (tail.size() < 2 ? ".0" : ".") + tail};
    }
    EXPECT_EQ(total, decimal::of(cents, 2));
    EXPECT_EQ(total.scale(), 2);
}

TEST(Decimal, reads_back_every_number_it_prints) {
    constexpr std::uint64_t seed = 7;
    SCOPED_TRACE(seed);
    std::mt19937_64 random{seed};
    for (int i = 0; i < 20'000; ++i) {
        const auto units = static_cast<std::int64_t>(random()) >> random() % 64;
        const auto number = decimal::of(units, static_cast<int>(random() % 19));
        const auto again = decimal::parse(number.to_string());
        ASSERT_TRUE(again) << number.to_string();
        ASSERT_EQ(again->units(), units);
        ASSERT_EQ(again->scale(), number.scale());
    }
}

}  // namespace
}  // namespace leat
