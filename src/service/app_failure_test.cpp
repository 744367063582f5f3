// What is refused: for good, for a while, or perhaps. No key, partition or start waits for what
// cannot come, and no record is lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <stdexcept>

#include "base/clock.hpp"
#include "service/app_for_test.hpp"

// As a user may name his own; nothing of ours.
struct publish_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

namespace leat::service {
namespace {

using testing::HasSubstr;

struct FailingTick {
    std::string text;
};

std::string tick(const std::string& text) { return R"({"text":")" + text + R"("})"; }

// Letters that do not compress well.
std::string noise(std::size_t size, unsigned seed = 7) {
    std::minstd_rand random{seed};
    std::string text;
    while (text.size() < size) text += static_cast<char>('a' + random() % 26);
    return text;
}

class Failing : public testing::Test {
protected:
    KafkaForTest kafka;
    std::string topic = kafka.unique("ticks");
    std::string out = kafka.unique("tocks");
    std::string group = kafka.unique("clock");
    std::string dead = topic + "." + group + ".dlq";
    std::vector<std::string> quick{"retry.first=1ms", "commit.interval=20ms"};

    bool committed(std::int64_t offset) {
        return eventually([&] { return kafka.committed(group, topic, 0) == offset; });
    }
};

TEST_F(Failing, never_comes_of_topics_that_are_read_returned_or_posted_to_since_they_are_made) {
    const auto posted = kafka.unique("posted");
    AppForTest app{group, kafka, quick};
    app.app()
        .on<FailingTick>(topic, [](const FailingTick& t) { return FailingTick{t.text + "!"}; })
        .to(out);
    app.app().post<FailingTick>("/ticks").publish(posted);
    app.start();
    kafka.produce(topic, "k", tick("a"));
    ASSERT_EQ(kafka.read(out, 1).size(), 1U);
    EXPECT_TRUE(committed(1));
    EXPECT_EQ(app.call("POST", "/ticks", tick("b")).status, 202);
    EXPECT_EQ(kafka.read(posted, 1).size(), 1U);
}

TEST_F(Failing, lays_a_record_aside_whose_handler_publishes_to_a_topic_that_does_not_exist) {
    kafka.create_topic(topic, 1);
    AppForTest app{group, kafka, quick};
    // Endless attempts are for what may work.
    app.app()
        .on<FailingTick>(topic, [&](const FailingTick& t, context& ctx) { ctx.publish(out, t); })
        .retry({.attempts = 0, .first = std::chrono::milliseconds{1}});
    kafka.produce(topic, "k", tick("a"));
    app.start();
    const auto letters = kafka.read(dead, 1);
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].header("leat-error-stage"), "produce");
    EXPECT_EQ(letters[0].header("leat-attempts"), "5");
    EXPECT_THAT(letters[0].header("leat-error-message"), HasSubstr(out));
    EXPECT_TRUE(committed(1));
}

TEST_F(Failing, lays_a_record_aside_at_once_whose_publication_can_never_be_taken) {
    kafka.create_topic(topic, 1);
    kafka.create_topic(out, 1, {{"max.message.bytes", "1000"}});
    AppForTest app{group, kafka, quick};
    app.app()
        .on<FailingTick>(topic,
                         [&](const FailingTick& t, context& ctx) -> task<> {
                             if (t.text == "name") co_await ctx.publish("no such name!", t);
                             if (t.text == "size") ctx.publish(out, FailingTick{noise(5000)});
                         })
        .retry({.attempts = 0});
    kafka.produce(topic, "k", tick("name"));
    kafka.produce(topic, "k", tick("size"));
    app.start();
    const auto letters = kafka.read(dead, 2);
    ASSERT_EQ(letters.size(), 2U);
    for (const auto& letter : letters) {
        EXPECT_EQ(letter.header("leat-error-stage"), "produce");
        EXPECT_EQ(letter.header("leat-attempts"), "1");
    }
    EXPECT_TRUE(committed(2));
}

TEST_F(Failing, does_not_take_a_record_for_too_large_that_only_shared_a_batch_that_was) {
    kafka.create_topic(topic, 1);
    kafka.create_topic(out, 1, {{"max.message.bytes", "2000"}});
    AppForTest app{group, kafka, {"producer.linger=20ms", "commit.interval=20ms"}};
    app.app().on<FailingTick>(topic, [](const FailingTick& t) { return t; }).to(out);
    std::vector<KafkaForTest::KeyAndValue> records;
    for (unsigned i = 0; i < 20; ++i)
        records.emplace_back("k" + std::to_string(i), tick(noise(500, i + 1)));
    kafka.produce_all(topic, records);
    app.start();
    EXPECT_EQ(kafka.read(out, 20).size(), 20U);
    EXPECT_TRUE(committed(20));
    EXPECT_EQ(app.metric("leat_dlq_records_total"), 0);
}

