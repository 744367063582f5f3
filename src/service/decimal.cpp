// leat::decimal: parsing, printing and overflow-checked arithmetic.
#include "leat/decimal.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace leat {
namespace {

__extension__ using Wide = __int128;  // holds any units times 10^18

constexpr std::array<std::int64_t, decimal::max_scale + 1> powers_of_ten = [] {
    std::array<std::int64_t, decimal::max_scale + 1> powers{1};
    for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
    return powers;
}();

Wide power_of_ten(int exponent) { return powers_of_ten[static_cast<std::size_t>(exponent)]; }

std::optional<std::int64_t> narrow(Wide units) {
    if (units < std::numeric_limits<std::int64_t>::min()
        || units > std::numeric_limits<std::int64_t>::max())
        return std::nullopt;
    return static_cast<std::int64_t>(units);
}

decimal checked(Wide units, int scale, const char* operation) {
    const auto fits = narrow(units);
    if (!fits) throw decimal_overflow(std::string("a decimal overflows in ") + operation);
    return decimal::of(*fits, scale);
}

Wide units_at(decimal number, int scale) {
    return number.units() * power_of_ten(scale - number.scale());
}

// The digits of a number, read from the left; the decimal point and the exponent move the scale.
struct Spelling {
    Wide units = 0;
    int scale = 0;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes digits from the front of `text`; false if there are none or the number grows out of bounds.
bool take_digits(std::string_view& text, Spelling& number, bool fraction) {
    std::size_t n = 0;
    for (; n < text.size() && is_digit(text[n]); ++n) {
        number.units = number.units * 10 + (text[n] - '0');
        number.scale += fraction ? 1 : 0;
        if (!narrow(number.units)
            && number.units != -Wide{std::numeric_limits<std::int64_t>::min()})
            return false;
        if (number.scale > decimal::max_scale) return false;
    }
    text.remove_prefix(n);
    return n > 0;
}

// Applies "e±digits", all of `text`. Zero takes any exponent and keeps a scale in range.
bool take_exponent(std::string_view text, Spelling& number) {
    text.remove_prefix(1);
    if (!text.empty() && text.front() == '+') {
        text.remove_prefix(1);
        if (!text.empty() && text.front() == '-') return false;
    }
    int exponent = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (error != std::errc{} || end != text.data() + text.size()) return false;
    if (exponent < -decimal::max_scale || exponent > 2 * decimal::max_scale) return false;
    number.scale -= exponent;
    for (; number.scale < 0; ++number.scale) {
        number.units *= 10;
        if (!narrow(number.units)) return false;
    }
    return number.scale <= decimal::max_scale;
}

}  // namespace

decimal::decimal(std::string_view text) {
    const auto parsed = parse(text);
    if (!parsed)
        throw std::invalid_argument("not a decimal of 64 bits and 18 places: " + std::string(text));
    *this = *parsed;
}

decimal decimal::of(std::int64_t units, int scale) {
    if (scale < 0 || scale > max_scale)
        throw std::invalid_argument("the scale of a decimal must be 0 to 18, not "
                                    + std::to_string(scale));
    decimal made;
    made.units_ = units;
    made.scale_ = scale;
    return made;
}

std::optional<decimal> decimal::parse(std::string_view text) {
    Spelling number;
    const bool negative = !text.empty() && text.front() == '-';
    if (negative) text.remove_prefix(1);
    if (text.size() > 1 && text[0] == '0' && is_digit(text[1])) return std::nullopt;
    if (!take_digits(text, number, false)) return std::nullopt;
    if (!text.empty() && text.front() == '.') {
        text.remove_prefix(1);
        if (!take_digits(text, number, true)) return std::nullopt;
    }
    if (!text.empty() && (text.front() == 'e' || text.front() == 'E')) {
        if (!take_exponent(text, number)) return std::nullopt;
        text = {};
    }
    const auto units = narrow(negative ? -number.units : number.units);
    if (!text.empty() || !units) return std::nullopt;
    return of(*units, number.scale);
}

char* decimal::print(char* out) const {
    const bool negative = units_ < 0;
    const auto magnitude =
        negative ? 0 - static_cast<std::uint64_t>(units_) : static_cast<std::uint64_t>(units_);
    const auto unit = static_cast<std::uint64_t>(power_of_ten(scale_));
    if (negative) *out++ = '-';
    out = std::to_chars(out, out + 20, magnitude / unit).ptr;
    if (scale_ == 0) return out;
    *out++ = '.';
    auto fraction = magnitude % unit;
    for (int i = scale_; i-- > 0; fraction /= 10) out[i] = static_cast<char>('0' + fraction % 10);
    return out + scale_;
}

std::string decimal::to_string() const {
    char text[24];
    return {text, print(text)};
}

decimal decimal::round(int scale) const {
    if (scale < 0 || scale > max_scale) return of(units_, scale);
    if (scale >= scale_) return checked(units_at(*this, scale), scale, "round()");
    const Wide unit = power_of_ten(scale_ - scale);
    Wide rounded = units_ / unit;
    const Wide rest = 2 * (units_ < 0 ? -(units_ % unit) : units_ % unit);
    if (rest > unit || (rest == unit && rounded % 2 != 0)) rounded += units_ < 0 ? -1 : 1;
    return checked(rounded, scale, "round()");
}

decimal operator+(decimal a, decimal b) {
    const int scale = a.scale_ > b.scale_ ? a.scale_ : b.scale_;
    return checked(units_at(a, scale) + units_at(b, scale), scale, "a sum");
}

decimal operator-(decimal a, decimal b) {
    const int scale = a.scale_ > b.scale_ ? a.scale_ : b.scale_;
    return checked(units_at(a, scale) - units_at(b, scale), scale, "a difference");
}

decimal operator-(decimal a) { return checked(-Wide{a.units_}, a.scale_, "a negation"); }

decimal operator*(decimal a, std::int64_t times) {
    return checked(Wide{a.units_} * times, a.scale_, "a product");
}

std::strong_ordering operator<=>(decimal a, decimal b) {
    const int scale = a.scale_ > b.scale_ ? a.scale_ : b.scale_;
    const Wide left = units_at(a, scale), right = units_at(b, scale);
    return left < right   ? std::strong_ordering::less
           : left > right ? std::strong_ordering::greater
                          : std::strong_ordering::equal;
}

}  // namespace leat
