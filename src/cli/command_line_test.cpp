// What the command line refuses, and what it says then; completion scripts.
#include "cli/command_line.hpp"

#include <gmock/gmock.h>

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/completion.hpp"
#include "cli/config_edit.hpp"
#include "cli/group_reset.hpp"
#include "cli/group_state.hpp"
#include "kafka/messages/consumer_protocol.hpp"

namespace leat::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The commands as main() puts them together; what they would do is not done.
struct CommandLine {
    CommandLine() {
        app.fallthrough();
        app.require_subcommand(1);
        add_common_options(app, session);
        for (const auto add :
             {add_topic, add_produce, add_consume, add_group, add_config, add_dlq, add_completion})
            add(app, session);
    }

    // The exit code, with what went to standard error in `said`.
    int run(std::vector<std::string> words) {
        std::vector<const char*> argv{"leat"};
        for (const auto& word : words) argv.push_back(word.c_str());
        testing::internal::CaptureStderr();
        testing::internal::CaptureStdout();
        const int code = run_command_line(app, session, static_cast<int>(argv.size()), argv.data());
        printed = testing::internal::GetCapturedStdout();
        said = testing::internal::GetCapturedStderr();
        return code;
    }

    CLI::App app{"Leat", "leat"};
    Session session;
    std::string said;
    std::string printed;
};

std::string refusal(std::vector<std::string> words) {
    CommandLine line;
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
    EXPECT_THAT(refusal({"topic", "create"}), HasSubstr("see 'leat topic create --help'"));
    EXPECT_THAT(refusal({"consume", "a", "b"}), HasSubstr("'b' is one argument too many"));
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
    CommandLine line;
    EXPECT_EQ(line.run({"completion", "bash", "--json", "-b", "h:1"}), exit_ok);
    EXPECT_TRUE(line.session.json);
    EXPECT_EQ(line.session.bootstrap, "h:1");
}

TEST(CommandLine, exits_3_when_no_broker_is_there) {
    CommandLine line;
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

TEST(Completion, offers_commands_and_options_of_each_level) {
    CommandLine line;
    const auto bash = bash_completion(line.app);
    EXPECT_THAT(bash, HasSubstr("\"\") words=\"topic produce consume group config dlq completion"));
    EXPECT_THAT(bash, HasSubstr("\" group\") words=\"list describe reset delete"));
    EXPECT_THAT(bash, HasSubstr("--execute"));
    EXPECT_THAT(bash, HasSubstr("--all-topics"));
    EXPECT_THAT(zsh_completion(line.app), HasSubstr("bashcompinit"));
    EXPECT_THAT(fish_completion(line.app), HasSubstr("-a consume -d 'Print the records"));
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

TEST(Assignment, is_read_from_what_sync_group_carries) {
    kafka::ConsumerProtocolAssignment assignment;
    assignment.assigned_partitions = {{"orders", {2, 0}}};
    Bytes bytes(2);
    store_be<std::int16_t>(bytes.data(), 9);  // newer than any that is known
    const auto body = kafka::encode(assignment, 3).flat();
    bytes.insert(bytes.end(), body.begin(), body.end());
    EXPECT_THAT(read_assignment(bytes), ElementsAre(client::TopicPartition{"orders", 0},
                                                    client::TopicPartition{"orders", 2}));
    EXPECT_THAT(read_assignment(ByteView{bytes}.first(9)), ElementsAre());
    EXPECT_THAT(read_assignment({}), ElementsAre());
}

}  // namespace
}  // namespace leat::cli
