// W3C Trace Context: reads, continues and writes the `traceparent` of HTTP calls and records.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace leat::service {

/// One span's place in a trace. A zero trace id means: no trace.
struct TraceContext {
    std::array<std::uint8_t, 16> trace_id{};
    std::array<std::uint8_t, 8> span_id{};
    /// W3C trace-flags; bit 0 says that the caller may have recorded the trace.
    std::uint8_t flags = 1;

    bool operator==(const TraceContext&) const = default;
    bool valid() const;
    /// 32 lower-case hex digits.
    std::string trace_id_text() const;
    /// 16 lower-case hex digits.
    std::string span_id_text() const;
    /// `00-<trace id>-<span id>-<flags>`.
    std::string traceparent() const;
};

/// Reads a traceparent. Nothing if it is malformed, all zero or of version ff; of a higher version
/// the four known fields are taken, as W3C Trace Context 1 asks for.
std::optional<TraceContext> parse_traceparent(std::string_view text);

/// A new span of `parent`'s trace.
TraceContext child_of(const TraceContext& parent);

/// A new span of the trace in `traceparent`, or of a new trace if that is absent or malformed.
TraceContext continue_trace(std::optional<std::string_view> traceparent);

/// A new trace. Any thread; each has its own random source.
TraceContext new_trace();

}  // namespace leat::service
