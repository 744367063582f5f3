#include "net/http_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <future>

#include "net/http_server.hpp"
#include "net/io_threads.hpp"
#include "net/test_peer.hpp"

namespace leat::net {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr std::string_view ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// The client against a listener whose side the test plays by hand.
class HttpClientTest : public ::testing::Test {
protected:
    using Answer = std::future<Result<http::Response>>;

    Answer call(const ClientRequest& request, std::chrono::milliseconds limit = 20s) {
        auto promise = std::make_shared<std::promise<Result<http::Response>>>();
        client_.call(request, clock_.now() + limit, [promise](Result<http::Response> result) {
            promise->set_value(std::move(result));
        });
        return promise->get_future();
    }
    ClientRequest request(const std::string& method = "GET", const std::string& path = "/") const {
        ClientRequest made;
        made.method = method;
        made.url = "http://127.0.0.1:" + std::to_string(listener_.port()) + path;
        return made;
    }
    /// Runs one call whose connection then lies in the pool.
    TestPeer fill_pool() {
        auto answer = call(request());
        auto peer = listener_.accept();
        peer.read_until("\r\n\r\n");
        peer.send(ok);
        EXPECT_EQ(answer.get()->body, "ok");
        return peer;
    }
    void TearDown() override {
        client_.close();
        io_.stop();
    }

    static constexpr std::size_t max_connections = 2;
    SystemClock clock_;
    TestListener listener_;
    IoThreads io_{2, "net-test"};
    HttpClient client_{io_.executor(),
                       {.max_connections_per_origin = max_connections, .max_response_bytes = 100},
                       clock_};
};

TEST_F(HttpClientTest, sends_a_request_and_gives_the_answer) {
    auto post = request("POST", "/orders?a=b");
    post.body = "{}";
    post.content_type = "application/json";
    post.headers.add("Idempotency-Key", "7");
    auto answer = call(post);
    auto peer = listener_.accept();
    EXPECT_EQ(peer.read_until("{}"), "POST /orders?a=b HTTP/1.1\r\nHost: 127.0.0.1:"
                                         + std::to_string(listener_.port())
                                         + "\r\nContent-Type: application/json\r\n"
                                           "Idempotency-Key: 7\r\nContent-Length: 2\r\n\r\n{}");
    peer.send(
        "HTTP/1.1 503 Busy\r\nRetry-After: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n0\r\n\r\n");
    const auto result = answer.get();
    ASSERT_TRUE(result.ok()) << result.error().what;
    EXPECT_EQ(result->status, 503);
    EXPECT_EQ(result->headers.get("retry-after"), "3");
    EXPECT_EQ(result->body, "abc");
}

TEST_F(HttpClientTest, reuses_a_pooled_connection) {
    auto peer = fill_pool();
    auto answer = call(request("POST"));
    EXPECT_THAT(peer.read_until("\r\n\r\n"), HasSubstr("POST / HTTP/1.1"));
    peer.send(ok);
    EXPECT_TRUE(answer.get().ok());
    EXPECT_EQ(client_.stats().connections_opened, 1U);
    EXPECT_EQ(client_.stats().reused, 1U);
}

TEST_F(HttpClientTest, opens_no_more_connections_than_allowed_and_serves_the_rest_in_order) {
    std::vector<Answer> answers;
    for (int i = 0; i < 4; ++i) answers.push_back(call(request("GET", "/" + std::to_string(i))));
    auto first = listener_.accept();
    auto second = listener_.accept();
    first.read_until("\r\n\r\n");
    second.read_until("\r\n\r\n");
    EXPECT_EQ(client_.stats().connections_opened, max_connections);
    first.send(ok);
    EXPECT_THAT(first.read_until("\r\n\r\n"), HasSubstr("GET /2 "));
    first.send(ok);
    EXPECT_THAT(first.read_until("\r\n\r\n"), HasSubstr("GET /3 "));
    first.send(ok);
    second.send(ok);
    for (auto& answer : answers) EXPECT_TRUE(answer.get().ok());
    EXPECT_EQ(client_.stats().connections_opened, max_connections);
}

TEST_F(HttpClientTest, passes_over_a_pooled_connection_that_it_knows_to_be_closed) {
    auto peer = fill_pool();
    peer.close();
    auto answer = call(request("POST"));
    auto fresh = listener_.accept();
    fresh.read_until("\r\n\r\n");
    fresh.send(ok);
    EXPECT_TRUE(answer.get().ok());
}

TEST_F(HttpClientTest, retries_an_idempotent_call_once_when_a_pooled_connection_dies_under_it) {
    auto peer = fill_pool();
    auto answer = call(request("PUT"));
    peer.read_until("\r\n\r\n");
    peer.close();
    auto fresh = listener_.accept();
    EXPECT_THAT(fresh.read_until("\r\n\r\n"), HasSubstr("PUT / "));
    fresh.send(ok);
    EXPECT_TRUE(answer.get().ok());
    EXPECT_EQ(client_.stats().stale_retries, 1U);
}

TEST_F(HttpClientTest, retries_no_post_that_may_have_been_acted_on) {
    auto peer = fill_pool();
    auto answer = call(request("POST"));
    peer.read_until("\r\n\r\n");
    peer.close();
    const auto result = answer.get();
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, Errc::unavailable);
    EXPECT_FALSE(result.error().retriable);
    EXPECT_THAT(result.error().what, HasSubstr("whether it acted on the request is not known"));