TEST_F(Failing, takes_no_exception_for_ours_because_of_its_name) {
    kafka.create_topic(topic, 1);
    AppForTest app{group, kafka, quick};
    app.app().on<FailingTick>(topic, [](const FailingTick&) { throw ::publish_error{"mine"}; });
    kafka.produce(topic, "k", tick("a"));
    app.start();
    const auto letters = kafka.read(dead, 1);
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].header("leat-error-type"), "publish_error");
    EXPECT_EQ(letters[0].header("leat-error-stage"), "handle");
    EXPECT_EQ(letters[0].header("leat-attempts"), "5");
}

TEST_F(Failing, writes_a_dead_letter_under_its_own_time_into_a_topic_that_keeps_it_for_long) {
    kafka.create_topic(topic, 1, {{"retention.ms", "-1"}});
    const auto before = SystemClock{}.wall_ms();
    constexpr std::int64_t long_ago = 1'000'000'000'000;
    kafka.produce_at(long_ago, topic, "k", "no json");
    AppForTest app{group, kafka, quick};
    app.app().on<FailingTick>(topic, [](const FailingTick&) {});
    app.start();
    const auto letters = kafka.read(dead, 1);
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_GE(letters[0].timestamp_ms, before);
    EXPECT_EQ(letters[0].header("kafka_dlt-original-timestamp"),
              (std::string{"\0\0\0\xe8\xd4\xa5\x10\0", 8}));
    EXPECT_EQ(kafka.config_of(dead, "retention.ms"), "7776000000");
    EXPECT_EQ(kafka.config_of(dead, "retention.bytes"), "-1");
    EXPECT_EQ(kafka.config_of(dead, "cleanup.policy"), "delete");
}

