// E2, exhaustive: the last batches cut at every byte, every bit of them flipped, every subset of
// their sectors lost; and the same for the files beside the log.
#include <gtest/gtest.h>

#include "base/log.hpp"
#include "storage/testing/log_rig.hpp"

namespace leat::crash {
namespace {

using storage::LogRig;
using storage::SimDisk;

const std::string log_file = "data/t-0/00000000000000000000.log";

class TornTail : public testing::Test {
protected:
    TornTail() {
        log::Options options;
        options.level = log::Level::off;
        log::configure(options);
    }

    // Some synced records, then three batches that no sync covered: plain, idempotent, control.
    void write() {
        LogRig rig{disk};
        ASSERT_TRUE(rig.start().ok());
        for (int i = 0; i < 4; ++i) append(rig, storage::batch_of({"synced " + std::to_string(i)}));
        rig.settle();
        synced_bytes = disk.content(log_file).size();
        rig.flusher->save_checkpoints({});
        rig.settle();
        append(rig, storage::batch_of({std::string(300, 'p'), "plain"}));
        append(rig, storage::idempotent(7, 0, 0, {"idempotent", std::string(200, 'i')}));
        kafka::BatchOptions control;
        control.control = true;
        control.producer_id = 7;
        control.producer_epoch = 0;
        append(rig, storage::batch_of({"control"}, 1000, control));
        rig.die();
        disk.sync_all();
        disk.kill();
        bytes = disk.content(log_file);
    }
    void append(LogRig& rig, Bytes batch) {
        ASSERT_EQ(rig.append(std::move(batch)).fault, storage::LogFault::none);
        ends.push_back(disk.content(log_file).size());
    }

    // Opens a disk whose log is `damaged`: it has to open, keep what was synced and serve whole
    // batches only, which are those before the first damaged byte.
    void expect_recovery(const Bytes& damaged, std::size_t first_damage, const std::string& how) {
        auto copy = disk.clone(1);
        copy->content(log_file) = damaged;
        copy->sync_all();
        LogRig rig{*copy};
        const auto started = rig.start();
        ASSERT_TRUE(started.ok()) << how << ": " << started.error().what;
        const auto whole = static_cast<std::size_t>(
            std::ranges::count_if(ends, [&](std::size_t end) { return end <= first_damage; }));
        ASSERT_EQ(copy->content(log_file).size(), whole == 0 ? 0 : ends[whole - 1]) << how;
        const auto values = rig.values(0);
        ASSERT_GE(values.size(), 4U) << how;
        for (const auto& value : values) ASSERT_NE(value.front(), '!') << how << ": " << value;
        const auto end = rig.log->end_offset();
        ASSERT_EQ(rig.append(storage::batch_of({"after"})).base_offset, end) << how;
        rig.settle();
        ASSERT_EQ(rig.values(0).back(), "after") << how;
    }

    SimDisk disk;
    std::vector<std::size_t> ends;
    std::size_t synced_bytes = 0;
    Bytes bytes;
};

TEST_F(TornTail, is_cut_wherever_the_last_batches_end) {
    write();
    for (auto size = synced_bytes; size <= bytes.size(); ++size)
        expect_recovery({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)}, size,
                        "cut to " + std::to_string(size));
}

TEST_F(TornTail, is_cut_at_whichever_bit_is_wrong) {
    write();
    for (auto at = synced_bytes; at < bytes.size(); ++at) {
        // The leader epoch lies outside of the checksum: a wrong one cannot be told from a right
        // one.
        std::size_t begin = 0;
        for (const auto end : ends)
            if (end <= at) begin = end;
        if (at - begin >= 12 && at - begin < 16) continue;
        for (int bit = 0; bit < 8; ++bit) {
            auto damaged = bytes;
            damaged[at] ^= static_cast<std::byte>(1 << bit);
            expect_recovery(damaged, at,
                            "bit " + std::to_string(bit) + " of byte " + std::to_string(at));
            if (HasFatalFailure()) return;
        }
    }
}

TEST_F(TornTail, is_cut_before_the_first_lost_sector_of_any_subset) {
    write();
    constexpr std::size_t sector = 512;
    const auto first = synced_bytes / sector;
    const auto count = (bytes.size() + sector - 1) / sector - first;
    ASSERT_LE(count, 12U);
    for (unsigned lost = 1; lost < 1U << count; ++lost) {
        auto damaged = bytes;
        std::size_t first_damage = bytes.size();
        for (std::size_t i = 0; i < count; ++i) {
            if ((lost >> i & 1U) == 0) continue;
            const auto begin = std::max((first + i) * sector, synced_bytes);
            const auto end = std::min((first + i + 1) * sector, bytes.size());
            std::fill(damaged.begin() + static_cast<std::ptrdiff_t>(begin),
                      damaged.begin() + static_cast<std::ptrdiff_t>(end), std::byte{0});
            first_damage = std::min(first_damage, begin);
        }
        expect_recovery(damaged, first_damage, "lost sectors " + std::to_string(lost));
    }
}

// Any damage to a file that can be rebuilt: everything is still served.
TEST(SideFile, is_never_trusted_whatever_bit_of_it_is_wrong_or_missing) {
    log::Options options;
    options.level = log::Level::off;
    log::configure(options);
    SimDisk disk;
    storage::LogConfig config;
    config.segment_bytes = 700;
    config.index_interval_bytes = 100;
    LogRig rig{disk, config};
    ASSERT_TRUE(rig.start().ok());
    for (int i = 0; i < 20; ++i)
        ASSERT_EQ(rig.append(storage::idempotent(7, 0, i, {"value " + std::to_string(i)})).fault,
                  storage::LogFault::none);
    rig.settle();
    const auto all = rig.values(0);
    ASSERT_TRUE(rig.stop().ok());
    disk.sync_all();
    std::size_t recoveries = 0;
    const auto expect_all = [&](const std::string& path, const Bytes& damaged) {
        auto copy = disk.clone(1);
        copy->content(path) = damaged;
        copy->sync_all();
        LogRig other{*copy, config};
        const auto started = other.start();
        ASSERT_TRUE(started.ok()) << path << ": " << started.error().what;
        ASSERT_EQ(other.values(0), all) << path;
        for (int i = 0; i < 20; ++i) ASSERT_EQ(other.values(i).size(), all.size() - i) << path;
        ASSERT_TRUE(other.append(storage::idempotent(7, 0, 19, {"value 19"})).duplicate) << path;
        ++recoveries;
    };
    const auto entries = *disk.list("data/t-0");
    for (const auto& entry : entries) {
        if (entry.name.ends_with(".log")) continue;
        const auto path = "data/t-0/" + entry.name;
        const auto content = disk.content(path);
        for (std::size_t at = 0; at < content.size(); ++at) {
            expect_all(path, {content.begin(), content.begin() + static_cast<std::ptrdiff_t>(at)});
            for (int bit = 0; bit < 8 && !testing::Test::HasFatalFailure(); ++bit) {
                auto damaged = content;
                damaged[at] ^= static_cast<std::byte>(1 << bit);
                expect_all(path, damaged);
            }
            if (testing::Test::HasFatalFailure()) return;
        }
    }
    EXPECT_GT(recoveries, 3000U);
}

}  // namespace
}  // namespace leat::crash
