// What Linux tells of this process in /proc, under Prometheus' usual names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace leat {

/// The fields of /proc/PID/stat that are of use, in the kernel's units.
struct ProcessStat {
    std::uint64_t cpu_ticks = 0;  // user and system
    std::uint64_t threads = 0;
    std::uint64_t start_ticks = 0;  // after the machine's boot
    std::uint64_t virtual_bytes = 0;
    std::uint64_t resident_pages = 0;
};

/// Nothing if `text` is no such line. Pure.
std::optional<ProcessStat> parse_process_stat(std::string_view text);

/// When the machine was booted, in seconds since the Unix epoch, from /proc/stat. Nothing if `text`
/// does not tell. Pure.
std::optional<std::uint64_t> parse_boot_time(std::string_view text);

/// One process_* metric.
struct ProcessMetric {
    const char* name;
    const char* help;
    bool counter;  // else a gauge
    double value;
};

/// Reads this process's metrics: some tens of microseconds. What /proc does not tell is left out.
/// Any thread.
std::vector<ProcessMetric> read_process_metrics();

/// How many files this process may have open now; the most that a number holds, if there is no
/// limit.
std::size_t file_limit();

}  // namespace leat
