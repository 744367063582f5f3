// leat::decimal: exact decimal numbers for money.
#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace leat {

/// Thrown when the exact result of decimal arithmetic does not fit; the operands are unchanged.
class decimal_overflow : public std::overflow_error {
    using std::overflow_error::overflow_error;
};

/// An exact decimal number: a 64-bit count of units of 10^-scale, with a scale of 0 to 18. "11.77"
/// is 1177 units of scale 2. The scale is kept as written ("0.00" prints as "0.00") and does not
/// count in comparisons (1.5 == 1.50). Nothing is ever rounded unless round() is called, and
/// nothing passes through floating point. A value, as cheap to copy as two integers; different
/// objects may be used from different threads.
class decimal {
public:
    static constexpr int max_scale = 18;

    /// Zero of scale 0.
    constexpr decimal() = default;
    /// A whole number, scale 0.
    template <std::integral I>
    requires(!std::same_as<
                 I, bool> && (sizeof(I) < 8 || std::signed_integral<I>)) constexpr decimal(I whole)
        : units_(whole) {}
    /// The number that `text` spells, for constants: decimal{"11.77"}. Throws std::invalid_argument
    /// where parse() gives nothing.
    explicit decimal(std::string_view text);
    /// `units` of 10^-scale: of(1177, 2) is 11.77. Throws std::invalid_argument unless the scale is
    /// 0 to 18.
    static decimal of(std::int64_t units, int scale);

    /// The number that `text` spells in JSON's number grammar ("-0.50", "1e3"; no blanks, no plus
    /// sign, no leading zeros). Nothing if it is not one, needs a scale above 18 or has more units
    /// than 64 bits hold.
    static std::optional<decimal> parse(std::string_view text);
    /// The shortest text of this number at its scale, without an exponent: "11.77", "-0.05",
    /// "0.00".
    std::string to_string() const;
    /// Writes what to_string() gives at `out`, which has room for 24 characters; returns the end.
    char* print(char* out) const;

    constexpr std::int64_t units() const { return units_; }
    constexpr int scale() const { return scale_; }

    /// This number at `scale` (0 to 18), half units rounded to the even neighbour. Throws
    /// decimal_overflow.
    decimal round(int scale) const;

    /// Sum and difference, exact, at the larger scale. Throw decimal_overflow.
    friend decimal operator+(decimal a, decimal b);
    friend decimal operator-(decimal a, decimal b);
    friend decimal operator-(decimal a);
    /// A multiple, exact, at the scale of `a`. Throws decimal_overflow.
    friend decimal operator*(decimal a, std::int64_t times);
    friend decimal operator*(std::int64_t times, decimal a) { return a * times; }
    decimal& operator+=(decimal other) { return *this = *this + other; }
    decimal& operator-=(decimal other) { return *this = *this - other; }
    decimal& operator*=(std::int64_t times) { return *this = *this * times; }

    /// Order by value, whatever the scales. Never overflows.
    friend std::strong_ordering operator<=>(decimal a, decimal b);
    friend bool operator==(decimal a, decimal b) { return (a <=> b) == 0; }

private:
    std::int64_t units_ = 0;
    std::int32_t scale_ = 0;
};

}  // namespace leat
