// What it costs to append: 1 KiB batches in page-cache mode, on the machine's disk.
#include <benchmark/benchmark.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>

#include "storage/data_dir.hpp"
#include "storage/posix_disk.hpp"
#include "storage/testing/log_rig.hpp"
#include "storage/testing/remove_tree.hpp"

namespace leat::storage {
namespace {

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Argument: bytes of a batch's value.
void append(benchmark::State& state) {
    std::string root = "/tmp/leat_log_bench_XXXXXX";
    if (::mkdtemp(root.data()) == nullptr) return state.SkipWithError("no directory");
    PosixDisk disk;
    auto data_dir = std::move(DataDir::open(disk, join(root, "data"), {})).value();
    auto config = std::make_shared<LogConfig>();
    config->durability = Durability::page_cache;
    config->retention_bytes = std::int64_t{256} * 1024 * 1024;
    config->retention_ms = -1;
    config->segment_bytes = std::int64_t{128} * 1024 * 1024;
    config->file_delete_delay_ms = 0;
    std::shared_ptr<Log> log = std::move(data_dir->open_log({"t", 0}, {}, config, 0)).value();
    const auto incoming =
        IncomingBatch::of(batch_of({std::string(static_cast<std::size_t>(state.range(0)), 'x')}));

    const auto before = cpu_seconds();
    std::uint64_t bytes = 0;
    for (auto _ : state) {
        const auto outcome = log->append(incoming, 1000);
        if (outcome.fault != LogFault::none) state.SkipWithError(outcome.what.c_str());
        bytes += incoming.bytes.size();
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
    state.counters["cpu_s_per_GB"] = (cpu_seconds() - before) / (static_cast<double>(bytes) / 1e9);
    log.reset();
    data_dir.reset();
    static_cast<void>(remove_tree(disk, root));
}
BENCHMARK(append)->Arg(1024)->Arg(16 << 10)->Arg(1 << 20)->MinTime(0.5);

}  // namespace
}  // namespace leat::storage
