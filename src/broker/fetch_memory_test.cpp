#include "broker/fetch_memory.hpp"

#include <gtest/gtest.h>

#include "storage/testing/sim_disk.hpp"

namespace leat::broker {
namespace {

TEST(FetchMemory, counts_slices_in_files_for_as_long_as_one_is_held) {
    FetchMemory memory{1000, 2};
    storage::SimDisk disk;
    const auto file = *disk.open("/file", storage::OpenMode::create);
    const auto slice = [&] {
        FileSlice made{file, file->descriptor(), 0, 1};
        memory.hold(made);
        return made;
    };
    const auto first = slice();
    EXPECT_EQ(first.owner.get(), file.get()) << "whoever holds it finds the file";
    EXPECT_TRUE(memory.has_files());
    std::optional<FileSlice> second = slice();
    EXPECT_FALSE(memory.has_files());
    auto copy = second;
    second.reset();
    EXPECT_FALSE(memory.has_files()) << "the copy holds the file, too";
    copy.reset();
    EXPECT_TRUE(memory.has_files());
}

TEST(FetchMemory, counts_bytes_for_as_long_as_they_are_held) {
    FetchMemory memory{1000, 2};
    const auto all = memory.allowance();
    auto slice = SharedSlice::of(Bytes(400));
    memory.hold(slice, 400);
    EXPECT_EQ(memory.used(), 400U);
    EXPECT_LT(memory.allowance(), all);
    slice = {};
    EXPECT_EQ(memory.used(), 0U);
    EXPECT_EQ(memory.allowance(), all);
}

}  // namespace
}  // namespace leat::broker
