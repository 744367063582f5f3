#include "cli/doctor_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "broker/listeners.hpp"
#include "cli/output.hpp"

namespace leat::cli {
namespace {

using std::chrono::nanoseconds;

// No disk that keeps what it was told answers faster; its own cache with a battery takes as long.
constexpr auto too_fast = std::chrono::microseconds{20};
constexpr auto slow_median = std::chrono::milliseconds{15};
constexpr auto slow_tail = std::chrono::milliseconds{100};
constexpr TimestampMs oldest_now = 1'735'689'600'000;  // 2025-01-01: this program is younger

struct FileSystemWarning {
    std::string_view name;
    std::string_view advice;
};
constexpr std::array file_system_warnings{
    FileSystemWarning{"tmpfs",
                      "it is memory: everything is gone after a restart of the machine; "
                      "keep log.dirs on a disk"},
    FileSystemWarning{"ramfs",
                      "it is memory: everything is gone after a restart of the machine; "
                      "keep log.dirs on a disk"},
    FileSystemWarning{"overlay",
                      "a container's own layer goes with the container and is slow to "
                      "write; mount a volume and keep log.dirs there"},
    FileSystemWarning{"nfs",
                      "its locks and syncs are the server's promise, and a lost connection "
                      "takes the broker's logs offline; use a local disk"},
    FileSystemWarning{"smb",
                      "its locks and syncs are the server's promise, and a lost connection "
                      "takes the broker's logs offline; use a local disk"},
    FileSystemWarning{"fuse",
                      "whether a sync reaches a disk is up to the program behind it; use a "
                      "local disk"},
    FileSystemWarning{"btrfs",
                      "it tells of freed space up to 30 s later and needs room to "
                      "overwrite: never let it fill; ext4 and xfs recover better"}};

std::string in_ms(nanoseconds time) {
    return fmt::format("{:.3g} ms", std::chrono::duration<double, std::milli>(time).count());
}

nanoseconds percentile(std::vector<nanoseconds> sorted, std::size_t percent) {
    return sorted[std::min(sorted.size() - 1, sorted.size() * percent / 100)];
}

std::string sized(std::uint64_t bytes) { return human_bytes(static_cast<std::int64_t>(bytes)); }

bool is_loopback(const std::string& host) {
    return host.starts_with("127.") || host == "::1" || host == "localhost";
}

bool is_wildcard(const std::string& host) {
    return host.empty() || host == "0.0.0.0" || host == "::";
}

std::uint64_t unsigned_of(const broker::Config& config, std::string_view key) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(config.number(key), 0));
}

Diagnosis judge_listener(const broker::Listener& row) {
    const auto name = "listener " + row.name;
    const auto at = is_wildcard(row.bind.host)
                        ? "every address, port " + std::to_string(row.bind.port)
                        : row.bind.to_string();
    if (row.advertised && is_loopback(row.advertised->host) && !is_loopback(row.bind.host))
        return {Health::warn, name,
                at + "; clients are told " + row.advertised->to_string()
                    + ", which on another machine is that machine",
                "set advertised.listeners to an address that clients can reach"};
    if (is_loopback(row.bind.host) && !row.advertised)
        return {Health::ok, name, at + ": only programs of this machine can reach it"};
    return {Health::ok, name,
            at + "; clients are told "
                + (row.advertised ? row.advertised->to_string()
                                  : std::string{"the address on which they came in"})
                + "; plaintext, open to whoever reaches it"};
}

}  // namespace

const char* name_of(Health health) {
    switch (health) {
        case Health::ok:
            return "ok";
        case Health::warn:
            return "warn";
        case Health::fail:
            return "fail";
    }
    return "fail";
}

Diagnosis judge_file_system(const DiskFacts& disk) {
    const auto found = disk.file_system + " at " + disk.path;
    for (const auto& [name, advice] : file_system_warnings)
        if (disk.file_system == name)
            return {Health::warn, "file system", found, std::string{advice}};
    return {Health::ok, "file system", found};
}

Diagnosis judge_syncs(const DiskFacts& disk) {
    if (disk.syncs_are_off)
        return {Health::fail, "sync", "LD_PRELOAD has libeatmydata: syncs do nothing",
                "start the broker without it"};
    if (disk.syncs.empty())
        return {Health::fail, "sync", "nothing could be measured", "see the reason above"};
    auto sorted = disk.syncs;
    std::ranges::sort(sorted);
    const auto median = percentile(sorted, 50);
    const auto tail = percentile(sorted, 99);
    const auto found = fmt::format("{} appends of 4 KiB with fdatasync: p50 {}, p99 {}",
                                   sorted.size(), in_ms(median), in_ms(tail));
    const bool in_memory = disk.file_system == "tmpfs" || disk.file_system == "ramfs";
    if (median < too_fast && !in_memory)
        return {Health::warn, "sync", found,
                "no disk is so fast: somebody answers before the bytes are safe (a virtual "
                "machine's cache=unsafe, a file system without barriers); acknowledged records "
                "would not outlive a power cut"};
    if (median > slow_median || tail > slow_tail)
        return {Health::warn, "sync", found,
                "each acks=all waits for one: use a faster disk, or one without other writers"};
    return {Health::ok, "sync", found};
}

