#include "base/process.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>

namespace leat {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto* end = text.data() + text.size();
    const auto [at, code] = std::from_chars(text.data(), end, value);
    if (code != std::errc{} || at != end) return std::nullopt;
    return value;
}

std::string_view next_word(std::string_view& text) {
    const auto begin = std::min(text.find_first_not_of(" \n"), text.size());
    const auto end = std::min(text.find_first_of(" \n", begin), text.size());
    const auto word = text.substr(begin, end - begin);
    text.remove_prefix(end);
    return word;
}

std::string content_of(const char* path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

// Since 6.2 Linux gives the count as the folder's size; before, that is 0 and one has to list it,
// which takes milliseconds for ten thousand connections.
std::optional<double> open_files() {
    constexpr const char* folder = "/proc/self/fd";
    struct stat about {};
    if (::stat(folder, &about) != 0) return std::nullopt;
    if (about.st_size > 0) return static_cast<double>(about.st_size);
    std::error_code failed;
    const std::filesystem::directory_iterator files{folder, failed};
    if (failed) return std::nullopt;
    // The listing has the folder itself open.
    return static_cast<double>(std::distance(begin(files), end(files)) - 1);
}

std::optional<double> most_open_files() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
    return static_cast<double>(limit.rlim_cur);
}

}  // namespace

std::optional<ProcessStat> parse_process_stat(std::string_view text) {
    // The name, in brackets, may hold spaces and brackets itself.
    const auto name_end = text.rfind(')');
    if (name_end == std::string_view::npos) return std::nullopt;
    text.remove_prefix(name_end + 1);
    // From the third field on, as proc(5) numbers them.
    std::array<std::string_view, 22> fields;
    for (auto& field : fields) field = next_word(text);
    const auto field = [&](std::size_t place) { return number(fields[place - 3]); };
    const auto user = field(14);
    const auto system = field(15);
    const auto threads = field(20);
    const auto start = field(22);
    const auto virtual_bytes = field(23);
    const auto resident = field(24);
    if (!user || !system || !threads || !start || !virtual_bytes || !resident) return std::nullopt;
    return ProcessStat{*user + *system, *threads, *start, *virtual_bytes, *resident};
}

std::optional<std::uint64_t> parse_boot_time(std::string_view text) {
    constexpr std::string_view name = "\nbtime ";
    const auto at = text.find(name);
    if (at == std::string_view::npos) return std::nullopt;
    text.remove_prefix(at + name.size());
    return number(next_word(text));
}

std::vector<ProcessMetric> read_process_metrics() {
    // Long on a machine of many cores, and it does not change.
    static const auto boot = parse_boot_time(content_of("/proc/stat"));
    static const auto ticks_a_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
    static const auto page_bytes = static_cast<double>(::sysconf(_SC_PAGESIZE));
    std::vector<ProcessMetric> all;
    const auto add = [&](const char* name, const char* help, double value) {
        all.push_back({name, help, false, value});
    };
    if (const auto stat = parse_process_stat(content_of("/proc/self/stat"))) {
        all.push_back({"process_cpu_seconds_total", "User and system CPU time spent", true,
                       static_cast<double>(stat->cpu_ticks) / ticks_a_second});
        add("process_resident_memory_bytes", "Memory that is in RAM",
            static_cast<double>(stat->resident_pages) * page_bytes);
        add("process_virtual_memory_bytes", "Address space in use",
            static_cast<double>(stat->virtual_bytes));
        add("process_threads", "Threads", static_cast<double>(stat->threads));
        if (boot)
            add("process_start_time_seconds", "When the process began, since the Unix epoch",
                static_cast<double>(*boot)
                    + static_cast<double>(stat->start_ticks) / ticks_a_second);
    }
    if (const auto count = open_files()) add("process_open_fds", "Open file descriptors", *count);
    if (const auto limit = most_open_files())
        add("process_max_fds", "How many file descriptors may be open", *limit);
    return all;
}

std::size_t file_limit() {
    rlimit limit{};
    const bool known = ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
    return known ? static_cast<std::size_t>(limit.rlim_cur)
                 : std::numeric_limits<std::size_t>::max();
}

}  // namespace leat
