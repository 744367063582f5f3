// Any bytes as records of `__consumer_offsets`: refused, or kept whole by a snapshot.
#include <cstdint>

#include "base/check.hpp"
#include "broker/group/group_coordinator.hpp"

namespace {

using leat::broker::GroupCoordinator;
using leat::broker::GroupRecord;

// A run of bytes led by its size, a byte.
leat::ByteView take(leat::ByteView& bytes) {
    if (bytes.empty()) return {};
    const auto size = std::min(std::to_integer<std::size_t>(bytes[0]), bytes.size() - 1);
    const auto run = bytes.subspan(1, size);
    bytes = bytes.subspan(1 + size);
    return run;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    leat::ByteView bytes = std::as_bytes(std::span{data, size});
    const leat::broker::GroupConfig config{.offsets_topic_num_partitions = 1};
    const leat::broker::Moment now{.mono = {}, .wall_ms = 1};
    GroupCoordinator first{config};
    while (!bytes.empty()) {
        const auto key = take(bytes);
        const bool tombstone = !bytes.empty() && bytes[0] == std::byte{0};
        const auto value = take(bytes);
        (void)first.replay(0, key, tombstone ? std::nullopt : std::optional{value});
    }
    const auto snapshot = *first.snapshot(0);
    GroupCoordinator second{config};
    for (const auto& record : snapshot)
        leat::check(second.replay(0, record.key, *record.value).ok(), "a snapshot can be read");
    leat::check(second.snapshot(0) == snapshot, "a snapshot gives the same snapshot");
    (void)first.loaded(now);
    (void)first.tick({.mono = now.mono + std::chrono::hours{24 * 365}, .wall_ms = 1});
    return 0;
}
