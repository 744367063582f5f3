// Durations and sizes as people write and read them: a count and its unit. The one place that takes
// them apart.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace leat {

/// A whole count with its unit: ns, us, ms, s, min, h or d. Nothing without a unit, if negative,
/// and beyond 292 years.
std::optional<std::chrono::nanoseconds> read_duration(std::string_view text);
/// In the largest unit that leaves a whole count: "90s", "2min"; "0s".
std::string print_duration(std::chrono::nanoseconds time);
/// Why `text` is not what read_duration() takes, as the rest of a sentence that begins with what it
/// was given for: "is a duration with its unit, …, not '30'; write 30s".
std::string missed_duration(std::string_view text);

/// A whole count of bytes, KiB, MiB or GiB; nothing if it is none or beyond 63 bits.
std::optional<std::uint64_t> read_bytes(std::string_view text);
/// In the largest unit that leaves a whole count: "64MiB", "1000".
std::string print_bytes(std::uint64_t bytes);

}  // namespace leat
