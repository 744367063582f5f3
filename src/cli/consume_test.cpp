// `leat consume`: what it follows and survives, and groups, on a broker.
#include <gmock/gmock.h>
#include <pty.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <future>

#include "cli/group_state.hpp"
#include "cli/leat_for_test.hpp"
#include "cli/range.hpp"
#include "cli/topic_choice.hpp"
#include "client/group_member.hpp"
#include "client/topic_follower.hpp"

namespace leat::cli {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

// Follows a topic, looking for changes at every read.
class Follows {
public:
    Follows(const LiveBroker& broker, std::vector<std::string> words)
        : cluster_(broker.connect()), choice_{std::move(words)} {
        std::vector<client::ReadRange> ranges;
        const auto absent = [this](const std::string& what) { told_ += what + "\n"; };
        for (const auto& name : find_topics(cluster_, choice_, absent).value())
            for (auto& range : resolve(cluster_, {.topic = name}).value())
                ranges.push_back(std::move(range));
        client::Following following{
            .wants = [this](const std::string& name) { return choice_.wants(name); },
            .refresh = std::chrono::milliseconds{0}};
        if (!choice_.has_pattern()) following.names = choice_.words;
        follower_.emplace(cluster_, std::move(ranges),
                          client::FetchOptions{.max_wait = std::chrono::milliseconds{20}},
                          std::move(following),
                          [this](const std::string& what) { told_ += what + "\n"; });
    }

