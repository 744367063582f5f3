// The reader of a dead broker's files finds every planted fault, in what is settled too.
#include "log_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "broker_process.hpp"
#include "test_batches.hpp"

namespace leat::crash {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

const std::string first = "00000000000000000000.log";
const std::string second = "00000000000000000100.log";
const std::string third = "00000000000000000150.log";

// Two segments that are settled, the second of which will go on.
class LogFilesTest : public testing::Test {
protected:
    LogFilesTest() {
        std::filesystem::create_directory(dir());
        write(first, batch_of(0, some_records()) + batch_of(50, some_records()));
        write(second, batch_of(100, some_records()));
        EXPECT_EQ(offsets(Tail::whole).size(), 150U);
        files.settle();
    }
    std::filesystem::path dir() const { return scratch.path() + "/t-0"; }
    std::string bytes_of(const std::string& name) const {
        std::ifstream file{dir() / name, std::ios::binary};
        return {std::istreambuf_iterator<char>{file}, {}};
    }
    void write(const std::string& name, const std::string& bytes) const {
        std::ofstream{dir() / name, std::ios::binary} << bytes;
    }
    std::vector<std::int64_t> offsets(Tail tail) {
        std::vector<std::int64_t> offsets;
        const auto contents = files.read(tail);
        for (const auto& [offset, value] : contents.at(0)) offsets.push_back(offset);
        return offsets;
    }
    void expect_flagged(const std::string& how) {
        for (const auto tail : {Tail::whole, Tail::may_be_torn})
            EXPECT_THAT([&] { files.read(tail); },
                        ThrowsMessage<std::runtime_error>(HasSubstr(how)));
    }
    ScratchDir scratch{"log-files"};
    LogFiles files{scratch.path(), {{"t", 0}}};
};

TEST_F(LogFilesTest, gives_what_stands_behind_what_is_settled) {
    EXPECT_TRUE(offsets(Tail::whole).empty());
    write(second, bytes_of(second) + batch_of(150, some_records()));
    write("00000000000000000200.log", batch_of(200, some_records()));
    for (int i = 0; i < 2; ++i) {
        const auto found = offsets(Tail::whole);
        ASSERT_EQ(found.size(), 100U);
        EXPECT_EQ(found.front(), 150);
        EXPECT_EQ(found.back(), 249);
    }
    files.settle();
    EXPECT_TRUE(offsets(Tail::whole).empty());
}
TEST_F(LogFilesTest, lets_a_tail_be_torn_after_a_kill_and_settles_what_is_whole) {
    const auto whole = bytes_of(second);
    write(second, whole + batch_of(150, some_records()) + "torn");
    EXPECT_EQ(offsets(Tail::may_be_torn).size(), 50U);
    files.settle();
    EXPECT_THAT([&] { files.read(Tail::whole); },
                ThrowsMessage<std::runtime_error>(HasSubstr("a cut header")));
    write(second, whole + batch_of(150, some_records()));
    EXPECT_TRUE(offsets(Tail::whole).empty());
}
TEST_F(LogFilesTest, passes_over_empty_segments) {
    write(third, "");
    EXPECT_TRUE(offsets(Tail::whole).empty());
    files.settle();
    std::filesystem::remove(dir() / third);
    EXPECT_TRUE(offsets(Tail::whole).empty());
}
TEST_F(LogFilesTest, flags_every_settled_byte_that_is_changed) {
    for (const auto& name : {first, second}) {
        const auto good = bytes_of(name);
        for (std::size_t byte = 0; byte < good.size(); byte += 97) {
            auto bad = good;
            bad[byte] = static_cast<char>(bad[byte] ^ (1 << (byte % 8)));
            write(name, bad);
            expect_flagged("is not what was settled");
        }
        write(name, good);
    }
}
TEST_F(LogFilesTest, flags_settled_bytes_that_are_cut_off) {
    write(second, bytes_of(second).substr(0, 1000));
    expect_flagged("is not what was settled");
    write(second, "");
    expect_flagged("has lost segments");
}
TEST_F(LogFilesTest, flags_a_settled_batch_that_another_whole_one_stands_for) {
    auto records = some_records();
    std::swap(records[3], records[4]);
    write(first, batch_of(0, records) + batch_of(50, some_records()));
    expect_flagged("is not what was settled");
}
TEST_F(LogFilesTest, flags_a_settled_segment_that_is_gone) {
    const auto bytes = bytes_of(first);
    std::filesystem::remove(dir() / first);
    expect_flagged("stands where " + first + " was settled");
    write(first, bytes);
    std::filesystem::remove(dir() / second);
    expect_flagged("has lost segments");
}
TEST_F(LogFilesTest, flags_a_segment_between_settled_ones) {
    write("00000000000000000050.log", batch_of(50, some_records()));
    expect_flagged("stands where " + second + " was settled");
}
TEST_F(LogFilesTest, flags_a_settled_segment_that_grows_before_others) {
    write(first, bytes_of(first) + batch_of(100, some_records()));
    expect_flagged("has grown although others follow");
}
TEST_F(LogFilesTest, flags_torn_batches_behind_what_is_settled) {
    write(second, bytes_of(second) + "torn");
    write(third, batch_of(150, some_records()));
    expect_flagged("a cut header");
}

}  // namespace
}  // namespace leat::crash