    auto second_peer = fill_pool();
    auto keyed = request("POST");
    keyed.idempotent = true;
    auto retried = call(keyed);
    second_peer.read_until("\r\n\r\n");
    second_peer.close();
    auto fresh = listener_.accept();
    fresh.read_until("\r\n\r\n");
    fresh.send(ok);
    EXPECT_TRUE(retried.get().ok());
}

TEST_F(HttpClientTest, gives_up_at_the_deadline_whatever_it_waits_for) {
    std::vector<Answer> answers;  // two wait for their answer, the third for a connection
    for (int i = 0; i < 3; ++i) answers.push_back(call(request("POST"), 30ms));
    auto first = listener_.accept();
    auto second = listener_.accept();
    for (auto& answer : answers) {
        const auto result = answer.get();
        ASSERT_FALSE(result.ok());
        EXPECT_EQ(result.error().code, Errc::timed_out) << result.error().what;
    }
    auto late = call(request(), -1ms);
    EXPECT_EQ(late.get().error().code, Errc::timed_out);
    first.read_to_end();  // the connections of calls that ran out of time are not used again
    second.read_to_end();
}

TEST_F(HttpClientTest, says_what_is_wrong_with_an_answer) {
    const auto answered_with = [&](const std::string& bytes) {
        auto answer = call(request());
        auto peer = listener_.accept();
        peer.read_until("\r\n\r\n");
        peer.send(bytes);
        peer.end_sending();
        return answer.get().error();
    };
    EXPECT_EQ(answered_with("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n").code,
              Errc::too_large);
    EXPECT_EQ(answered_with("SSH-2.0-OpenSSH\r\n").code, Errc::corrupt);
    EXPECT_EQ(answered_with("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf").code,
              Errc::corrupt);
    EXPECT_EQ(answered_with("").code, Errc::unavailable);
}

TEST_F(HttpClientTest, refuses_urls_that_it_cannot_call_and_names_a_dead_port) {
    for (const auto* url : {"ftp://h/", "h:80/", "http:///x", "http://h:99999/", "http://h:/",
                            "http://h/a b", "http://user@h/"}) {
        auto bad = request();
        bad.url = url;
        EXPECT_EQ(call(bad).get().error().code, Errc::invalid_argument) << url;
    }
    auto dead = request();
    {
        const TestListener gone;
        dead.url = "http://127.0.0.1:" + std::to_string(gone.port()) + "/";
    }
    const auto error = call(dead).get().error();
    EXPECT_EQ(error.code, Errc::unavailable);
    EXPECT_TRUE(error.retriable);
    EXPECT_THAT(error.what, HasSubstr("Connection refused"));
}

TEST_F(HttpClientTest, cancels_what_is_under_way_when_closed) {
    auto answer = call(request());
    auto peer = listener_.accept();
    peer.read_until("\r\n\r\n");
    client_.close();
    EXPECT_EQ(answer.get().error().code, Errc::cancelled);
    EXPECT_EQ(call(request()).get().error().code, Errc::cancelled);
}

boost::asio::awaitable<std::string> fetch_twice(HttpClient& client, std::string url,
                                                MonoTime deadline) {
    std::string bodies;
    for (int i = 0; i < 2; ++i) {
        ClientRequest request;
        request.url = url;
        const auto result = co_await client.call(std::move(request), deadline);
        bodies += result.ok() ? result->body : result.error().what;
    }
    co_return bodies;
}

TEST_F(HttpClientTest, serves_coroutines_and_the_server_of_this_module) {
    HttpServer server{io_.executor(),
                      {},
                      [](const http::Request& seen, const Responder& respond) {
                          respond(http::text(seen.segments.at(0) + "!"));
                      },
                      clock_};
    const auto port = server.listen("localhost", 0);
    ASSERT_TRUE(port.ok());
    auto bodies = boost::asio::co_spawn(
        io_.executor(),
        fetch_twice(client_, "http://localhost:" + std::to_string(*port) + "/a%20b",
                    clock_.now() + 20s),
        boost::asio::use_future);
    EXPECT_EQ(bodies.get(), "a b!a b!");
    EXPECT_EQ(client_.stats().connections_opened, 1U);
    EXPECT_EQ(server.drain(10s), 0U);
}

TEST_F(HttpClientTest, does_not_take_an_answer_that_a_reset_cut_short_for_whole) {
    auto answer = call(request());
    auto peer = listener_.accept();
    peer.read_until("\r\n\r\n");
    peer.send("HTTP/1.1 200 OK\r\n\r\nhalf");
    peer.reset();
    const auto result = answer.get();
    ASSERT_FALSE(result.ok()) << result->body;
}

}  // namespace
}  // namespace leat::net