    // The values that come next, in any order.
    std::vector<std::string> next(std::size_t count) {
        std::vector<std::string> values;
        while (values.size() < count)
            EXPECT_TRUE(follower_
                            ->read([&](const client::ReadRecord& read) {
                                values.emplace_back(as_text(*read.record.value));
                                return true;
                            })
                            .ok());
        return values;
    }
    // Reads until it is told of this.
    void until_told(std::string_view what) {
        while (told_.find(what) == std::string::npos)
            EXPECT_TRUE(follower_->read([](const client::ReadRecord&) { return true; }).ok());
    }
    const std::string& told() const { return told_; }

private:
    client::Cluster cluster_;
    TopicChoice choice_;
    std::optional<client::TopicFollower> follower_;
    std::string told_;
};

void put(const LiveBroker& broker, const std::string& topic, const std::string& partition,
         std::string_view lines) {
    const Directory directory;
    broker.run({"produce", topic, "-q", "-p", partition, "-f", directory.file("lines", lines)});
}

TEST(Consume, waits_for_a_topic_that_does_not_exist_yet) {
    const LiveBroker broker;
    Follows follows{broker, {"later"}};
    EXPECT_THAT(follows.told(), HasSubstr("topic 'later' does not exist"));
    put(broker, "later", "0", "a\n");
    EXPECT_THAT(follows.next(1), ElementsAre("a"));
}

TEST(Consume, finds_no_topic_where_none_is_if_it_is_not_to_wait) {
    const LiveBroker broker;
    auto cluster = broker.connect();
    for (const auto* word : {"absent", "absent*"}) {
        const auto found = find_topics(cluster, {{word}});
        ASSERT_FALSE(found.ok());
        EXPECT_EQ(found.error().code, Errc::not_found);
    }
}

TEST(Consume, follows_partitions_that_are_added) {
    const LiveBroker broker;
    broker.run({"topic", "create", "t", "-p", "1"});
    put(broker, "t", "0", "a\n");
    Follows follows{broker, {"t"}};
    EXPECT_THAT(follows.next(1), ElementsAre("a"));
    broker.run({"topic", "alter", "t", "-p", "3"});
    put(broker, "t", "2", "b\nc\n");
    put(broker, "t", "0", "d\n");
    EXPECT_THAT(follows.next(3), UnorderedElementsAre("b", "c", "d"));
    EXPECT_THAT(follows.told(), HasSubstr("t-2 is new; reading it from its beginning"));
}

TEST(Consume, survives_that_the_topic_is_made_anew) {
    const LiveBroker broker;
    broker.run({"topic", "create", "t", "other", "-p", "1"});
    put(broker, "t", "0", "old 0\nold 1\n");
    Follows follows{broker, {"t", "other"}};
    EXPECT_THAT(follows.next(2), ElementsAre("old 0", "old 1"));
    broker.run({"topic", "delete", "t"});
    follows.until_told("topic 't' is gone; waiting for it");
    put(broker, "other", "0", "still read\n");
    EXPECT_THAT(follows.next(1), ElementsAre("still read"));
    broker.run({"topic", "create", "t", "-p", "1"});
    // More than the old one held: its offsets would point into the middle.
    put(broker, "t", "0", "0\n1\n2\n3\n");
    EXPECT_THAT(follows.next(4), ElementsAre("0", "1", "2", "3"));
}

TEST(Consume, notices_a_topic_that_was_made_anew_between_two_reads) {
    const LiveBroker broker;
    broker.run({"topic", "create", "t", "-p", "1"});
    put(broker, "t", "0", "old 0\nold 1\n");
    Follows follows{broker, {"t"}};
    EXPECT_THAT(follows.next(2), ElementsAre("old 0", "old 1"));
    broker.run({"topic", "delete", "t"});
    broker.run({"topic", "create", "t", "-p", "1"});
    put(broker, "t", "0", "0\n1\n2\n");
    EXPECT_THAT(follows.next(3), ElementsAre("0", "1", "2"));
    EXPECT_THAT(follows.told(), HasSubstr("t-0: the topic was made anew"));
}

TEST(Consume, follows_topics_that_fit_a_pattern) {
    const LiveBroker broker;
    broker.run({"topic", "create", "clicks", "-p", "1"});
    put(broker, "clicks", "0", "a\n");
    Follows follows{broker, {"cl*"}};
    EXPECT_THAT(follows.next(1), ElementsAre("a"));
    put(broker, "else", "0", "no\n");
    put(broker, "clacks", "0", "b\n");
    EXPECT_THAT(follows.next(1), ElementsAre("b"));
}

TEST(Consume, reads_several_topics_and_patterns) {
    const LiveBroker broker;
    for (const auto* topic : {"a1", "a2", "b1", "c1"})
        put(broker, topic, "0", std::string{topic} + "\n");
    EXPECT_EQ(broker.run({"consume", "a*", "c1", "-e", "-f", "%t %s\n"}).size(), 3 * 6U);
    broker.run({"consume", "x*", "-e"}, exit_not_found);
    EXPECT_THAT(broker.said(), HasSubstr("no topic fits 'x*'"));
    broker.run({"consume", "a1", "missing", "-e"}, exit_not_found);
    EXPECT_EQ(broker.run({"topic", "list", "a*"}),
              "TOPIC  PARTITIONS  REPLICATION  INTERNAL\n"
              "a1              1            1  no\n"
              "a2              1            1  no\n");
}

// Standard output is a terminal while it lives.
class OnTerminal {
public:
    OnTerminal() : kept_(dup(STDOUT_FILENO)) {
        std::fflush(stdout);
        check(openpty(&master_, &slave_, nullptr, nullptr, nullptr) == 0, "a terminal");
        dup2(slave_, STDOUT_FILENO);
    }
    ~OnTerminal() {
        for (const int each : {kept_, master_, slave_}) close(each);
    }
    OnTerminal(const OnTerminal&) = delete;
    OnTerminal& operator=(const OnTerminal&) = delete;

