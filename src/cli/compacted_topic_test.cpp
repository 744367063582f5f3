// A compacted topic as a person at the command line sees it, on a broker.
#include <gmock/gmock.h>

#include "cli/leat_for_test.hpp"

namespace leat::cli {
namespace {

constexpr std::size_t key_count = 10;
constexpr int rounds = 12;
constexpr std::size_t padding = 700;

TEST(CompactedTopic, shows_the_table_alone_and_each_record_at_its_offset) {
    const LiveBroker broker{{{"log.cleaner.backoff.ms", "10"}}};
    const Directory directory;
    broker.run({"topic", "create", "t", "-p", "1", "-c", "cleanup.policy=compact", "-c",
                "segment.bytes=16384", "-c", "min.cleanable.dirty.ratio=0"});
    for (int round = 0; round < rounds; ++round) {
        std::string lines;
        for (std::size_t key = 0; key < key_count; ++key) {
            const bool is_erased = key == 0 && round > 2;
            lines += "k" + std::to_string(key) + ":"
                     + (is_erased ? "" : std::to_string(round) + std::string(padding, '.')) + "\n";
        }
        broker.run({"produce", "t", "-q", "-K", ":", "-Z", "-f", directory.file("lines", lines)});
    }
    // A segment takes two rounds. Of the closed ones the last round is left, and all of the active.
    std::string expected;
    for (int round = rounds - 3; round < rounds; ++round)
        for (std::size_t key = 0; key < key_count; ++key) {
            const auto size = std::to_string(round).size() + padding;
            expected += std::to_string(static_cast<std::size_t>(round) * key_count + key) + " k"
                        + std::to_string(key) + " " + (key == 0 ? "-1" : std::to_string(size))
                        + "\n";
        }
    std::string found;
    while (std::ranges::count(found, '\n') != 3 * key_count)
        found = broker.run({"consume", "t", "-e", "-f", "%o %k %S\n"});
    EXPECT_EQ(found, expected);
}

}  // namespace
}  // namespace leat::cli
