#include "net/http_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "net/io_threads.hpp"
#include "net/test_peer.hpp"

namespace leat::net {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

http::Response echo(const http::Request& request) {
    const auto* gap = request.body.empty() ? "" : " ";
    return http::text(request.method + " " + request.target + gap + request.body);
}

/// Responders that a test answers when it likes.
class Parked {
public:
    void add(http::Request request, Responder responder) {
        const std::lock_guard lock{mutex_};
        held_.emplace_back(std::move(request), std::move(responder));
        arrived_.notify_all();
    }
    void wait_for(std::size_t count) {
        std::unique_lock lock{mutex_};
        ASSERT_TRUE(arrived_.wait_for(lock, 20s, [&] { return held_.size() >= count; }));
    }
    void answer(std::size_t index) {
        const std::lock_guard lock{mutex_};
        held_.at(index).second(echo(held_.at(index).first));
    }
    void drop_all() {
        const std::lock_guard lock{mutex_};
        held_.clear();
    }

private:
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::vector<std::pair<http::Request, Responder>> held_;
};

class HttpServerTest : public ::testing::Test {
protected:
    void start(HttpServerOptions options, HttpHandler handler) {
        options.tick = 1ms;
        server_ = std::make_unique<HttpServer>(io_.executor(), options, std::move(handler), clock_);
        const auto port = server_->listen("127.0.0.1", 0);
        ASSERT_TRUE(port.ok()) << port.error().what;
        port_ = *port;
    }
    void start_echo(HttpServerOptions options = {}) {
        start(options, [](const http::Request& request, const Responder& respond) {
            respond(echo(request));
        });
    }
    void start_parked(HttpServerOptions options = {}) {
        start(options, [this](http::Request request, Responder respond) {
            parked_.add(std::move(request), std::move(respond));
        });
    }
    TestPeer connect() const { return TestPeer::connect(port_); }
    void TearDown() override {
        parked_.drop_all();
        server_.reset();
        io_.stop();
    }

    static std::string get(const std::string& path) {
        return "GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n";
    }
    static std::string post(const std::string& body, const std::string& fields = {}) {
        return "POST / HTTP/1.1\r\nHost: h\r\n" + fields
               + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }

    SteppedClock clock_;
    Parked parked_;
    IoThreads io_{2, "net-test"};
    std::unique_ptr<HttpServer> server_;
    std::uint16_t port_ = 0;
};

TEST_F(HttpServerTest, keeps_a_connection_open_over_many_requests) {
    start_echo();
    auto peer = connect();
    for (int i = 0; i < 3; ++i) {
        peer.send(post("body " + std::to_string(i)));
        EXPECT_THAT(peer.read_until("POST / body " + std::to_string(i)),
                    AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), Not(HasSubstr("Connection:"))));
    }
    EXPECT_EQ(server_->stats().requests, 3U);
}

