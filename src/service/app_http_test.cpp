// The HTTP side of a service against a broker: publishing routes, problems, probes, idempotency.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "service/app_for_test.hpp"

namespace leat::service {
namespace {

using testing::HasSubstr;

struct HttpOrder {
    std::string id;
    std::string customer;
    leat::decimal amount;
    std::string key() const { return customer; }
    std::optional<violation> validate() const {
        if (amount < leat::decimal{0}) return violation{"/amount", "must not be negative"};
        return std::nullopt;
    }
};

class HttpApp : public testing::Test {
protected:
    void SetUp() override {
        kafka.create_topic(topic, 4);
        under_test.app().post<HttpOrder>("/orders").publish(topic);
        under_test.app().get("/orders/{id}", [](request& in) {
            return HttpOrder{std::string{in.param("id")}, std::string{in.query("c").value_or("-")},
                             leat::decimal{"1.50"}};
        });
        under_test.app().post("/echo",
                              [](const HttpOrder& order) -> task<HttpOrder> { co_return order; });
        under_test.app().post(
            "/twice", [this](const HttpOrder& order, request& in) -> task<response> {
                const auto first = co_await in.publish(topic, order);
                const auto second = co_await in.publish(topic, "other", order);
                co_return text_response(std::to_string(first.offset >= 0 && second.offset >= 0));
            });
        under_test.app().get("/throws", []() -> response { throw std::runtime_error{"secret"}; });
        under_test.start();
    }
    AppForTest::Answer post(const std::string& body, const std::string& key = {}) {
        std::vector<std::pair<std::string, std::string>> headers{
            {"Content-Type", "application/json"}};
        if (!key.empty()) headers.emplace_back("Idempotency-Key", key);
        return under_test.call("POST", "/orders", body, headers);
    }

    KafkaForTest kafka;
    std::string topic = kafka.unique("orders");
    AppForTest under_test{"orders", kafka};
};

constexpr const char* good = R"({"id":"o1","customer":"c7","amount":11.77})";

TEST_F(HttpApp, answers_202_with_the_place_of_the_acknowledged_record) {
    const auto trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const auto answer = under_test.call(
        "POST", "/orders", good, {{"Content-Type", "application/json"}, {"traceparent", trace}});
    ASSERT_EQ(answer.status, 202) << answer.body;
    const auto records = kafka.read(topic, 1);
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].key, "c7");
    EXPECT_EQ(records[0].value, good);
    EXPECT_EQ(answer.body, "{\"topic\":\"" + topic + "\",\"partition\":"
                               + std::to_string(records[0].partition) + ",\"offset\":0}");
    EXPECT_THAT(records[0].header("traceparent"), HasSubstr("0af7651916cd43dd8448eb211c80319c"));
    EXPECT_NE(records[0].header("traceparent"), trace);
}

TEST_F(HttpApp, names_the_field_that_is_wrong) {
    const auto wrong = post(R"({"id":"o1","customer":"c7","amount":"much"})");
    EXPECT_EQ(wrong.status, 422);
    EXPECT_EQ(wrong.content_type, "application/problem+json");
    EXPECT_THAT(wrong.body, HasSubstr("/amount"));
    const auto broken = post(R"({"id":"o1","customer":"c7","amount":-1})");
    EXPECT_EQ(broken.status, 422);
    EXPECT_THAT(broken.body, HasSubstr("must not be negative"));
    EXPECT_EQ(post("{").status, 400);
    EXPECT_EQ(under_test.call("POST", "/orders", good, {{"Content-Type", "text/xml"}}).status, 415);
    EXPECT_EQ(under_test.call("GET", "/nothing").status, 404);
    const auto method = under_test.call("DELETE", "/orders");
    EXPECT_EQ(method.status, 405);
    EXPECT_EQ(method.header("Allow"), "POST");
    EXPECT_EQ(post(std::string(2'000'000, ' ')).status, 413);
}

TEST_F(HttpApp, answers_an_idempotency_key_once_however_often_it_comes) {
    const auto first = post(good, "k1");
    ASSERT_EQ(first.status, 202);
    EXPECT_EQ(post(good, "k1").body, first.body);
    EXPECT_EQ(post(R"({"id":"o2","customer":"c7","amount":1})", "k1").status, 422);

    std::vector<std::thread> clients;
    std::mutex mutex;
    std::set<std::string> bodies;
    for (int i = 0; i < 8; ++i)
        clients.emplace_back([&] {
            const auto answer = post(good, "k2");
            const std::lock_guard lock{mutex};
            bodies.insert(answer.body);
        });
    for (auto& client : clients) client.join();
    EXPECT_EQ(bodies.size(), 1U);
    ASSERT_EQ(post(good).status, 202);
    const auto records = kafka.read(topic, 3);
    ASSERT_EQ(records.size(), 3U);
    EXPECT_EQ(records[0].header("idempotency-key"), "k1");
}

TEST_F(HttpApp, runs_plain_functions_and_coroutines_as_routes) {
    const auto got = under_test.call("GET", "/orders/a%20b?c=x");
    EXPECT_EQ(got.body, R"({"id":"a b","customer":"x","amount":1.50})");
    EXPECT_EQ(under_test.call("POST", "/echo", good).body, good);
    const auto twice = under_test.call("POST", "/twice", good);
    EXPECT_EQ(twice.body, "1");
    EXPECT_EQ(kafka.read(topic, 2).size(), 2U);
    const auto thrown = under_test.call("GET", "/throws");
    EXPECT_EQ(thrown.status, 500);
    EXPECT_THAT(thrown.body, testing::Not(HasSubstr("secret")));
}

