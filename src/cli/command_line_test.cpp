// What the command line refuses, and what it says then.
#include "cli/command_line.hpp"

#include <gmock/gmock.h>

#include "cli/config_edit.hpp"
#include "cli/group_reset.hpp"
#include "cli/group_state.hpp"
#include "cli/leat_for_test.hpp"

namespace leat::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string refusal(std::vector<std::string> words) {
    Leat line;
    EXPECT_EQ(line.run(std::move(words)), exit_usage);
    return line.said;
}

TEST(CommandLine, says_the_nearest_known_name) {
    EXPECT_THAT(refusal({"topc"}), HasSubstr("unknown command 'topc'; did you mean 'topic'?"));
    EXPECT_THAT(refusal({"topic", "descibe", "t"}), HasSubstr("did you mean 'describe'?"));
    EXPECT_THAT(refusal({"topic", "list", "--jsn"}), HasSubstr("did you mean '--json'?"));
    EXPECT_THAT(refusal({"group", "reset", "g", "--al-topics"}),
                HasSubstr("unknown option '--al-topics'"));
}

TEST(CommandLine, points_at_the_help_of_the_command) {
    EXPECT_THAT(refusal({"topic", "create"}),
                HasSubstr("TOPIC is missing (see 'leat topic create --help')"));
    EXPECT_THAT(refusal({"produce", "a", "b"}), HasSubstr("'b' is one argument too many"));
}

TEST(CommandLine, refuses_values_that_make_no_sense) {
    EXPECT_THAT(refusal({"consume", "t", "-o", "middle"}), HasSubstr("no place in a partition"));
    EXPECT_THAT(refusal({"topic", "create", "t", "-p", "0"}), HasSubstr("--partitions"));
    EXPECT_THAT(refusal({"topic", "create", "t", "-c", "x"}), HasSubstr("not KEY=VALUE"));
    EXPECT_THAT(refusal({"topic", "list", "-b", "host:x"}), HasSubstr("is not an address"));
    EXPECT_THAT(refusal({"produce", "t", "-z", "brotli"}), HasSubstr("brotli"));
    EXPECT_THAT(refusal({"group", "reset", "g", "-t", "t:x", "--to", "end"}),
                HasSubstr("TOPIC:PARTITION"));
}

TEST(CommandLine, tells_the_range_of_a_number_that_is_outside) {
    const auto expect = [](std::vector<std::string> words, const std::string& sentence) {
        EXPECT_THAT(refusal(std::move(words)), HasSubstr("leat: " + sentence + " (see"));
    };
    expect({"produce", "t", "-p", "99999999999"},
           "--partition is 0 to 2147483647, not '99999999999'");
    expect({"consume", "t", "-p", "1,-1"}, "--partition is 0 to 2147483647, not '-1'");
    expect({"consume", "t", "-p", "1,"}, "--partition is 0 to 2147483647, not ''");
    expect({"dlq", "show", "t", "-c", "1e9"}, "--count is 0 to 9223372036854775807, not '1e9'");
    expect({"topic", "create", "t", "-r", "32768"}, "--replicas is 1 to 32767, not '32768'");
    expect({"topic", "alter", "t", "-p", "0"}, "--partitions is 1 to 2147483647, not '0'");
    expect({"topic", "list", "--timeout", "0s"}, "--timeout is 1ms to 1d, not '0s'");
    expect({"topic", "list", "--timeout", "999us"}, "--timeout is 1ms to 1d, not '999us'");
    expect({"topic", "list", "--timeout", "25h"}, "--timeout is 1ms to 1d, not '25h'");
    expect({"config", "get", "--broker", "x"}, "--broker is 0 to 2147483647, not 'x'");
    expect({"group", "reset", "g", "--all-topics", "--shift-by", "9223372036854775808"},
           "--shift-by is a whole number, not '9223372036854775808'");
    expect({"produce", "t", "--acks", "0"}, "--acks is all or 1, not '0'");
}

