// Handlers against a broker: at-least-once, order by key, retries, dead letters, publications.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <mutex>

#include "service/app_for_test.hpp"

namespace leat::service {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Tick {
    std::string key;
    int number = 0;
};
struct Tock {
    int number = 0;
};

std::string tick(const std::string& key, int number) {
    return R"({"key":")" + key + R"(","number":)" + std::to_string(number) + "}";
}

// What handlers saw, from any thread.
class Seen {
public:
    void add(const std::string& key, int number) {
        const std::lock_guard lock{mutex_};
        numbers_[key].push_back(number);
        ++count_;
    }
    std::vector<int> of(const std::string& key) const {
        const std::lock_guard lock{mutex_};
        const auto at = numbers_.find(key);
        return at == numbers_.end() ? std::vector<int>{} : at->second;
    }
    std::size_t count() const {
        const std::lock_guard lock{mutex_};
        return count_;
    }

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::vector<int>> numbers_;
    std::size_t count_ = 0;
};

class Handlers : public testing::Test {
protected:
    void make_topics(int partitions) {
        kafka.create_topic(topic, partitions);
        kafka.create_topic(out, 1);
        kafka.create_topic(dead, 1);
    }
    KafkaForTest kafka;
    std::string topic = kafka.unique("ticks");
    std::string out = kafka.unique("tocks");
    std::string group = kafka.unique("clock");
    std::string dead = topic + "." + group + ".dlq";
    Seen seen;
    std::vector<std::string> quick{"retry.first=1ms", "commit.interval=20ms"};
};

TEST_F(Handlers, handle_each_record_and_commit_it_so_that_a_restart_repeats_nothing) {
    make_topics(3);
    std::vector<KafkaForTest::KeyAndValue> records;
    for (int i = 0; i < 300; ++i) records.emplace_back("k" + std::to_string(i % 10), tick("k", i));
    kafka.produce_all(topic, records);
    {
        AppForTest first{group, kafka, quick};
        first.app().on<Tick>(topic, [&](const Tick& t, context& ctx) {
            seen.add(std::string{*ctx.key()}, t.number);
        });
        first.start();
        EXPECT_TRUE(eventually([&] { return seen.count() == 300; }));
        EXPECT_EQ(first.stop(), 0);
    }
    EXPECT_EQ(kafka.committed_in_all(group, topic, 3), 300);
    for (int k = 0; k < 10; ++k) {
        const auto numbers = seen.of("k" + std::to_string(k));
        ASSERT_EQ(numbers.size(), 30U);
        EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
    }
    AppForTest second{group, kafka, quick};
    second.app().on<Tick>(topic, [&](const Tick& t) { seen.add("again", t.number); });
    second.start();
    kafka.produce(topic, "k0", tick("k", 300));
    EXPECT_TRUE(eventually([&] { return seen.count() == 301; }));
    EXPECT_THAT(seen.of("again"), ElementsAre(300));
}

TEST_F(Handlers, keep_a_keys_order_through_retries_while_other_keys_go_on) {
    make_topics(1);
    std::atomic<bool> b_went_on{false};
    AppForTest app{group, kafka, quick};
    app.app()
        .on<Tick>(topic,
                  [&](const Tick& t, context& ctx) -> outcome<> {
                      if (t.key == "a" && t.number == 1 && (ctx.attempt() < 3 || !b_went_on))
                          return retry("not yet");
                      seen.add(t.key, t.number);
                      if (t.key == "b" && t.number == 5) b_went_on = true;
                      return ok();
                  })
        .retry({.attempts = 0,
                .first = std::chrono::milliseconds{1},
                .max = std::chrono::milliseconds{20}});
    std::vector<KafkaForTest::KeyAndValue> records;
    for (int i = 1; i <= 5; ++i) {
        records.emplace_back("a", tick("a", i));
        records.emplace_back("b", tick("b", i));
    }
    kafka.produce_all(topic, records);
    app.start();
    EXPECT_TRUE(eventually([&] { return seen.count() == 10; }));
    EXPECT_THAT(seen.of("a"), ElementsAre(1, 2, 3, 4, 5));
    EXPECT_THAT(seen.of("b"), ElementsAre(1, 2, 3, 4, 5));
}

TEST_F(Handlers, send_what_fails_for_good_to_the_dead_letter_topic_untouched) {
    make_topics(1);
    AppForTest app{group, kafka, quick};
    std::atomic<int> attempts{0};
    app.app().on<Tick>(topic, [&](const Tick& t) -> outcome<> {
        if (t.number == 1) return reject("sold out");
        if (t.number == 2) {
            ++attempts;
            throw std::runtime_error{"database away"};
        }
        seen.add(t.key, t.number);
        return ok();
    });
    kafka.produce(topic, "k", tick("a", 1), {{"h1", "v1"}, {"h1", "v2"}});
    kafka.produce(topic, "k", "no json at all");
    kafka.produce(topic, "k", tick("a", 2));
    kafka.produce(topic, "k", tick("a", 3));
    app.start();
    EXPECT_TRUE(eventually([&] { return seen.count() == 1; }));
    const auto letters = kafka.read(dead, 3);
    ASSERT_EQ(letters.size(), 3U);
    EXPECT_EQ(letters[0].key, "k");
    EXPECT_EQ(letters[0].value, tick("a", 1));
    EXPECT_EQ(letters[0].headers[0], (std::pair<std::string, std::string>{"h1", "v1"}));
    EXPECT_EQ(letters[0].headers[1], (std::pair<std::string, std::string>{"h1", "v2"}));
    EXPECT_EQ(letters[0].header("leat-error-message"), "sold out");
    EXPECT_EQ(letters[0].header("leat-error-stage"), "handle");
    EXPECT_EQ(letters[0].header("leat-attempts"), "1");
    EXPECT_EQ(letters[0].header("kafka_dlt-original-topic"), topic);
    EXPECT_EQ(letters[1].value, "no json at all");
    EXPECT_EQ(letters[1].header("leat-error-stage"), "decode");
    EXPECT_EQ(letters[1].header("leat-attempts"), "1");
    EXPECT_EQ(letters[2].header("leat-error-type"), "std::runtime_error");
    EXPECT_EQ(letters[2].header("leat-error-message"), "database away");
    EXPECT_EQ(letters[2].header("leat-attempts"), "5");
    EXPECT_EQ(attempts, 5);
    EXPECT_TRUE(eventually([&] { return kafka.committed(group, topic, 0) == 4; }));
    EXPECT_EQ(app.metric("leat_dlq_records_total"), 3);
}

TEST_F(Handlers, publish_what_they_return_with_the_records_trace_and_key) {
    make_topics(1);
    AppForTest app{group, kafka, quick};
    app.app()
        .on<Tick>(topic,
                  [](const Tick& t) -> std::optional<Tock> {
                      if (t.number == 2) return std::nullopt;
                      return Tock{t.number * 10};
                  })
        .to(out);
    const std::string trace = "0af7651916cd43dd8448eb211c80319c";
    const std::vector<std::pair<std::string, std::string>> traced{
        {"traceparent", "00-" + trace + "-b7ad6b7169203331-01"}};
    for (int i = 1; i <= 3; ++i) kafka.produce(topic, "k", tick("k", i), traced);
    app.start();
    const auto records = kafka.read(out, 2);
    ASSERT_EQ(records.size(), 2U);
    EXPECT_EQ(records[0].value, R"({"number":10})");
    EXPECT_EQ(records[1].value, R"({"number":30})");
    EXPECT_EQ(records[1].key, "k");
    EXPECT_THAT(records[1].header("traceparent"), HasSubstr(trace));
}

TEST_F(Handlers, may_be_coroutines_that_wait_publish_and_call_http) {
    make_topics(2);
    AppForTest app{group, kafka, quick};
    app.app().get("/price/{number}", [](request& in) {
        return Tock{std::atoi(std::string{in.param("number")}.c_str()) * 2};
    });
    app.app()
        .on<Tick>(topic,
                  [&](const Tick& t, context& ctx) -> task<outcome<Tock>> {
                      co_await ctx.sleep(std::chrono::milliseconds{1});
                      const auto url =
                          "http://127.0.0.1:" + std::to_string(app.app().http_port()) + "/price/";
                      const auto reply = co_await ctx.http().get(url + std::to_string(t.number));
                      if (!reply.ok()) co_return retry("no price");
                      const auto own = co_await ctx.publish(out, "direct", t);
                      EXPECT_GE(own.offset, 0);
                      seen.add(t.key, t.number);
                      co_return reply.json<Tock>();
                  })
        .to(out);
    std::vector<KafkaForTest::KeyAndValue> records;
    for (int i = 0; i < 20; ++i) records.emplace_back("k" + std::to_string(i % 5), tick("k", i));
    kafka.produce_all(topic, records);
    app.start();
    EXPECT_EQ(kafka.read(out, 40).size(), 40U);
    EXPECT_TRUE(eventually([&] { return kafka.committed_in_all(group, topic, 2) == 20; }));
    EXPECT_EQ(seen.count(), 20U);
}

TEST_F(Handlers, may_defer_without_using_up_attempts) {
    make_topics(1);
    AppForTest app{group, kafka, quick};
    std::atomic<int> calls{0};
    app.app().on<Tick>(topic, [&](const Tick& t, context& ctx) -> outcome<> {
        if (++calls < 20) return defer(std::chrono::milliseconds{1});
        EXPECT_EQ(ctx.attempt(), 1);
        seen.add(t.key, t.number);
        return ok();
    });
    kafka.produce(topic, "k", tick("k", 1));
    app.start();
    EXPECT_TRUE(eventually([&] { return seen.count() == 1; }));
}

TEST_F(Handlers, tell_how_long_a_record_waited_for_its_first_attempt_alone) {
    make_topics(1);
    AppForTest app{group, kafka, quick};
    app.app().on<Tick>(topic, [&](const Tick& t) -> outcome<> {
        seen.add(t.key, t.number);
        if (seen.count() < 3) return defer(std::chrono::milliseconds{1});
        if (seen.count() < 6) return retry("not yet");
        return ok();
    });
    kafka.produce(topic, "k", tick("k", 1));
    app.start();
    EXPECT_TRUE(
        eventually([&] { return app.metric("leat_handler_end_to_end_seconds_count") == 1; }));
    EXPECT_EQ(app.metric("messaging_process_duration_seconds_count"), 6);
    EXPECT_EQ(app.metric("leat_handler_queue_wait_seconds_count"), 1);
}

TEST_F(Handlers, tell_the_age_of_a_record_until_it_is_done) {
    make_topics(1);
    std::atomic<bool> release{false};
    AppForTest app{group, kafka, quick};
    app.app().on<Tick>(topic, [&](const Tick&) -> outcome<> {
        if (!release) return defer(std::chrono::milliseconds{1});
        return ok();
    });
    kafka.produce(topic, "k", tick("k", 1));
    app.start();
    const auto in_flight = [&] { return app.metric("leat_consumer_oldest_inflight_seconds"); };
    const auto lag = [&] { return app.metric("leat_consumer_lag_seconds"); };
    EXPECT_TRUE(eventually([&] { return in_flight() > 0 && lag() > 0; }));
    release = true;
    EXPECT_TRUE(eventually([&] { return in_flight() == 0 && lag() == 0; }));
}

TEST_F(Handlers, tell_how_long_their_commits_took) {
    make_topics(1);
    AppForTest app{group, kafka, quick};
    app.app().on<Tick>(topic, [](const Tick&) {});
    kafka.produce(topic, "k", tick("k", 1));
    app.start();
    EXPECT_TRUE(eventually([&] {
        return app.metric("messaging_client_operation_duration_seconds_count{"
                          "messaging_destination_name=\""
                          + topic
                          + "\",messaging_operation_name=\"commit\","
                            "messaging_operation_type=\"settle\"")
               >= 1;
    }));
}

TEST(HandlersOnAFaultyBroker, do_not_move_the_offset_before_the_dead_letter_is_acknowledged) {
    KafkaForTest kafka{KafkaForTest::Kind::mock};
    const std::string topic = "ticks";
    kafka.create_topic(topic, 1);
    kafka.create_topic("ticks.clock.dlq", 1);
    kafka.produce(topic, "k", tick("k", 1));
    AppForTest app{"clock", kafka, {"retry.first=300ms", "commit.interval=10ms"}};
    app.app().on<Tick>(topic, [](const Tick&) { return reject("no"); });
    kafka.fail_produce(2);
    app.start();
    EXPECT_TRUE(eventually([&] { return app.metric("leat_retry_scheduled_total") >= 2; }));
    EXPECT_EQ(kafka.committed("clock", topic, 0), -1);
    EXPECT_TRUE(eventually([&] { return kafka.committed("clock", topic, 0) == 1; }));
    EXPECT_EQ(kafka.read("ticks.clock.dlq", 1).size(), 1U);
}

TEST(HandlersOnAFaultyBroker, retry_the_record_when_its_publication_fails) {
    KafkaForTest kafka{KafkaForTest::Kind::mock};
    kafka.create_topic("ticks", 1);
    kafka.create_topic("tocks", 1);
    kafka.create_topic("ticks.clock.dlq", 1);
    kafka.produce("ticks", "k", tick("k", 1));
    AppForTest app{"clock", kafka, {"retry.first=10ms", "commit.interval=10ms"}};
    std::atomic<int> attempts{0};
    app.app()
        .on<Tick>("ticks",
                  [&](const Tick& t) {
                      ++attempts;
                      return Tock{t.number};
                  })
        .to("tocks");
    kafka.fail_produce(2);
    app.start();
    EXPECT_EQ(kafka.read("tocks", 1).size(), 1U);
    EXPECT_TRUE(eventually([&] { return kafka.committed("clock", "ticks", 0) == 1; }));
    EXPECT_EQ(attempts, 3);
}

}  // namespace
}  // namespace leat::service