TEST_F(HttpApp, answers_head_wherever_it_answers_get) {
    for (const char* path : {"/orders/7", "/health/live", "/health/ready", "/metrics"}) {
        const auto head = under_test.call("HEAD", path);
        EXPECT_EQ(head.status, 200) << path;
        EXPECT_EQ(head.body, "") << path;
        EXPECT_NE(head.header("Content-Length"), "0") << path;
        EXPECT_EQ(head.content_type, under_test.call("GET", path).content_type) << path;
        const auto deleted = under_test.call("DELETE", path);
        EXPECT_EQ(deleted.status, 405) << path;
        EXPECT_EQ(deleted.header("Allow"), "GET, HEAD") << path;
    }
    EXPECT_EQ(under_test.call("HEAD", "/orders").status, 405);
    EXPECT_EQ(under_test.call("HEAD", "/nothing").status, 404);
}

TEST_F(HttpApp, tells_its_health_and_counts) {
    EXPECT_EQ(under_test.call("GET", "/health/live").status, 200);
    EXPECT_EQ(under_test.call("GET", "/health/ready").status, 200);
    EXPECT_EQ(under_test.call("GET", "/health/started").status, 200);
    EXPECT_EQ(under_test.call("HEAD", "/health/started").status, 200);
    EXPECT_EQ(under_test.call("GET", "/health/started/").status, 404);
    post(good);
    EXPECT_GE(under_test.metric("http_server_request_duration_seconds_count"), 1);
    EXPECT_EQ(under_test.stop(), 0);
}

class HttpAppWithoutABroker : public testing::Test {
protected:
    void SetUp() override {
        kafka.create_topic("orders", 1);
        under_test.app().post<HttpOrder>("/orders").publish("orders");
        under_test.app().post("/other", [](const HttpOrder& order, request& in) -> task<response> {
            co_await in.publish("orders", order);
            co_return text_response("published");
        });
        under_test.start();
    }
    // Not one that waits for the producer's deadline of 30 s.
    void expect_to_notice() {
        EXPECT_TRUE(eventually([&] { return !under_test.app().ready(); }));
        EXPECT_EQ(under_test.call("GET", "/health/ready").body, "Kafka does not answer\n");
        for (const char* path : {"/orders", "/other"}) {
            const auto answer = under_test.call("POST", path, good);
            EXPECT_EQ(answer.status, 503) << path;
            EXPECT_EQ(answer.header("Retry-After"), "1") << path;
            EXPECT_THAT(answer.body, HasSubstr("Kafka does not answer")) << path;
        }
    }
    void expect_to_recover() {
        EXPECT_TRUE(eventually([&] { return under_test.app().ready(); }));
        EXPECT_EQ(under_test.call("GET", "/health/ready").status, 200);
        EXPECT_EQ(under_test.call("POST", "/orders", good).status, 202);
        EXPECT_EQ(under_test.call("POST", "/other", good).status, 200);
    }
    KafkaForTest kafka{KafkaForTest::Kind::mock};
    AppForTest under_test{"orders", kafka};
};

TEST_F(HttpAppWithoutABroker, says_so_at_once_and_recovers_by_itself) {
    kafka.go_away();
    expect_to_notice();
    kafka.come_back();
    expect_to_recover();
}

TEST_F(HttpAppWithoutABroker, says_so_of_one_that_hangs_as_well) {
    kafka.slow_down(10'000);
    expect_to_notice();
    kafka.slow_down(0);
    expect_to_recover();
}

TEST(HttpAppThatStarts, says_so_until_it_has_started_and_never_again) {
    KafkaForTest kafka{KafkaForTest::Kind::mock};
    kafka.go_away();
    AppForTest under_test{"orders", kafka};
    under_test.begin();
    EXPECT_TRUE(eventually([&] { return under_test.app().http_port() > 0; }));
    const auto starting = under_test.call("GET", "/health/started");
    EXPECT_EQ(starting.status, 503);
    EXPECT_EQ(starting.body, "the service is starting\n");
    EXPECT_EQ(under_test.call("GET", "/health/live").status, 200);
    kafka.come_back();
    const auto started = [&] { return under_test.call("GET", "/health/started").status == 200; };
    EXPECT_TRUE(eventually(started));
    kafka.go_away();
    EXPECT_TRUE(eventually([&] { return !under_test.app().ready(); }));
    EXPECT_TRUE(started());
}

TEST(HttpAppWithASmallQueue, answers_503_with_retry_after_while_the_queue_is_full) {
    KafkaForTest kafka{KafkaForTest::Kind::mock};
    const auto topic = kafka.unique("orders");
    kafka.create_topic(topic, 1);
    AppForTest under_test{"orders", kafka, {"producer.queue_records=2"}};
    under_test.app().post<HttpOrder>("/orders").publish(topic);
    under_test.start();
    kafka.slow_down(1000);
    std::vector<std::thread> clients;
    std::atomic<int> accepted{0};
    std::atomic<int> refused{0};
    for (int i = 0; i < 8; ++i)
        clients.emplace_back([&] {
            const auto answer = under_test.call("POST", "/orders", good);
            if (answer.status == 202) ++accepted;
            if (answer.status == 503 && answer.header("Retry-After") == "1") ++refused;
        });
    for (auto& client : clients) client.join();
    EXPECT_EQ(accepted, 2);
    EXPECT_EQ(refused, 6);
}

}  // namespace
}  // namespace leat::service
