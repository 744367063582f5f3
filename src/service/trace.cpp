#include "service/trace.hpp"

#include <algorithm>
#include <random>
#include <span>

namespace leat::service {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

void append_hex(std::string& out, std::span<const std::uint8_t> bytes) {
    for (const auto byte : bytes) {
        out += digits[byte >> 4U];
        out += digits[byte & 0xfU];
    }
}

bool read_hex(std::string_view text, std::span<std::uint8_t> into) {
    if (text.size() != into.size() * 2) return false;
    for (std::size_t i = 0; i < into.size(); ++i) {
        const auto high = digits.find(text[2 * i]);
        const auto low = digits.find(text[2 * i + 1]);
        if (high == std::string_view::npos || low == std::string_view::npos) return false;
        into[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return true;
}

bool all_zero(std::span<const std::uint8_t> bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t b) { return b == 0; });
}

void fill_random(std::span<std::uint8_t> into) {
    thread_local std::mt19937_64 random{[] {
        std::random_device device;
        return (static_cast<std::uint64_t>(device()) << 32U) ^ device();
    }()};
    do {
        for (std::size_t i = 0; i < into.size(); i += 8) {
            std::uint64_t bits = random();
            for (std::size_t j = i; j < std::min(i + 8, into.size()); ++j, bits >>= 8U)
                into[j] = static_cast<std::uint8_t>(bits);
        }
    } while (all_zero(into));
}

}  // namespace

bool TraceContext::valid() const { return !all_zero(trace_id) && !all_zero(span_id); }

std::string TraceContext::trace_id_text() const {
    std::string out;
    append_hex(out, trace_id);
    return out;
}

std::string TraceContext::span_id_text() const {
    std::string out;
    append_hex(out, span_id);
    return out;
}

std::string TraceContext::traceparent() const {
    std::string out;
    out.reserve(55);
    out += "00-";
    append_hex(out, trace_id);
    out += '-';
    append_hex(out, span_id);
    out += '-';
    append_hex(out, std::span{&flags, 1});
    return out;
}

std::optional<TraceContext> parse_traceparent(std::string_view text) {
    constexpr std::size_t size = 55;
    if (text.size() < size || text[2] != '-' || text[35] != '-' || text[52] != '-')
        return std::nullopt;
    std::array<std::uint8_t, 1> version{};
    std::array<std::uint8_t, 1> flags{};
    TraceContext context;
    if (!read_hex(text.substr(0, 2), version) || version[0] == 0xff) return std::nullopt;
    if (version[0] == 0 ? text.size() != size : text.size() > size && text[size] != '-')
        return std::nullopt;
    if (!read_hex(text.substr(3, 32), context.trace_id)
        || !read_hex(text.substr(36, 16), context.span_id) || !read_hex(text.substr(53, 2), flags))
        return std::nullopt;
    context.flags = flags[0];
    if (!context.valid()) return std::nullopt;
    return context;
}

TraceContext child_of(const TraceContext& parent) {
    TraceContext child = parent;
    fill_random(child.span_id);
    return child;
}

TraceContext continue_trace(std::optional<std::string_view> traceparent) {
    if (traceparent)
        if (const auto parent = parse_traceparent(*traceparent)) return child_of(*parent);
    return new_trace();
}

TraceContext new_trace() {
    TraceContext context;
    fill_random(context.trace_id);
    fill_random(context.span_id);
    return context;
}

}  // namespace leat::service
