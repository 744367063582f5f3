// What `leat broker doctor` makes of facts, and that it finds some.
#include <boost/json.hpp>

#include "cli/doctor_checks.hpp"
#include "cli/leat_for_test.hpp"

namespace leat::cli {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

DiskFacts disk_with(std::chrono::nanoseconds sync, const std::string& file_system = "ext4") {
    DiskFacts disk;
    disk.file_system = file_system;
    disk.syncs.assign(200, sync);
    disk.free_bytes = std::uint64_t{1} << 40U;
    disk.total_bytes = std::uint64_t{1} << 40U;
    return disk;
}

broker::Config config_with(const broker::ConfigMap& settings) {
    broker::Config config;
    for (const auto& [key, value] : settings) check(config.set(key, value).ok(), key.c_str());
    return config;
}

TEST(Doctor, believes_no_disk_that_syncs_faster_than_disks_do) {
    EXPECT_EQ(judge_syncs(disk_with(1ms)).health, Health::ok);
    EXPECT_EQ(judge_syncs(disk_with(5us)).health, Health::warn);
    EXPECT_THAT(judge_syncs(disk_with(5us)).advice, HasSubstr("power cut"));
    EXPECT_EQ(judge_syncs(disk_with(5us, "tmpfs")).health, Health::ok) << "it is told as tmpfs";
    auto preloaded = disk_with(1ms);
    preloaded.syncs_are_off = true;
    EXPECT_EQ(judge_syncs(preloaded).health, Health::fail);
}

TEST(Doctor, finds_a_disk_slow_by_its_median_or_its_tail) {
    EXPECT_EQ(judge_syncs(disk_with(30ms)).health, Health::warn);
    auto disk = disk_with(1ms);
    std::fill_n(disk.syncs.begin(), 3, 500ms);
    EXPECT_EQ(judge_syncs(disk).health, Health::warn);
    EXPECT_THAT(judge_syncs(disk).found, HasSubstr("p50 1 ms, p99 500 ms"));
    disk.syncs.clear();
    EXPECT_EQ(judge_syncs(disk).health, Health::fail);
}

TEST(Doctor, warns_of_file_systems_that_lose_data_or_locks) {
    for (const auto* name : {"tmpfs", "nfs", "overlay", "btrfs", "fuse"})
        EXPECT_EQ(judge_file_system(disk_with(1ms, name)).health, Health::warn) << name;
    for (const auto* name : {"ext4", "xfs"})
        EXPECT_EQ(judge_file_system(disk_with(1ms, name)).health, Health::ok) << name;
}

TEST(Doctor, fails_below_the_floor_of_free_space_and_warns_near_it) {
    auto disk = disk_with(1ms);
    disk.free_bytes = std::uint64_t{100} << 20U;
    EXPECT_EQ(judge_space(disk, {}).health, Health::fail);
    disk.free_bytes = std::uint64_t{300} << 20U;
    EXPECT_EQ(judge_space(disk, {}).health, Health::warn);
    EXPECT_EQ(judge_space(disk_with(1ms), {}).health, Health::ok);
    EXPECT_EQ(
        judge_space(disk_with(1ms), config_with({{"leat.free.space.floor.bytes", "0"}})).health,
        Health::warn);
}

TEST(Doctor, counts_partitions_and_clients_against_the_open_files) {
    const auto judged = [](std::uint64_t files, std::uint64_t partitions) {
        return judge_open_files({.open_files = files, .partitions = partitions}, {}).health;
    };
    EXPECT_EQ(judged(100'000, 1000), Health::ok);
    EXPECT_EQ(judged(4096, 100), Health::warn) << "fewer clients than max.connections";
    EXPECT_EQ(judged(100'000, 30'000), Health::warn);
    EXPECT_EQ(judged(4096, 3000), Health::fail);
}

TEST(Doctor, knows_a_clock_that_is_behind_was_set_back_or_runs_free) {
    constexpr TimestampMs now = 1'800'000'000'000;
    EXPECT_EQ(judge_clock({.now = 1000}).health, Health::fail);
    EXPECT_EQ(judge_clock({.now = now, .newest_file = now + 3'600'000}).health, Health::warn);
    EXPECT_EQ(judge_clock({.now = now, .clock_is_synchronized = false}).health, Health::warn);
    EXPECT_EQ(judge_clock({.now = now, .clock_is_synchronized = true}).health, Health::ok);
}

TEST(Doctor, warns_of_memory_that_is_not_there_and_of_acknowledging_before_a_sync) {
    EXPECT_EQ(judge_memory({.memory_bytes = std::uint64_t{512} << 20U}, {}).health, Health::warn);
    EXPECT_EQ(judge_memory({.memory_bytes = std::uint64_t{8} << 30U}, {}).health, Health::ok);
    EXPECT_EQ(judge_durability({}).health, Health::ok);
    EXPECT_EQ(judge_durability(config_with({{"leat.durability", "page-cache"}})).health,
              Health::warn);
}

TEST(Doctor, says_who_can_reach_each_listener) {
    const auto judged = [](const broker::ConfigMap& settings) {
        return judge_listeners(config_with(settings)).at(0);
    };
    EXPECT_THAT(judged({}).found, HasSubstr("only programs of this machine"));
    EXPECT_THAT(judged({{"listeners", "PLAINTEXT://0.0.0.0:9092"}}).found,
                HasSubstr("told the address on which they came in"));
    const auto wrong = judged({{"listeners", "PLAINTEXT://0.0.0.0:9092"},
                               {"advertised.listeners", "PLAINTEXT://localhost:9092"}});
    EXPECT_EQ(wrong.health, Health::warn);
    EXPECT_THAT(wrong.advice, HasSubstr("advertised.listeners"));
}

TEST(Doctor, measures_and_leaves_nothing_behind) {
    const Directory directory;
    for (const auto* place : {"", "data/not/yet"}) {
        Leat leat;
        const int code = leat.run({"--json", "broker", "doctor", "--data", directory.at(place),
                                   "--set", "leat.free.space.floor.bytes=1"});
        EXPECT_EQ(code, exit_ok) << leat.printed << leat.said;
        EXPECT_THAT(leat.printed, HasSubstr("appends of 4 KiB with fdatasync: p50 "));
        EXPECT_TRUE(std::filesystem::is_empty(directory.at("")));
    }
}

TEST(Doctor, fails_for_each_thing_that_a_start_would_refuse) {
    const Directory directory;
    const auto file = directory.file("server.properties", "num.partitons=3\n");
    // The options of `broker`, before the verb and behind it.
    Leat leat;
    EXPECT_EQ(leat.run({"broker", "--config", file, "doctor", "--set", "log.retention.hours=soon",
                        "--data-dir", directory.at("server.properties/data")}),
              exit_refused);
    EXPECT_THAT(leat.printed, AllOf(HasSubstr("fail  configuration: " + file + ": line 1: unknown"),
                                    HasSubstr("fail  configuration: invalid value 'soon'"),
                                    HasSubstr("fail  data directory: ")));
}

}  // namespace
}  // namespace leat::cli
