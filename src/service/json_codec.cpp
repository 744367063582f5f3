// leat::json::codec: the parts of the codecs that no type parameter touches.
#include "leat/json_codec.hpp"

#include <vector>

#include "leat/json_variant.hpp"
#include "service/json_text.hpp"

namespace leat::json {
namespace {

constexpr const char* a_decimal = "a decimal number of at most 18 places and 64 bits";
constexpr const char* a_date = "a date such as \"2024-01-31\"";
constexpr const char* a_time = "an RFC 3339 time such as \"2024-01-31T09:30:00Z\"";

}  // namespace

bool codec<std::monostate>::read(reader& in, std::monostate&) { return in.read_null(); }

bool codec<decimal>::read(reader& in, decimal& value) {
    std::string_view text;
    if (!in.read_number_or_text(text, a_decimal)) return false;
    const auto parsed = decimal::parse(text);
    if (!parsed) return in.refuse(a_decimal, text);
    value = *parsed;
    return true;
}

bool codec<std::chrono::year_month_day>::read(reader& in, std::chrono::year_month_day& value) {
    std::string_view text;
    if (!in.read_text(text, a_date)) return false;
    const auto parsed = parse_iso_date(text);
    if (!parsed) return in.refuse(a_date, text);
    value = *parsed;
    return true;
}

void codec<std::chrono::year_month_day>::write(writer& out, std::chrono::year_month_day value) {
    char text[16];
    const char* const end = leat::detail::print_date(text, value);
    if (!end) return out.fail("the date does not exist or its year is not 0 to 9999");
    out.plain_string({text, static_cast<std::size_t>(end - text)});
}

namespace detail {

bool refuse_name(reader& in, std::string_view found, std::span<const std::string_view> names) {
    std::string list;
    for (const auto name : names)
        if (!name.empty()) list += (list.empty() ? "" : ", ") + quoted(name);
    return in.refuse("one of " + list, found);
}

bool read_time(reader& in, leat::detail::split_time& time) {
    std::string_view text;
    if (!in.read_text(text, a_time)) return false;
    const auto parsed = leat::detail::parse_time(text);
    if (!parsed) return in.refuse(a_time, text);
    time = *parsed;
    return true;
}

bool refuse_time_range(reader& in) {
    return in.fail(fault::value, "the time lies outside the range of its type");
}

void write_time(writer& out, leat::detail::split_time time, int digits) {
    char text[40];
    const char* const end = leat::detail::print_time(text, time, digits);
    if (!end) return out.fail("the year of the time is not 0 to 9999");
    out.plain_string({text, static_cast<std::size_t>(end - text)});
}

void fail_enum(writer& out, std::int64_t value) {
    out.fail("no enumerator has the value " + std::to_string(value));
}

bool read_variant(reader& in, std::span<const field_reader> alternatives, void* value) {
    std::string_view key;
    if (!in.begin_object()) return false;
    auto step = in.next_member(key);
    if (step == reader::progress::failed) return false;
    for (const auto& alternative : alternatives) {
        if (step == reader::progress::end || alternative.name != key) continue;
        if (!alternative.read(in, value)) return in.in_field(alternative.name);
        step = in.next_member(key);
        if (step == reader::progress::more)
            in.fail(fault::value, "expected an object of one member");
        return step == reader::progress::end;
    }
    std::vector<std::string_view> names;
    for (const auto& alternative : alternatives) names.push_back(alternative.name);
    return refuse_name(in, step == reader::progress::end ? "" : key, names);
}

}  // namespace detail

}  // namespace leat::json