TEST_F(HttpServerTest, closes_when_the_peer_asks_and_after_http_1_0) {
    start_echo();
    auto peer = connect();
    peer.send("GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(peer.read_to_end(), HasSubstr("Connection: close\r\n"));
    auto old = connect();
    old.send("GET /b HTTP/1.0\r\n\r\n");
    EXPECT_THAT(old.read_to_end(), HasSubstr("GET /b"));
    auto kept = connect();
    kept.send("GET /c HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_THAT(kept.read_until("GET /c"), HasSubstr("Connection: keep-alive\r\n"));
}

TEST_F(HttpServerTest, answers_pipelined_requests_in_their_order_however_late_they_are_ready) {
    start_parked();
    auto peer = connect();
    peer.send(get("/0") + get("/1") + get("/2") + get("/3"));
    parked_.wait_for(4);
    for (const std::size_t index : {2U, 0U, 3U, 1U})
        std::thread([this, index] { parked_.answer(index); }).join();
    for (int i = 0; i < 4; ++i)
        EXPECT_THAT(peer.read_until("GET /" + std::to_string(i)), HasSubstr("200 OK"));
    EXPECT_EQ(server_->stats().in_flight, 0U);
}

TEST_F(HttpServerTest, reads_on_only_as_far_as_the_pipelining_limit) {
    HttpServerOptions options;
    options.max_pipelined = 2;
    start_parked(options);
    auto peer = connect();
    peer.send(get("/0") + get("/1") + get("/2"));
    peer.end_sending();
    parked_.wait_for(2);
    EXPECT_EQ(server_->stats().requests, 2U);
    parked_.answer(0);
    parked_.wait_for(3);
    parked_.answer(1);
    parked_.answer(2);
    EXPECT_THAT(peer.read_to_end(), HasSubstr("GET /2"));
}

TEST_F(HttpServerTest, takes_only_the_first_answer) {
    std::promise<std::pair<bool, bool>> calls;
    start({}, [&](const http::Request&, const Responder& respond) {
        const bool first = respond(http::text("first"));
        calls.set_value({first, respond(http::text("second"))});
    });
    auto peer = connect();
    peer.send(get("/"));
    EXPECT_THAT(peer.read_until("first"), HasSubstr("200 OK"));
    EXPECT_EQ(calls.get_future().get(), std::pair(true, false));
}

TEST_F(HttpServerTest, answers_500_for_a_handler_that_throws_or_forgets) {
    start({}, [](const http::Request& request, const Responder&) {
        if (request.path == "/throw") throw std::runtime_error("on purpose");
    });
    auto peer = connect();
    peer.send(get("/throw"));
    EXPECT_THAT(peer.read_until("unexpectedly.\"}"), StartsWith("HTTP/1.1 500 "));
    peer.send(get("/forget"));
    EXPECT_THAT(peer.read_until("no answer.\"}"), StartsWith("HTTP/1.1 500 "));
}

TEST_F(HttpServerTest, survives_an_answer_to_a_connection_that_is_gone) {
    start_parked();
    auto gone = connect();
    gone.send(get("/0"));
    parked_.wait_for(1);
    gone.reset();
    while (server_->stats().connections > 0) std::this_thread::yield();
    EXPECT_EQ(server_->stats().in_flight, 0U);
    parked_.answer(0);
    auto peer = connect();
    peer.send(get("/1"));
    parked_.wait_for(2);
    parked_.answer(1);
    EXPECT_THAT(peer.read_until("GET /1"), HasSubstr("200 OK"));
}

TEST_F(HttpServerTest, answers_head_without_the_body) {
    start_echo();
    auto peer = connect();
    peer.send("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n" + get("/b"));
    EXPECT_THAT(peer.read_until("\r\n\r\n"), HasSubstr("Content-Length: 7\r\n"));
    EXPECT_THAT(peer.read_until("GET /b"), StartsWith("HTTP/1.1 200 OK"));
}

TEST_F(HttpServerTest, asks_for_the_body_of_a_peer_that_expects_it) {
    start_echo();
    auto peer = connect();
    peer.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    EXPECT_EQ(peer.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    peer.send("body");
    EXPECT_THAT(peer.read_until("POST / body"), StartsWith("HTTP/1.1 200 OK"));
    peer.send(
        "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 9999999\r\n\r\n");
    EXPECT_THAT(peer.read_to_end(), AllOf(StartsWith("HTTP/1.1 413 "), Not(HasSubstr("100 Cont"))));
}

TEST_F(HttpServerTest, answers_malformed_input_with_a_problem_and_closes) {
    start_echo();
    auto peer = connect();
    peer.send(get("/good") + "not http at all\r\n\r\n");
    const auto answers = peer.read_to_end();
    EXPECT_THAT(answers, HasSubstr("GET /good"));
    EXPECT_THAT(answers, HasSubstr("HTTP/1.1 400 Bad Request\r\n"));
    EXPECT_THAT(answers, HasSubstr("application/problem+json"));
    EXPECT_EQ(server_->stats().malformed, 1U);
}

TEST_F(HttpServerTest, limits_the_bytes_of_header_and_body) {
    HttpServerOptions options;
    options.max_header_bytes = 512;
    options.max_body_bytes = 1000;
    start_echo(options);
    auto exact = connect();
    exact.send(post(std::string(1000, 'x')));
    EXPECT_THAT(exact.read_until("xx"), StartsWith("HTTP/1.1 200 OK"));
    auto long_body = connect();
    long_body.send(post(std::string(1001, 'x')));
    EXPECT_THAT(long_body.read_to_end(), StartsWith("HTTP/1.1 413 "));
    auto long_header = connect();
    long_header.send("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(600, 'x') + "\r\n\r\n");
    EXPECT_THAT(long_header.read_to_end(), StartsWith("HTTP/1.1 431 "));
}

TEST_F(HttpServerTest, refuses_connections_beyond_the_limit) {
    HttpServerOptions options;
    options.max_connections = 1;
    start_echo(options);
    auto first = connect();
    first.send(get("/1"));
    first.read_until("GET /1");
    auto second = connect();
    second.send(get("/2"));
    EXPECT_THAT(second.read_to_end(),
                AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("Retry-After: 1\r\n")));
    EXPECT_EQ(server_->stats().refused, 1U);
    first.send(get("/3"));
    EXPECT_THAT(first.read_until("GET /3"), StartsWith("HTTP/1.1 200 OK"));
}

TEST_F(HttpServerTest, refuses_requests_beyond_the_limit_in_flight_but_keeps_the_connection) {
    HttpServerOptions options;
    options.max_in_flight = 1;
    start_parked(options);
    auto first = connect();
    first.send(get("/0"));
    parked_.wait_for(1);
    auto second = connect();
    second.send(get("/1"));
    EXPECT_THAT(second.read_until("requests.\"}"), StartsWith("HTTP/1.1 503 "));
    parked_.answer(0);
    first.read_until("GET /0");
    second.send(get("/2"));
    parked_.wait_for(2);
    parked_.answer(1);
    EXPECT_THAT(second.read_until("GET /2"), StartsWith("HTTP/1.1 200 OK"));
}

TEST_F(HttpServerTest, gives_a_slow_header_ten_seconds_and_an_idle_connection_sixty) {
    start_echo();
    auto idle = connect();
    idle.send(get("/idle"));
    idle.read_until("GET /idle");
    auto slow = connect();
    slow.send(get("/before") + "GET / HTTP/1.1\r\nHo");
    slow.read_until("GET /before");
    clock_.advance(10s);
    EXPECT_THAT(slow.read_to_end(),
                AllOf(HasSubstr("HTTP/1.1 408 "), HasSubstr("Connection: close")));
    idle.send(get("/still"));
    idle.read_until("GET /still");
    clock_.advance(60s);
    EXPECT_THAT(idle.read_to_end(), IsEmpty());
}

TEST_F(HttpServerTest, gives_a_slow_body_thirty_seconds) {
    start_echo();
    auto peer = connect();
    peer.send(get("/before") + "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc");
    peer.read_until("GET /before");
    clock_.advance(30s);
    EXPECT_THAT(peer.read_to_end(), HasSubstr("HTTP/1.1 408 "));
}

TEST_F(HttpServerTest, never_times_out_a_request_that_waits_for_its_handler) {
    start_parked();
    auto peer = connect();
    peer.send(get("/0"));
    parked_.wait_for(1);
    auto witness = connect();  // its timeout shows that ticks have passed since
    witness.send("nonsense\r\n\r\n");
    witness.read_until("400");
    clock_.advance(3600s);
    witness.read_to_end();
    while (server_->stats().connections > 1) {
        clock_.advance(1s);  // until the witness's lingering is over
        std::this_thread::yield();
    }
    parked_.answer(0);
    EXPECT_THAT(peer.read_until("GET /0"), StartsWith("HTTP/1.1 200 OK"));
}

TEST_F(HttpServerTest, sends_a_large_answer_to_a_slow_reader_and_cuts_one_who_never_reads) {
    const std::string large(std::size_t{8} * 1024 * 1024, 'x');
    start({}, [&](const http::Request&, const Responder& respond) { respond(http::text(large)); });
    auto slow = connect();
    slow.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(slow.read_to_end().size(), ::testing::Gt(large.size()));
    auto never = connect();
    never.send(get("/"));
    never.read_until("\r\n\r\n");
    while (server_->stats().connections > 0) {
        clock_.advance(31s);
        std::this_thread::yield();
    }
}

TEST_F(HttpServerTest, drains_by_finishing_answers_and_closing) {
    start_parked();
    auto idle = connect();
    auto busy = connect();
    busy.send(get("/0"));
    parked_.wait_for(1);
    auto drained = std::async(std::launch::async, [this] { return server_->drain(10s); });
    EXPECT_THAT(idle.read_to_end(), IsEmpty());
    parked_.answer(0);
    EXPECT_THAT(busy.read_to_end(), AllOf(HasSubstr("Connection: close"), HasSubstr("GET /0")));
    EXPECT_EQ(drained.get(), 0U);
    EXPECT_EQ(server_->stats().connections, 0U);
}

TEST_F(HttpServerTest, cuts_off_what_a_drain_has_no_more_time_for) {
    start_parked();
    auto busy = connect();
    busy.send(get("/0"));
    parked_.wait_for(1);
    std::promise<std::size_t> cut_off;
    server_->drain(10s, [&](std::size_t count) { cut_off.set_value(count); });
    clock_.advance(10s);
    EXPECT_EQ(cut_off.get_future().get(), 1U);
    EXPECT_THAT(busy.read_to_end(), IsEmpty());
}

TEST_F(HttpServerTest, explains_why_it_cannot_listen) {
    start_echo();
    HttpServer other{io_.executor(), {}, [](const http::Request&, const Responder&) {}, clock_};
    const auto taken = other.listen("127.0.0.1", port_);
    ASSERT_FALSE(taken.ok());
    EXPECT_THAT(taken.error().what, HasSubstr("127.0.0.1:" + std::to_string(port_)));
    EXPECT_THAT(taken.error().what, HasSubstr("another process holds the port"));
    EXPECT_EQ(other.listen("no such host", 0).error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace leat::net