TEST_F(Failing, writes_a_dead_letter_however_little_its_topic_takes) {
    kafka.create_topic(topic, 1);
    kafka.create_topic(dead, 1, {{"max.message.bytes", "2000"}});
    AppForTest app{group, kafka, quick};
    app.app().on<FailingTick>(topic, [](const FailingTick&) {});
    const std::string large = noise(100'000);
    kafka.produce(topic, "k", large, {{"h", "v"}});
    kafka.produce(topic, large, "no json", {{"h", large}});
    app.start();
    auto letters = kafka.read(dead, 2);
    ASSERT_EQ(letters.size(), 2U);
    if (letters[0].key != "k") std::swap(letters[0], letters[1]);
    EXPECT_EQ(letters[0].key, "k");
    EXPECT_EQ(letters[0].value, std::nullopt);
    EXPECT_EQ(letters[0].header("h"), "v");
    EXPECT_EQ(letters[0].header("leat-value-bytes"), "100000");
    EXPECT_EQ(letters[0].header("kafka_dlt-original-topic"), topic);
    EXPECT_EQ(letters[1].key, std::nullopt);
    EXPECT_EQ(letters[1].header("leat-key-bytes"), "100000");
    EXPECT_TRUE(committed(2));
}

TEST_F(Failing, ends_a_start_that_cannot_have_its_topics_with_a_sentence) {
    AppForTest app{group, kafka};
    app.app().topic(topic, {.configs = {{"retention.ms", "soon"}}});
    testing::internal::CaptureStderr();
    EXPECT_EQ(app.app().run(), 1);
    EXPECT_THAT(
        testing::internal::GetCapturedStderr(),
        HasSubstr(group + ": The topic " + topic + " does not exist and cannot be created: "));
}

// The sentence that a declaration ends with; the app must end with 64.
std::string refusal(const std::function<void(app&)>& declare) {
    std::vector<std::string> arguments{"clock", "--embedded", "true"};
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    app under_test{"clock", static_cast<int>(argv.size()), argv.data()};
    declare(under_test);
    testing::internal::CaptureStderr();
    EXPECT_EQ(under_test.run(), 64);
    return testing::internal::GetCapturedStderr();
}

TEST(Declaration, refuses_a_name_that_no_topic_can_have) {
    const auto ignore = [](const FailingTick&) {};
    EXPECT_THAT(refusal([](app& a) { a.topic("my ticks"); }), HasSubstr("'my ticks'"));
    EXPECT_THAT(refusal([&](app& a) { a.on<FailingTick>("", ignore); }), HasSubstr("it is empty"));
    EXPECT_THAT(refusal([&](app& a) { a.on<FailingTick>("t", ignore).to("t/o"); }),
                HasSubstr(".to() of handler clock.t: topic name 't/o'"));
    EXPECT_THAT(refusal([&](app& a) { a.on<FailingTick>("t", ignore).dlq(".."); }),
                HasSubstr("'..'"));
    EXPECT_THAT(refusal([&](app& a) { a.on<FailingTick>("t", ignore).group("a group"); }),
                HasSubstr("name one with .dlq()"));
    EXPECT_THAT(refusal([&](app& a) { a.on<FailingTick>(std::string(240, 't'), ignore); }),
                HasSubstr("name one with .dlq()"));
    EXPECT_THAT(refusal([](app& a) { a.post<FailingTick>("/t").publish("ä"); }),
                HasSubstr("The route POST /t"));
}

TEST(Declaration, refuses_what_cannot_be_meant) {
    const auto ignore = [](const FailingTick&) {};
    EXPECT_THAT(refusal([&](app& a) { a.on<FailingTick>("t", ignore).retry({.factor = 0.5}); }),
                HasSubstr("factor"));
    EXPECT_THAT(refusal([&](app& a) { a.on<FailingTick>("t", ignore).retry({.jitter = 2}); }),
                HasSubstr("jitter"));
    EXPECT_THAT(refusal([](app& a) { a.get("t", [] {}); }), HasSubstr("slash"));
    EXPECT_THAT(refusal([](app& a) { a.post<FailingTick>("/t"); }), HasSubstr(".publish(topic)"));
    EXPECT_THAT(
        refusal([](app& a) { a.on<FailingTick>("t", [](const FailingTick& t) { return t; }); }),
        HasSubstr(".to(topic)"));
}

TEST(FailingBroker, ends_a_service_whose_dead_letter_it_will_never_take_and_keeps_the_record) {
    KafkaForTest kafka{KafkaForTest::Kind::mock};
    kafka.create_topic("ticks", 1);
    kafka.create_topic("ticks.clock.dlq", 1);
    kafka.produce("ticks", "k", "no json");
    AppForTest app{"clock", kafka, {"commit.interval=10ms"}};
    app.app().on<FailingTick>("ticks", [](const FailingTick&) {});
    kafka.fail_produce(1, KafkaForTest::Fault::permanent);
    testing::internal::CaptureStderr();
    EXPECT_EQ(app.app().run(), 3);
    EXPECT_THAT(testing::internal::GetCapturedStderr(),
                HasSubstr("The dead letter of ticks/0 offset 0 cannot be written to "
                          "ticks.clock.dlq: "));
    EXPECT_EQ(kafka.committed("clock", "ticks", 0), -1);
}

class ForbiddenService : public testing::Test {
protected:
    // What a service that reads `ticks` says when it ends by itself, with `code`.
    std::string last_words(int code, const std::function<void(AppForTest&)>& start,
                           std::vector<std::string> settings = {}) {
        kafka.create_topic("ticks", 1);
        kafka.create_topic("ticks.clock.dlq", 1);
        AppForTest app{"clock", kafka, std::move(settings)};
        app.app().on<FailingTick>("ticks", [](const FailingTick&) {});
        testing::internal::CaptureStderr();
        start(app);
        EXPECT_EQ(app.ended(), code);
        app.stop();
        return testing::internal::GetCapturedStderr();
    }
    KafkaForTest kafka{KafkaForTest::Kind::mock};
};

TEST_F(ForbiddenService, ends_when_it_may_not_join_its_group) {
    const auto said = last_words(1, [&](AppForTest& app) {
        kafka.forbid_groups();
        app.begin();
    });
    EXPECT_THAT(
        said, HasSubstr("clock: The group clock cannot read ticks: JoinGroup failed: Broker: Group "
                        "authorization failed (GROUP_AUTHORIZATION_FAILED). Allow its user"));
}

TEST_F(ForbiddenService, ends_when_it_may_no_longer_read_its_topic) {
    const auto said = last_words(3, [&](AppForTest& app) {
        app.start();
        kafka.forbid_fetches();
    });
    EXPECT_THAT(said, HasSubstr("clock: The group clock cannot read ticks/0: "));
    EXPECT_THAT(said, HasSubstr("(TOPIC_AUTHORIZATION_FAILED). Allow its user to read the topic."));
}

TEST_F(ForbiddenService, ends_when_no_broker_takes_its_credentials) {
    const auto said =
        last_words(1, [&](AppForTest& app) { app.begin(); },
                   {"kafka.security.protocol=sasl_plaintext", "kafka.sasl.mechanisms=PLAIN",
                    "kafka.sasl.username=u", "kafka.sasl.password=p"});
    EXPECT_THAT(said, HasSubstr("clock: The brokers " + kafka.bootstrap() + " cannot be used: "));
    EXPECT_THAT(said, HasSubstr("Mend the credentials"));
}

}  // namespace
}  // namespace leat::service
