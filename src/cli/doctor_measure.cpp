#include "cli/doctor_measure.hpp"

#include <sys/resource.h>
#include <sys/timex.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>

#include "base/topic_partition.hpp"
#include "storage/posix_disk.hpp"

namespace leat::cli {
namespace {

constexpr std::size_t most_syncs = 200;
constexpr std::size_t sync_bytes = 4096;
constexpr auto longest_measurement = std::chrono::seconds{5};

struct FileSystemName {
    std::uint32_t magic;
    const char* name;
};
// statfs(2).
constexpr std::array file_system_names{
    FileSystemName{0xef53, "ext4"},      FileSystemName{0x58465342, "xfs"},
    FileSystemName{0x9123683e, "btrfs"}, FileSystemName{0x01021994, "tmpfs"},
    FileSystemName{0x858458f6, "ramfs"}, FileSystemName{0x794c7630, "overlay"},
    FileSystemName{0x6969, "nfs"},       FileSystemName{0xff534d42, "smb"},
    FileSystemName{0xfe534d42, "smb"},   FileSystemName{0x65735546, "fuse"},
    FileSystemName{0x2fc12fc1, "zfs"},   FileSystemName{0xf2f52010, "f2fs"},
    FileSystemName{0x01021997, "9p"},    FileSystemName{0xca451a4e, "bcachefs"}};

std::string file_system_of(const std::string& path) {
    struct statfs status = {};
    if (::statfs(path.c_str(), &status) != 0) return "unknown";
    const auto magic = static_cast<std::uint32_t>(status.f_type);
    const auto known = std::ranges::find(file_system_names, magic, &FileSystemName::magic);
    return known == file_system_names.end() ? "type " + std::to_string(magic) : known->name;
}

/// The directory itself, or the nearest above it that is there.
std::string existing(storage::Disk& disk, std::string path) {
    while (!disk.info(path) && storage::parent_of(path) != path) path = storage::parent_of(path);
    return path;
}

Result<void> time_syncs(storage::File& file, std::vector<std::chrono::nanoseconds>& syncs) {
    const SystemClock clock;
    const auto end = clock.now() + longest_measurement;
    const Bytes block(sync_bytes, std::byte{0x5a});
    for (std::size_t i = 0; i < most_syncs && clock.now() < end; ++i) {
        const auto began = clock.now();
        if (auto wrote = file.write_at(i * sync_bytes, block); !wrote) return wrote;
        if (auto synced = file.sync(); !synced) return synced;
        syncs.push_back(clock.now() - began);
    }
    return {};
}

std::uint64_t memory_bytes() {
    const auto pages = ::sysconf(_SC_PHYS_PAGES);
    const auto page = ::sysconf(_SC_PAGESIZE);
    std::uint64_t bytes = pages > 0 && page > 0
                              ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page)
                              : 0;
    // A container's own limit; "max", if there is none.
    std::ifstream limit{"/sys/fs/cgroup/memory.max"};
    if (std::uint64_t most = 0; limit >> most) bytes = bytes == 0 ? most : std::min(bytes, most);
    return bytes;
}

std::optional<bool> is_clock_synchronized() {
    struct timex state = {};
    const int answer = ::adjtimex(&state);
    if (answer < 0) return std::nullopt;
    return answer != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

}  // namespace

Result<void> measure_disk(const std::string& data_dir, DiskFacts& facts) {
    storage::PosixDisk disk;
    facts.path = existing(disk, data_dir);
    facts.file_system = file_system_of(facts.path);
    const auto free = disk.free_space(facts.path);
    if (!free) return free.error();
    facts.free_bytes = *free;
    facts.total_bytes = disk.total_space(facts.path).ok() ? *disk.total_space(facts.path) : 0;
    const char* preloaded = std::getenv("LD_PRELOAD");
    facts.syncs_are_off =
        preloaded != nullptr
        && std::string_view{preloaded}.find("eatmydata") != std::string_view::npos;
    const auto path = storage::join(facts.path, ".leat-doctor-" + std::to_string(::getpid()));
    const auto file = disk.open(path, storage::OpenMode::create);
    if (!file) return file.error();
    if (auto removed = disk.remove(path); !removed) return removed;
    return time_syncs(**file, facts.syncs);
}

MachineFacts measure_machine(const std::string& data_dir) {
    MachineFacts facts;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) facts.open_files = limit.rlim_max;
    storage::PosixDisk disk;
    if (const auto entries = disk.list(data_dir))
        for (const auto& entry : *entries) {
            if (entry.is_dir && TopicPartition::parse(entry.name)) ++facts.partitions;
            if (const auto info = disk.info(storage::join(data_dir, entry.name)); info)
                facts.newest_file = std::max(facts.newest_file, info->modified_ms);
        }
    facts.memory_bytes = memory_bytes();
    facts.now = SystemClock{}.wall_ms();
    facts.clock_is_synchronized = is_clock_synchronized();
    return facts;
}

}  // namespace leat::cli
