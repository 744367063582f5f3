// What completion offers at each place of a command line.
#include "cli/completion.hpp"

#include <gmock/gmock.h>

#include "cli/commands.hpp"
#include "cli/session.hpp"

namespace leat::cli {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct Asked {
    explicit Asked(const std::vector<std::string>& line) {
        Command root{"leat", "Leat"};
        Session session;
        add_common_options(root, session);
        for (const auto add : {add_broker, add_up, add_topic, add_produce, add_consume, add_group,
                               add_log, add_completion})
            add(root, session);
        completion = complete(root, line);
        for (const auto& each : completion.candidates) words.push_back(each.word);
    }
    Completion completion;
    std::vector<std::string> words;
};

TEST(Completion, offers_the_commands_that_begin_so) {
    EXPECT_THAT(Asked({"t"}).words, ElementsAre("topic"));
    EXPECT_THAT(Asked({"topic", "d"}).words, ElementsAre("describe", "delete"));
    EXPECT_THAT(Asked({""}).words, Contains("consume"));
    EXPECT_THAT(Asked({""}).words, Not(Contains("__complete")));
    EXPECT_EQ(Asked({"topic", "desc"}).completion.candidates.at(0).about,
              "Show partitions, offsets, sizes and configurations");
}

TEST(Completion, offers_the_options_of_the_command_and_of_those_above) {
    EXPECT_THAT(Asked({"group", "reset", "g", "--e"}).words, ElementsAre("--execute"));
    EXPECT_THAT(Asked({"group", "reset", "g", "--"}).words, Contains("--bootstrap"));
    EXPECT_THAT(Asked({"topic", "delete", "--", "--"}).words, IsEmpty());
}

TEST(Completion, knows_what_a_value_is) {
    EXPECT_THAT(Asked({"produce", "t", "-z", "z"}).words, ElementsAre("zstd"));
    EXPECT_THAT(Asked({"produce", "t", "--compression=z"}).words,
                ElementsAre("--compression=zstd"));
    EXPECT_EQ(Asked({"produce", ""}).completion.values, Values::topics);
    EXPECT_EQ(Asked({"topic", "describe", "a", "b"}).completion.values, Values::topics);
    EXPECT_EQ(Asked({"group", "describe", ""}).completion.values, Values::groups);
    EXPECT_EQ(Asked({"produce", "t", "-f", "x"}).completion.values, Values::files);
    EXPECT_EQ(Asked({"group", "delete", "g", "--topic", ""}).completion.values, Values::topics);
    EXPECT_THAT(Asked({"consume", "t", "-o", ""}).words, IsEmpty());
    EXPECT_EQ(Asked({"log", "dump", ""}).completion.values, Values::files);
    EXPECT_EQ(Asked({"log", "verify", "--data", ""}).completion.values, Values::files);
}

TEST(Completion, offers_what_stands_below_a_command_that_does_something_itself) {
    EXPECT_THAT(Asked({"broker", "d"}).words, ElementsAre("doctor"));
    EXPECT_THAT(Asked({"broker", "doctor", "--conf"}).words, Contains("--config"));
}

TEST(Completion, asks_the_broker_that_the_line_names) {
    EXPECT_EQ(Asked({"topic", "-b", "h:1", "describe", ""}).completion.bootstrap, "h:1");
    EXPECT_EQ(Asked({"consume", ""}).completion.bootstrap, std::nullopt);
}

TEST(Completion, goes_on_behind_what_is_wrong) {
    EXPECT_EQ(Asked({"topic", "describe", "--nonsense", ""}).completion.values, Values::topics);
    EXPECT_THAT(Asked({}).words, IsEmpty());
}

TEST(Completion, has_a_script_for_each_shell) {
    for (const auto* shell : {"bash", "zsh", "fish"})
        EXPECT_THAT(completion_script(shell), HasSubstr("leat __complete"));
}

}  // namespace
}  // namespace leat::cli