    // What it was sent; then standard output is again what it was.
    std::string end() {
        std::fflush(stdout);
        dup2(kept_, STDOUT_FILENO);
        std::string text(4096, '\0');
        const auto got = read(master_, text.data(), text.size());
        text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
        return text;
    }

private:
    int kept_, master_ = -1, slave_ = -1;
};

TEST(Consume, sends_a_terminal_nothing_that_commands_it) {
    const LiveBroker broker;
    put(broker, "t", "0", "a\x1b[2Jb\x7f\xc2\x9b\xff\n");
    for (const std::string form : {"-Kx", "--json", "-J", "-f%k%s%h\\n"}) {
        Leat leat;
        leat.session.bootstrap = broker.address();
        const std::array argv{"leat", "consume", "t", "-e", form.c_str()};
        OnTerminal terminal;
        const int code = run_command_line(leat.root, static_cast<int>(argv.size()), argv.data());
        const auto sent = terminal.end();
        EXPECT_EQ(code, exit_ok);
        EXPECT_GT(sent.size(), 10U);
        for (const auto* control : {"\x1b", "\x7f", "\xc2\x9b", "\xff"})
            EXPECT_EQ(sent.find(control), std::string::npos) << form << sent;
    }
    EXPECT_THAT(broker.run({"consume", "t", "-e"}), HasSubstr("\x1b[2J"));
}

TEST(ConsumeInGroup, goes_on_where_it_was) {
    const LiveBroker broker;
    broker.run({"topic", "create", "t", "-p", "1"});
    put(broker, "t", "0", "1\n2\n3\n4\n5\n");
    EXPECT_EQ(broker.run({"consume", "t", "--group", "g", "-c", "2"}), "1\n2\n");
    EXPECT_EQ(broker.run({"consume", "t", "--group", "g", "-c", "2"}), "3\n4\n");
    EXPECT_EQ(broker.run({"consume", "t", "--group", "g", "-e"}), "5\n");
    EXPECT_EQ(broker.run({"consume", "t", "--group", "g", "-e"}), "");
    // It has left: nobody waits for a session to end.
    EXPECT_THAT(broker.run({"group", "describe", "g"}),
                AllOf(HasSubstr("Empty"), HasSubstr("lag 0")));
}

TEST(ConsumeInGroup, keeps_the_place_where_it_began) {
    const LiveBroker broker;
    put(broker, "t", "0", "before\n");
    EXPECT_EQ(broker.run({"consume", "t", "-g", "g", "-o", "end", "-e"}), "");
    put(broker, "t", "0", "meanwhile\n");
    EXPECT_EQ(broker.run({"consume", "t", "-g", "g", "-o", "end", "-e"}), "meanwhile\n");
}

TEST(ConsumeInGroup, shares_the_partitions_with_another_member) {
    const LiveBroker broker;
    broker.run({"topic", "create", "t", "-p", "4"});
    auto clusters = std::array{broker.connect(), broker.connect()};
    client::GroupMember first{clusters[0],
                              {.group = "g", .topics = {"t"}, .heartbeat_interval = {}}};
    EXPECT_EQ(first.join().value().size(), 4U);
    auto second = std::async(std::launch::async, [&] {
        client::GroupMember member{clusters[1], {.group = "g", .topics = {"t"}}};
        const auto count = member.join().value().size();
        EXPECT_TRUE(member.leave().ok());
        return count;
    });
    while (first.keep_alive().value()) client::pause_for(std::chrono::milliseconds{1});
    EXPECT_EQ(first.join().value().size(), 2U);
    EXPECT_EQ(second.get(), 2U);
    while (first.keep_alive().value()) client::pause_for(std::chrono::milliseconds{1});
    // What it commits for a generation that is over is still good until the next one.
    EXPECT_TRUE(first.commit({{.partition = {"t", 0}, .offset = 0}}).value());
    EXPECT_EQ(first.join().value().size(), 4U);
    EXPECT_TRUE(first.leave().ok());
}

TEST(ConsumeInGroup, commits_and_leaves_when_it_is_told_to_stop) {
    const LiveBroker broker;
    put(broker, "t", "0", "1\n2\n3\n");
    auto told = std::async(std::launch::async, [&] {
        auto cluster = broker.connect();
        for (;;) {
            const auto group = describe_group(cluster, "g");
            if (group && group->state == "Stable") break;
            client::pause_for(std::chrono::milliseconds{1});
        }
        raise(SIGTERM);
    });
    const auto printed = broker.run({"consume", "t", "-g", "g"});
    told.get();
    const auto left = 3 - std::ranges::count(printed, '\n');
    // Told so early that it had not begun, it commits nothing.
    const auto began = HasSubstr("lag " + std::to_string(left) + " in 1 partition");
    const auto did_not = HasSubstr("lag 0 in 0 partitions");
    const auto state = broker.run({"group", "describe", "g"});
    EXPECT_THAT(state, HasSubstr("Empty"));
    if (printed.empty())
        EXPECT_THAT(state, AnyOf(began, did_not));
    else
        EXPECT_THAT(state, began);
}

TEST(ConsumeInGroup, refuses_what_a_group_decides) {
    const LiveBroker broker;
    broker.run({"consume", "t", "-g", "g", "-p", "0"}, exit_usage);
    EXPECT_THAT(broker.said(), HasSubstr("--group and --partition exclude each other"));
    broker.run({"consume", "t", "-g", "g", "-e"}, exit_not_found);
}

}  // namespace
}  // namespace leat::cli
