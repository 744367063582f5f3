// E6: bits flipped at rest in closed segments. That batch and no other cannot be read, and nothing
// is deleted.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "base/log.hpp"
#include "storage/testing/log_rig.hpp"

namespace leat::crash {
namespace {

using storage::LogRig;
using storage::SimDisk;

class Damage : public testing::Test {
protected:
    Damage() {
        log::Options options;
        options.level = log::Level::off;
        log::configure(options);
        config.segment_bytes = 1500;
        config.index_interval_bytes = 300;
        LogRig rig{disk, config};
        EXPECT_TRUE(rig.start().ok());
        for (int i = 0; i < 40; ++i) {
            values.push_back("value " + std::to_string(i) + std::string(i % 60, '.'));
            EXPECT_EQ(rig.append(storage::batch_of({values.back()})).base_offset, i);
        }
        rig.settle();
        EXPECT_TRUE(rig.stop().ok());
        disk.sync_all();
    }

    // The offset of the batch that holds byte `at` of the segment that begins at `base`.
    std::int64_t offset_at(const Bytes& segment, std::size_t at) {
        std::size_t begin = 0;
        for (;;) {
            const auto header = kafka::BatchHeader::read(ByteView{segment}.subspan(begin));
            if (at < begin + header->size()) return header->base_offset;
            begin += header->size();
        }
    }

    SimDisk disk;
    storage::LogConfig config;
    std::vector<std::string> values;
};

TEST_F(Damage, of_a_closed_segment_costs_that_batch_only) {
    const char* wanted = std::getenv("LEAT_DAMAGE_CASES");
    const int cases = wanted == nullptr ? 500 : std::atoi(wanted);
    std::mt19937_64 random{6};
    const std::vector<std::int64_t> bases = [&] {
        std::vector<std::int64_t> found;
        const auto entries = *disk.list("data/t-0");
        for (const auto& entry : entries)
            if (const auto base = storage::offset_in(entry.name, ".log")) found.push_back(*base);
        return found;
    }();
    ASSERT_GE(bases.size(), 3U);
    for (int i = 0; i < cases; ++i) {
        auto copy = disk.clone(1);
        const auto path =
            "data/t-0/" + storage::file_name(bases[random() % (bases.size() - 1)], ".log");
        const auto before = disk.content(path);
        const auto at = random() % before.size();
        const auto damaged = offset_at(before, at);
        std::size_t in_batch = at;
        while (in_batch > 0 && offset_at(before, in_batch - 1) == damaged) --in_batch;
        in_batch = at - in_batch;
        copy->corrupt(path, at, static_cast<std::byte>(1 << random() % 8));

        LogRig rig{*copy, config};
        const auto started = rig.start();
        ASSERT_TRUE(started.ok()) << started.error().what;
        const bool in_leader_epoch = in_batch >= 12 && in_batch < 16;
        for (std::int64_t offset = 0; offset < 40; ++offset) {
            const auto read = rig.fetch(offset, 1);
            const auto where = "case " + std::to_string(i) + ", byte " + std::to_string(at) + " of "
                               + path + ", offset " + std::to_string(offset);
            if (offset == damaged && !in_leader_epoch) {
                ASSERT_EQ(read.fault, storage::LogFault::corrupt) << where;
                continue;
            }
            ASSERT_EQ(read.fault, storage::LogFault::none) << where << ": " << read.what;
            const auto header = kafka::BatchHeader::read(read.data.parts.at(0).bytes);
            ASSERT_EQ(header->base_offset, offset) << where;
        }
        auto now = copy->content(path);
        ASSERT_EQ(now.size(), before.size());
    }
}

TEST_F(Damage, below_the_recovery_point_of_the_last_segment_refuses_to_open) {
    std::int64_t last = 0;
    const auto entries = *disk.list("data/t-0");
    for (const auto& entry : entries)
        if (const auto base = storage::offset_in(entry.name, ".log")) last = std::max(last, *base);
    const auto path = "data/t-0/" + storage::file_name(last, ".log");
    auto copy = disk.clone(1);
    auto bytes = copy->content(path);
    bytes.resize(bytes.size() - 1);
    copy->content(path) = bytes;
    copy->sync_all();
    LogRig rig{*copy, config};
    const auto started = rig.start();
    ASSERT_FALSE(started.ok());
    EXPECT_EQ(started.error().code, Errc::corrupt);
    EXPECT_NE(started.error().what.find(path), std::string::npos) << started.error().what;
    EXPECT_EQ(copy->content(path), bytes);
}

}  // namespace
}  // namespace leat::crash