TEST(CommandLine, takes_a_duration_with_its_unit_alone) {
    EXPECT_THAT(refusal({"topic", "list", "--timeout", "30"}),
                HasSubstr("--timeout is a duration with its unit, such as 500ms, 30s or 5min, not "
                          "'30'; write 30s for seconds (see"));
    Leat leat;
    for (const auto& [text, ms] :
         {std::pair{"500ms", 500}, {"30s", 30'000}, {"5min", 300'000}, {"24h", 86'400'000}}) {
        CommandLine given{leat.root};
        ASSERT_TRUE(given.read(std::string{"--timeout="} + text).ok());
        ASSERT_TRUE(given.apply().ok());
        EXPECT_EQ(leat.session.timeout_ms(), ms);
    }
}

TEST(CommandLine, takes_an_empty_value_for_a_mistake) {
    // `config set -t "$UNSET" …` would otherwise change every broker.
    EXPECT_THAT(refusal({"config", "set", "-t", "", "a=b"}), HasSubstr("--topic is empty"));
    EXPECT_THAT(refusal({"up", "--data-dir="}), HasSubstr("--data-dir is empty"));
    EXPECT_THAT(refusal({"topic", "delete", ""}), HasSubstr("TOPIC is empty"));
}

TEST(CommandLine, reads_options_as_getopt_does) {
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"completion", "bash", "-b", "h:1", "--json"},
             {"-bh:1", "--json", "completion", "bash"},
             {"completion", "--json", "--bootstrap=h:1", "--", "bash"}}) {
        Leat line;
        EXPECT_EQ(line.run(words), exit_ok) << line.said;
        EXPECT_TRUE(line.session.json);
        EXPECT_EQ(line.session.bootstrap, "h:1");
    }
    EXPECT_THAT(refusal({"consume", "t", "-o"}), HasSubstr("--offset needs a value: PLACE"));
    EXPECT_THAT(refusal({"consume", "t", "-o", "--json"}), HasSubstr("'--json' is an option"));
    EXPECT_THAT(refusal({"consume", "t", "-eJx"}), HasSubstr("unknown option '-x'"));
    EXPECT_THAT(refusal({"consume", "t", "--json=1"}), HasSubstr("--json takes no value"));
    EXPECT_THAT(refusal({"consume", "t", "-c", "1", "--count=2"}),
                HasSubstr("--count is given more than once"));
    EXPECT_THAT(refusal({"produce", "t", "--whole"}), HasSubstr("only with --file"));
    EXPECT_THAT(refusal({"topic", "delete", "t", "--", "--if-exists", ""}), HasSubstr("is empty"));
}

TEST(CommandLine, takes_what_looks_like_a_negative_number_for_a_value) {
    Command root{"leat", "Leat"};
    std::vector<std::string> words;
    std::int64_t number = 0;
    root.texts("WORD", words, "");
    root.number("-n", number, {}, "");
    CommandLine line{root};
    for (const auto* word : {"-5", "-n", "-7", "-", "--", "-n"}) ASSERT_TRUE(line.read(word).ok());
    ASSERT_TRUE(line.apply().ok());
    EXPECT_THAT(words, ElementsAre("-5", "-", "-n"));
    EXPECT_EQ(number, -7);
}

TEST(CommandLine, takes_the_environment_for_what_is_not_given) {
    Command root{"leat", "Leat"};
    std::int32_t number = 1;
    root.number("--number", number, {0, 9}, "").from_environment("LEAT_TEST_NUMBER");
    setenv("LEAT_TEST_NUMBER", "7", 1);
    ASSERT_TRUE(CommandLine{root}.apply().ok());
    EXPECT_EQ(number, 7);
    setenv("LEAT_TEST_NUMBER", "10", 1);
    EXPECT_EQ(CommandLine{root}.apply().error().what, "LEAT_TEST_NUMBER is 0 to 9, not '10'");
    CommandLine given{root};
    ASSERT_TRUE(given.read("--number=3").ok());
    ASSERT_TRUE(given.apply().ok());
    EXPECT_EQ(number, 3);
    unsetenv("LEAT_TEST_NUMBER");
}

TEST(Help, tells_every_command_and_argument) {
    Leat line;
    EXPECT_EQ(line.run({"--help"}), exit_ok);
    for (const auto* name :
         {"up", "topic", "produce", "completion", "LEAT_BOOTSTRAP", "default 30s"})
        EXPECT_THAT(line.printed, HasSubstr(name));
    EXPECT_THAT(line.printed, Not(HasSubstr("__complete")));
    EXPECT_EQ(line.run({"group", "reset", "--help"}), exit_ok);
    EXPECT_THAT(line.printed, HasSubstr("Usage: leat group reset GROUP [OPTIONS]"));
    EXPECT_THAT(line.printed, HasSubstr("Exactly one of:\n  --to PLACE"));
    EXPECT_THAT(line.printed, HasSubstr("--execute"));
    EXPECT_EQ(line.run({"topic", "create", "-h"}), exit_ok);
}

