// What `leat up` and `leat broker` make of their configuration before they serve.
#include "cli/leat_for_test.hpp"

namespace leat::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// What a start says that is refused.
std::string refused_start(const std::vector<std::string>& words) {
    Leat line;
    EXPECT_EQ(line.run(words), exit_usage);
    return line.said;
}

TEST(Serving, tells_all_that_is_wrong_with_its_configuration_in_one_start) {
    const Directory directory;
    const auto file = directory.file("server.properties",
                                     "num.partitons=3\n"
                                     "num.partitions=many\n"
                                     "listeners=SSL://127.0.0.1:1\n"
                                     "zookeeper.connect=zk:2181\n");
    for (const auto* command : {"up", "broker"}) {
        const auto said = refused_start({command, "--config", file, "--set", "nothing", "--set",
                                         "log.retention.hours=soon", "--admin", "x", "--data-dir",
                                         directory.at("data")});
        EXPECT_THAT(said, HasSubstr("leat: " + file
                                    + ": line 1: unknown configuration key 'num.partitons'; did "
                                      "you mean 'num.partitions'?\n"));
        EXPECT_THAT(
            said, HasSubstr("leat: " + file + ": line 2: invalid value 'many' for num.partitions"));
        EXPECT_THAT(said, HasSubstr("leat: --set takes key=value, not 'nothing'\n"));
        EXPECT_THAT(said, HasSubstr("leat: invalid value 'soon' for log.retention.hours"));
        EXPECT_THAT(said, HasSubstr("'x' is not an address"));
        EXPECT_THAT(said, HasSubstr("leat: listeners: 'SSL://127.0.0.1:1' asks for TLS"));
        // What has no effect is told, too: it may be the reason of what is wrong.
        EXPECT_THAT(said, HasSubstr("leat: zookeeper.connect=zk:2181 has no effect"));
        EXPECT_EQ(std::ranges::count(said, '\n'), 7);
        EXPECT_FALSE(std::filesystem::exists(directory.at("data")));
    }
}

TEST(Serving, names_the_file_that_it_cannot_read_and_reads_on) {
    EXPECT_THAT(refused_start({"up", "--config", "/nowhere/server.properties", "--listen", "x"}),
                AllOf(HasSubstr("cannot read the configuration file /nowhere/server.properties"),
                      HasSubstr("listeners: 'x' is not an address")));
}

// Each start is refused for the value that won.
TEST(Serving, takes_flags_before_set_and_set_before_the_file) {
    const Directory directory;
    const auto file =
        directory.file("server.properties", "listeners=SSL://file:1\nleat.admin.listener=file\n");
    const std::vector<std::string> sets{"--set", "listeners=SSL://set:2", "--set",
                                        "leat.admin.listener=set"};
    std::vector<std::string> words{"up", "--config", file};
    const auto expect = [&](const std::string& name, const std::string& port) {
        const auto said = refused_start(words);
        EXPECT_THAT(said, HasSubstr("listeners: 'SSL://" + name + ":" + port + "'"));
        EXPECT_THAT(said, HasSubstr("leat.admin.listener: '" + name + "'"));
        EXPECT_EQ(std::ranges::count(said, '\n'), 2) << said;
    };
    expect("file", "1");
    words.insert(words.end(), sets.begin(), sets.end());
    expect("set", "2");
    words.insert(words.begin() + 1, {"--listen", "SSL://flag:3", "--admin", "flag"});
    expect("flag", "3");
}

TEST(Serving, takes_the_last_of_several_sets) {
    const auto said = refused_start({"up", "--set", "listeners=SSL://first:1", "--set",
                                     "listeners=SSL://second:2", "--admin", "127.0.0.1:0"});
    EXPECT_THAT(said, AllOf(HasSubstr("'SSL://second:2'"), Not(HasSubstr("first"))));
}

}  // namespace
}  // namespace leat::cli
