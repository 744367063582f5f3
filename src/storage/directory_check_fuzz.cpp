// Any bytes as the files of a partition: checking them never crashes and writes nothing.
#include <cstdlib>

#include "storage/directory_check.hpp"
#include "storage/testing/log_rig.hpp"

namespace {

void place_file(leat::storage::SimDisk& disk, const std::string& path, leat::ByteView bytes) {
    const auto file = disk.open(path, leat::storage::OpenMode::create);
    if (file) static_cast<void>((*file)->write_at(0, bytes));
}

// A run of bytes led by its size, a byte.
leat::ByteView taken_run(leat::ByteView& input) {
    if (input.empty()) return {};
    const auto size = std::min(std::to_integer<std::size_t>(input[0]), input.size() - 1);
    const auto run = input.subspan(1, size);
    input = input.subspan(1 + size);
    return run;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace leat;
    using namespace leat::storage;
    log_nothing();
    ByteView input{reinterpret_cast<const std::byte*>(data), size};
    SimDisk disk;
    static_cast<void>(disk.make_dir("data"));
    static_cast<void>(disk.make_dir("data/t-0"));
    place_file(disk, "data/meta.properties",
               as_bytes("version=1\nnode.id=1\ncluster.id=c\n"
                        "directory.id=AAAAAAAAAAAAAAAAAAAAAA\n"));
    for (const std::string name :
         {"recovery-point-offset-checkpoint", "leat-journal-0", "t-0/leader-epoch-checkpoint",
          "t-0/00000000000000000000.index", "t-0/00000000000000000000.timeindex",
          "t-0/00000000000000000002.snapshot", "t-0/leat-segments-checkpoint"})
        if (const auto run = taken_run(input); !run.empty()) place_file(disk, "data/" + name, run);
    place_file(disk, "data/t-0/00000000000000000000.log", input);
    const auto changes = disk.changes();
    DirectoryCheck check{disk, "data", {.found = [](const Finding&) {}}};
    if (check.open())
        for (const auto& partition : check.partitions()) check.check(partition, {});
    if (disk.changes() != changes) std::abort();
    return 0;
}
