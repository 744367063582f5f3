// What is done to the disk on top, and that nothing of it reaches the one below.
#include "storage/overlay_disk.hpp"

#include <gtest/gtest.h>

#include <random>

#include "storage/testing/sim_disk.hpp"

namespace leat::storage {
namespace {

void write_file_on(Disk& disk, const std::string& path, std::string_view text) {
    const auto file = disk.open(path, OpenMode::create);
    ASSERT_TRUE(file.ok()) << file.error().what;
    ASSERT_TRUE((*file)->write_at(0, as_bytes(text)).ok());
}

std::string text_on(Disk& disk, const std::string& path) {
    const auto bytes = read_file(disk, path, 1 << 20);
    return bytes ? std::string{as_text(*bytes)} : "!" + bytes.error().what;
}

std::vector<std::string> names_on(Disk& disk, const std::string& path) {
    std::vector<std::string> names;
    const auto entries = disk.list(path);
    if (!entries) return {"!" + entries.error().what};
    for (const auto& entry : *entries) names.push_back(entry.name);
    std::ranges::sort(names);
    return names;
}

TEST(OverlayDisk, shows_its_changes_and_leaves_the_disk_below_as_it_was) {
    SimDisk under;
    ASSERT_TRUE(under.make_dir("d").ok());
    write_file_on(under, "d/kept", "kept");
    write_file_on(under, "d/changed", "changed");
    write_file_on(under, "d/renamed", "renamed");
    write_file_on(under, "d/removed", "removed");
    const auto changes = under.changes();

    OverlayDisk disk{under};
    write_file_on(disk, "d/changed", "CH");
    ASSERT_TRUE(disk.rename("d/renamed", "d/anew").ok());
    ASSERT_TRUE(disk.remove("d/removed").ok());
    ASSERT_TRUE(replace_file(disk, "d/made", as_bytes("made")).ok());
    ASSERT_TRUE(disk.make_dir("d/below").ok());
    ASSERT_TRUE(disk.sync_dir("d").ok());

    EXPECT_EQ(text_on(disk, "d/kept"), "kept");
    EXPECT_EQ(text_on(disk, "d/changed"), "CHanged");
    EXPECT_EQ(text_on(disk, "d/anew"), "renamed");
    EXPECT_EQ(names_on(disk, "d"),
              (std::vector<std::string>{"anew", "below", "changed", "kept", "made"}));
    EXPECT_EQ(disk.open("d/removed", OpenMode::read).error().code, Errc::not_found);
    EXPECT_EQ(disk.info("d/renamed").error().code, Errc::not_found);
    EXPECT_EQ(disk.make_dir("d/below").error().code, Errc::already_exists);

    EXPECT_EQ(under.changes(), changes);
    EXPECT_EQ(text_on(under, "d/changed"), "changed");
    EXPECT_EQ(names_on(under, "d"),
              (std::vector<std::string>{"changed", "kept", "removed", "renamed"}));
}

// The same writes and truncations, by seed, on the overlay and on a plain disk.
TEST(OverlayDisk, reads_as_a_plain_disk_does_after_any_writes) {
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random{seed};
        SimDisk under;
        SimDisk plain;
        const std::string begun(random() % 20'000, 'u');
        for (auto* disk : {&under, &plain}) write_file_on(*disk, "f", begun);
        OverlayDisk overlay{under};
        const auto ours = *overlay.open("f", OpenMode::write);
        const auto theirs = *plain.open("f", OpenMode::write);
        for (int i = 0; i < 30; ++i) {
            const auto at = random() % 25'000;
            const std::string text(random() % 9000, static_cast<char>('a' + i % 26));
            const bool cuts = random() % 4 == 0;
            for (const auto& file : {ours, theirs})
                ASSERT_TRUE((cuts ? file->truncate(at) : file->write_at(at, as_bytes(text))).ok());
            ASSERT_EQ(text_on(overlay, "f"), text_on(plain, "f"));
        }
    }
}

}  // namespace
}  // namespace leat::storage