TEST(CommandLine, wants_exactly_one_of_what_excludes_each_other) {
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"group", "reset", "g", "-t", "t"},
             {"group", "reset", "g", "--to", "end"},
             {"group", "reset", "g", "-t", "t", "--to", "end", "--shift-by", "1"},
             {"group", "reset", "g", "-t", "t", "--to", "end", "--execute", "--dry-run"},
             {"config", "get"},
             {"config", "get", "-t", "t", "--broker", "1"}})
        EXPECT_NE(refusal(words), "");
}

TEST(CommandLine, shows_the_help_when_no_command_is_given) {
    EXPECT_THAT(refusal({}), HasSubstr("Usage: leat"));
    EXPECT_THAT(refusal({"topic"}), HasSubstr("describe"));
}

TEST(CommandLine, takes_common_options_at_any_place) {
    Leat line;
    EXPECT_EQ(line.run({"completion", "bash", "--json", "-b", "h:1"}), exit_ok);
    EXPECT_TRUE(line.session.json);
    EXPECT_EQ(line.session.bootstrap, "h:1");
}

TEST(CommandLine, exits_3_when_no_broker_is_there) {
    Leat line;
    EXPECT_EQ(line.run({"topic", "list", "-b", "127.0.0.1:1"}), exit_unreachable);
    EXPECT_THAT(line.said, HasSubstr("cannot reach 127.0.0.1:1"));
}

TEST(ExitCode, follows_the_kind_of_error) {
    EXPECT_EQ(exit_code_of({Errc::unavailable, ""}), exit_unreachable);
    EXPECT_EQ(exit_code_of({Errc::timed_out, ""}), exit_unreachable);
    EXPECT_EQ(exit_code_of({Errc::not_found, ""}), exit_not_found);
    EXPECT_EQ(exit_code_of({Errc::invalid_argument, ""}), exit_refused);
    EXPECT_EQ(exit_code_of({Errc::already_exists, ""}), exit_refused);
}

TEST(TopicSelection, is_a_topic_with_some_of_its_partitions) {
    EXPECT_EQ(parse_selection("orders")->topic, "orders");
    EXPECT_THAT(parse_selection("orders:0,12")->partitions, ElementsAre(0, 12));
    for (const auto* text : {"", ":1", "t:", "t:a", "t:1,", "t:-1"})
        EXPECT_FALSE(parse_selection(text).ok()) << text;
}

TEST(ConfigText, splits_at_the_first_equals_sign) {
    EXPECT_EQ(split_config("a=b=c").name, "a");
    EXPECT_EQ(split_config("a=b=c").value, "b=c");
    EXPECT_EQ(is_config_assignment("a="), "");
    EXPECT_NE(is_config_assignment("=a"), "");
    EXPECT_NE(is_config_assignment("a"), "");
}

TEST(GroupPosition, counts_lag_from_the_begin_when_nothing_is_committed) {
    EXPECT_EQ((GroupPosition{.committed = 5, .begin = 0, .end = 9}.lag()), 4);
    EXPECT_EQ((GroupPosition{.committed = -1, .begin = 3, .end = 9}.lag()), 6);
    EXPECT_EQ((GroupPosition{.committed = 5, .begin = 7, .end = 9}.lag()), 2);
    EXPECT_EQ((GroupPosition{.committed = 12, .begin = 0, .end = 9}.lag()), 0);
    EXPECT_EQ((GroupPosition{.committed = 5}.lag()), -1);
}

TEST(GroupInfo, counts_members_only_where_they_are_known) {
    GroupInfo group{.id = "g",
                    .state = "Stable",
                    .type = "classic",
                    .protocol_type = {},
                    .protocol = {},
                    .members = std::vector<GroupMember>(2)};
    group.members_known = true;
    EXPECT_EQ(group.activity(), "Stable, 2 members");
    group.members_known = false;
    EXPECT_EQ(group.activity(), "Stable");
}

}  // namespace
}  // namespace leat::cli
