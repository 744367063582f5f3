// What `leat broker doctor` makes of what it finds. Pure: facts in, diagnoses out.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "broker/config.hpp"

namespace leat::cli {

enum class Health { ok, warn, fail };
const char* name_of(Health health);

struct Diagnosis {
    Health health = Health::ok;
    std::string check;
    std::string found;
    std::string advice = {};  // what to do; empty if nothing
};

/// Of the directory that is to hold the data, or of its parent if it does not exist yet.
struct DiskFacts {
    std::string path;
    std::string file_system;  // as /proc/filesystems calls it, or a number
    std::uint64_t free_bytes = 0, total_bytes = 0;
    std::vector<std::chrono::nanoseconds> syncs;  // of appends of 4 KiB
    bool syncs_are_off = false;                   // LD_PRELOAD has libeatmydata
};

struct MachineFacts {
    std::uint64_t open_files = 0;    // the hard limit: the broker raises the soft one
    std::uint64_t partitions = 0;    // folders in the data directory
    std::uint64_t memory_bytes = 0;  // of the machine or the control group; 0: unknown
    TimestampMs now = 0;
    TimestampMs newest_file = 0;                     // last change of a checkpoint; 0: none
    std::optional<bool> clock_is_synchronized = {};  // as the kernel says
};

Diagnosis judge_file_system(const DiskFacts& disk);
Diagnosis judge_syncs(const DiskFacts& disk);
Diagnosis judge_space(const DiskFacts& disk, const broker::Config& config);
Diagnosis judge_open_files(const MachineFacts& machine, const broker::Config& config);
Diagnosis judge_memory(const MachineFacts& machine, const broker::Config& config);
Diagnosis judge_clock(const MachineFacts& machine);
/// Settings under which acknowledged records can be lost.
Diagnosis judge_durability(const broker::Config& config);
/// One for each listener: who can reach it.
std::vector<Diagnosis> judge_listeners(const broker::Config& config);

}  // namespace leat::cli
