// Kafka's DumpLogSegments reads our segments, indexes and snapshots and finds nothing wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "storage/posix_disk.hpp"
#include "storage/testing/log_rig.hpp"
#include "storage/testing/remove_tree.hpp"

namespace leat::storage {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Dump {
    int status = -1;
    std::string text;
};

Dump dump(const std::string& arguments) {
    const auto command = "java -cp '" + std::string{std::getenv("LEAT_KAFKA_LIBS")}
                         + "/*' kafka.tools.DumpLogSegments " + arguments + " 2>&1";
    Dump result;
    FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) return result;
    std::array<char, 4096> buffer{};
    while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) result.text += buffer.data();
    result.status = WEXITSTATUS(::pclose(pipe));
    return result;
}

TEST(DumpLogSegments, finds_nothing_wrong_with_our_files) {
    if (std::getenv("LEAT_KAFKA_LIBS") == nullptr)
        GTEST_SKIP() << "LEAT_KAFKA_LIBS does not name a folder with Kafka's jars";
    std::string root = "/tmp/leat_dump_log_XXXXXX";
    ASSERT_NE(::mkdtemp(root.data()), nullptr);
    ASSERT_EQ(::chdir(root.c_str()), 0);
    PosixDisk disk;
    LogConfig config;
    config.segment_bytes = 40'000;
    LogRig rig{disk, config};
    ASSERT_TRUE(rig.start().ok());
    for (int i = 0; i < 300; ++i) {
        const auto value = "value " + std::to_string(i) + std::string(300, '.');
        auto batch = i % 2 == 0 ? idempotent(7, 1, i / 2, {value}) : batch_of({value}, 1000 + i);
        ASSERT_EQ(rig.append(std::move(batch)).fault, LogFault::none);
        if (i % 16 == 0) rig.settle();
    }
    ASSERT_TRUE(rig.stop().ok());

    std::string logs;
    std::string indexes;
    std::string snapshots;
    const auto entries = *disk.list("data/t-0");
    for (const auto& entry : entries) {
        const auto add = [&](std::string& list) {
            list += (list.empty() ? "" : ",") + root + "/data/t-0/" + entry.name;
        };
        if (entry.name.ends_with(".log")) add(logs);
        if (entry.name.ends_with(".index") || entry.name.ends_with(".timeindex")) add(indexes);
        if (entry.name.ends_with(".snapshot")) add(snapshots);
    }
    const auto records = dump("--print-data-log --deep-iteration --files " + logs);
    EXPECT_EQ(records.status, 0) << records.text;
    EXPECT_THAT(records.text, HasSubstr("offset: 299 "));
    EXPECT_THAT(records.text, HasSubstr("payload: value 150"));
    EXPECT_THAT(records.text, Not(HasSubstr("isvalid: false")));
    const auto index = dump("--index-sanity-check --files " + indexes);
    EXPECT_EQ(index.status, 0) << index.text;
    EXPECT_THAT(index.text, HasSubstr("passed sanity check"));
    const auto verified = dump("--verify-index-only --files " + indexes);
    EXPECT_EQ(verified.status, 0) << verified.text;
    EXPECT_THAT(verified.text, Not(HasSubstr("Mismatches")));
    EXPECT_THAT(verified.text, Not(HasSubstr("Found ")));
    const auto producers = dump("--files " + snapshots);
    EXPECT_EQ(producers.status, 0) << producers.text;
    EXPECT_THAT(producers.text, HasSubstr("producerId: 7"));
    EXPECT_THAT(producers.text, HasSubstr("producerEpoch: 1"));
    EXPECT_TRUE(remove_tree(disk, root).ok());
}

}  // namespace
}  // namespace leat::storage
