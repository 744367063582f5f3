// RFC 3339 times and ISO 8601 dates, to and from text.
#include "leat/timestamp.hpp"

namespace leat {
namespace {

using namespace std::chrono;

char* print_digits(char* out, unsigned number, int count) {
    for (int i = count; i-- > 0; number /= 10) out[i] = static_cast<char>('0' + number % 10);
    return out + count;
}

// Reads fixed-width fields from the front of a text; the first mistake makes every later read fail.
class FieldReader {
public:
    explicit FieldReader(std::string_view text) : rest_(text) {}

    unsigned digits(std::size_t count) {
        unsigned number = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (i >= rest_.size() || rest_[i] < '0' || rest_[i] > '9') return fail();
            number = number * 10 + static_cast<unsigned>(rest_[i] - '0');
        }
        rest_.remove_prefix(count);
        return number;
    }
    bool take(char upper) {
        if (!next_is(upper)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void need(char upper) {
        if (!take(upper)) fail();
    }
    // The digits after a decimal point as nanoseconds; those beyond the ninth are checked and
    // dropped.
    unsigned nanoseconds() {
        unsigned number = 0, count = 0;
        for (; !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9';
             rest_.remove_prefix(1), ++count)
            if (count < 9) number = number * 10 + static_cast<unsigned>(rest_[0] - '0');
        if (count == 0) return fail();
        for (; count < 9; ++count) number *= 10;
        return number;
    }
    unsigned fail() {
        ok_ = false;
        return 0;
    }
    bool complete() const { return ok_ && rest_.empty(); }

private:
    bool next_is(char upper) const {
        if (rest_.empty()) return false;
        const char c = rest_[0];
        return c == upper || (upper >= 'A' && c == upper + ('a' - 'A'));
    }
    std::string_view rest_;
    bool ok_ = true;
};

year_month_day take_date(FieldReader& in) {
    const year y{static_cast<int>(in.digits(4))};
    in.need('-');
    const month m{in.digits(2)};
    in.need('-');
    const year_month_day date{y, m, day{in.digits(2)}};
    if (!date.ok()) in.fail();
    return date;
}

seconds take_time_of_day(FieldReader& in) {
    const unsigned hour = in.digits(2);
    in.need(':');
    const unsigned minute = in.digits(2);
    in.need(':');
    const unsigned second = in.digits(2);
    if (hour > 23 || minute > 59 || second > 59) in.fail();
    return hours{hour} + minutes{minute} + seconds{second};
}

seconds take_offset(FieldReader& in) {
    if (in.take('Z')) return seconds{0};
    const bool negative = in.take('-');
    if (!negative) in.need('+');
    const unsigned hour = in.digits(2);
    in.need(':');
    const unsigned minute = in.digits(2);
    if (hour > 23 || minute > 59) in.fail();
    const seconds offset = hours{hour} + minutes{minute};
    return negative ? -offset : offset;
}

// Whether the year is 0 to 9999.
bool is_printable(std::int64_t unix_seconds) {
    constexpr std::int64_t year_0 = -62'167'219'200, year_10000 = 253'402'300'800;
    return unix_seconds >= year_0 && unix_seconds < year_10000;
}

}  // namespace

namespace detail {

char* print_date(char* out, year_month_day date) {
    const int y{date.year()};
    if (!date.ok() || y < 0 || y > 9999) return nullptr;
    out = print_digits(out, static_cast<unsigned>(y), 4);
    *out++ = '-';
    out = print_digits(out, unsigned{date.month()}, 2);
    *out++ = '-';
    return print_digits(out, unsigned{date.day()}, 2);
}

char* print_time(char* out, split_time time, int digits) {
    if (!is_printable(time.seconds)) return nullptr;
    const sys_seconds whole{seconds{time.seconds}};
    const auto midnight = floor<days>(whole);
    const hh_mm_ss<seconds> clock{whole - midnight};
    out = print_date(out, year_month_day{midnight});
    *out++ = 'T';
    out = print_digits(out, static_cast<unsigned>(clock.hours().count()), 2);
    *out++ = ':';
    out = print_digits(out, static_cast<unsigned>(clock.minutes().count()), 2);
    *out++ = ':';
    out = print_digits(out, static_cast<unsigned>(clock.seconds().count()), 2);
    if (digits > 0) {
        auto fraction = static_cast<unsigned>(time.nanoseconds);
        for (int i = digits; i < 9; ++i) fraction /= 10;
        *out++ = '.';
        out = print_digits(out, fraction, digits);
    }
    *out++ = 'Z';
    return out;
}

std::optional<split_time> parse_time(std::string_view text) {
    FieldReader in{text};
    const year_month_day date = take_date(in);
    in.need('T');
    const seconds time_of_day = take_time_of_day(in);
    const unsigned fraction = in.take('.') ? in.nanoseconds() : 0;
    const seconds offset = take_offset(in);
    if (!in.complete()) return std::nullopt;
    const sys_seconds utc = sys_days{date} + time_of_day - offset;
    if (!is_printable(utc.time_since_epoch().count())) return std::nullopt;
    return split_time{utc.time_since_epoch().count(), static_cast<std::int32_t>(fraction)};
}

}  // namespace detail

std::string to_iso_date(year_month_day date) {
    char text[16];
    char* const end = detail::print_date(text, date);
    return end ? std::string(text, end) : std::string();
}

std::optional<year_month_day> parse_iso_date(std::string_view text) {
    FieldReader in{text};
    const auto date = take_date(in);
    return in.complete() ? std::optional{date} : std::nullopt;
}

}  // namespace leat
