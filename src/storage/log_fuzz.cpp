// Any bytes as a segment: opening it never crashes, and whatever is served is a sound batch.
#include <cstdlib>

#include "base/log.hpp"
#include "storage/log_jobs.hpp"
#include "storage/testing/log_rig.hpp"

namespace {

leat::Bytes taken(leat::ByteView& input, std::size_t count) {
    const auto part = input.first(std::min(count, input.size()));
    input = input.subspan(part.size());
    return {part.begin(), part.end()};
}

void place(leat::storage::SimDisk& disk, const std::string& path, const leat::Bytes& bytes) {
    const auto file = disk.open(path, leat::storage::OpenMode::create);
    if (file) static_cast<void>((*file)->write_at(0, bytes));
}

}  // namespace

// The first bytes say how long the index, time index and snapshot are and how the log is opened.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace leat;
    using namespace leat::storage;
    log::Options options;
    options.level = log::Level::off;
    log::configure(options);
    ByteView input{reinterpret_cast<const std::byte*>(data), size};
    const auto head = taken(input, 6);
    if (head.size() < 6) return 0;
    const auto number = [&](std::size_t i) { return std::to_integer<std::size_t>(head[i]); };
    SimDisk disk;
    static_cast<void>(disk.make_dir("t-0"));
    const auto file = [](const char* suffix) { return "t-0/" + file_name(0, suffix); };
    place(disk, file(".index"), taken(input, number(0)));
    place(disk, file(".timeindex"), taken(input, number(1)));
    place(disk, "t-0/" + file_name(static_cast<std::int64_t>(number(5)), ".snapshot"),
          taken(input, number(2)));
    place(disk, file(".log"), {input.begin(), input.end()});

    SpaceGuard space{disk, "t-0", 0};
    LogConfig config;
    config.index_interval_bytes = 64;
    config.cleanup_compact = (number(4) & 2U) != 0;
    OpenFrom from;
    from.clean_shutdown = (number(4) & 1U) != 0;
    from.recovery_point = static_cast<std::int64_t>(number(3) & 0xfU);
    auto opened = Log::open({disk, std::make_shared<TailBudget>(1 << 20), space}, "t-0",
                            std::make_shared<const LogConfig>(config), from);
    if (!opened) return 0;
    auto& log = **opened;
    for (auto offset = log.log_start(); offset < log.end_offset();) {
        auto read = log.read(offset, {.upper_bound = log.end_offset()});
        if (!read.cold) std::abort();
        const auto cold = read.cold->run(disk);
        if (cold.fault == LogFault::corrupt && cold.next_readable > offset) {
            offset = cold.next_readable;
            continue;
        }
        if (cold.fault != LogFault::none || cold.data.parts.empty()) break;
        for (const auto& part : cold.data.parts) {
            const auto header = kafka::check_batch(part.bytes, part.size()).header;
            if (!header || header->next_offset() <= offset) std::abort();
            offset = header->next_offset();
        }
    }
    static_cast<void>(log.search_timestamp(1000, log.end_offset())->run(disk));
    return 0;
}