Diagnosis judge_space(const DiskFacts& disk, const broker::Config& config) {
    const auto floor = unsigned_of(config, "leat.free.space.floor.bytes");
    const auto found = sized(disk.free_bytes) + " of " + sized(disk.total_bytes)
                       + " free; producing is refused below " + sized(floor);
    if (disk.free_bytes < floor)
        return {Health::fail, "space", found,
                "free some, shorten log.retention.*, or lower leat.free.space.floor.bytes"};
    if (floor == 0)
        return {Health::warn, "space", found,
                "set leat.free.space.floor.bytes: a full disk also stops what frees space"};
    const auto wanted = floor + unsigned_of(config, "leat.journal.bytes");
    if (disk.free_bytes < 2 * wanted || disk.free_bytes < disk.total_bytes / 20)
        return {Health::warn, "space", found, "it is nearly full: free some, or shorten retention"};
    return {Health::ok, "space", found};
}

Diagnosis judge_open_files(const MachineFacts& machine, const broker::Config& config) {
    const auto connections = unsigned_of(config, "max.connections");
    const auto found = fmt::format("{} may be open; {} partitions, max.connections={}",
                                   machine.open_files, machine.partitions, connections);
    const std::string advice =
        "raise the hard limit (ulimit -Hn, systemd's LimitNOFILE=, docker's --ulimit nofile)";
    const auto for_logs = machine.open_files / 2;
    if (machine.partitions > for_logs)
        return {Health::fail, "open files",
                found + ": half of them, for logs, are fewer than the partitions", advice};
    if (machine.partitions > for_logs / 2)
        return {Health::warn, "open files", found + ": the logs use much of their half", advice};
    if (connections > for_logs)
        return {Health::warn, "open files",
                fmt::format("{}: no more than {} clients will be let in", found, for_logs),
                advice + ", or lower max.connections"};
    return {Health::ok, "open files", found};
}

Diagnosis judge_memory(const MachineFacts& machine, const broker::Config& config) {
    std::uint64_t most = 0;
    for (const auto* key :
         {"leat.request.memory.bytes", "leat.fetch.memory.bytes", "leat.tail.cache.bytes"})
        most += unsigned_of(config, key);
    const auto found = "the broker may hold " + sized(most) + " for clients, of "
                       + (machine.memory_bytes == 0 ? "unknown" : sized(machine.memory_bytes));
    if (machine.memory_bytes != 0 && most > machine.memory_bytes / 4 * 3)
        return {Health::warn, "memory", found,
                "lower leat.request.memory.bytes, leat.fetch.memory.bytes and "
                "leat.tail.cache.bytes, or the kernel may end it"};
    return {Health::ok, "memory", found};
}

Diagnosis judge_clock(const MachineFacts& machine) {
    if (machine.now < oldest_now)
        return {Health::fail, "clock", "it is years behind",
                "set it: records would get its time, and retention goes by it"};
    constexpr TimestampMs minute = 60'000;
    if (machine.newest_file > machine.now + minute)
        return {Health::warn, "clock",
                fmt::format("the data directory was written {} s in the future",
                            (machine.newest_file - machine.now) / 1000),
                "see whether the clock was set back: retention goes by it"};
    if (machine.clock_is_synchronized == false)
        return {Health::warn, "clock", "the kernel says that nothing synchronizes it",
                "run chrony, ntpd or systemd-timesyncd: records that are stamped too far in the "
                "future are refused (message.timestamp.after.max.ms)"};
    return {Health::ok, "clock",
            machine.clock_is_synchronized ? "synchronized" : "nothing against it"};
}

Diagnosis judge_durability(const broker::Config& config) {
    if (config.text("leat.durability") == "page-cache")
        return {Health::warn, "durability",
                "leat.durability=page-cache: acks=all is answered before any sync",
                "a power cut loses what was acknowledged in the last half minute or more; keep "
                "sync, unless a lost record costs nothing"};
    return {Health::ok, "durability", "acks=all is answered after a sync"};
}

std::vector<Diagnosis> judge_listeners(const broker::Config& config) {
    std::vector<Diagnosis> found;
    const auto addresses = broker::read_addresses(config);
    if (!addresses.problems.empty()) return found;  // told as problems of the configuration
    for (const auto& row : addresses.listeners) found.push_back(judge_listener(row));
    if (addresses.admin && !is_loopback(addresses.admin->host))
        found.push_back({Health::ok, "admin",
                         addresses.admin->to_string()
                             + ": /metrics and /health are open to whoever reaches it"});
    return found;
}

}  // namespace leat::cli
