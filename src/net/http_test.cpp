#include "net/http.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/http_parser.hpp"
#include "net/http_writer.hpp"

namespace leat::net::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

Request target_of(std::string_view target) {
    Request request;
    const auto parsed = parse_target(target, request);
    EXPECT_TRUE(parsed.ok()) << target;
    return request;
}

TEST(Headers, find_names_without_case_and_keep_their_order) {
    Headers headers{{"Content-Type", "text/plain"}, {"X-A", "1"}, {"x-a", "2"}};
    EXPECT_EQ(headers.get("content-type"), "text/plain");
    EXPECT_EQ(headers.get("X-a"), "1");
    EXPECT_EQ(headers.at(2).value, "2");
    EXPECT_FALSE(headers.find("absent"));
    headers.set("x-A", "3");
    EXPECT_EQ(headers.size(), 2U);
    EXPECT_EQ(headers.get("x-a"), "3");
}

TEST(Headers, never_let_a_value_split_the_message) {
    Headers headers;
    headers.add("Location", "/a\r\nSet-Cookie: x");
    EXPECT_EQ(headers.get("location"), "/a  Set-Cookie: x");
}

TEST(Target, is_split_into_decoded_segments_and_parameters) {
    const auto request = target_of("/orders/a%20b/%2Fc?limit=5&q=a+b%26&flag&limit=6");
    EXPECT_EQ(request.path, "/orders/a%20b/%2Fc");
    EXPECT_THAT(request.segments, ElementsAre("orders", "a b", "/c"));
    EXPECT_THAT(request.query, ElementsAre(Pair("limit", "5"), Pair("q", "a b&"), Pair("flag", ""),
                                           Pair("limit", "6")));
    EXPECT_EQ(request.query_value("limit"), "5");
    EXPECT_THAT(target_of("/").segments, IsEmpty());
    EXPECT_THAT(target_of("/a/").segments, ElementsAre("a", ""));
    EXPECT_THAT(target_of("http://host:80/x?y=1").segments, ElementsAre("x"));
    EXPECT_EQ(target_of("http://host?y=1").query_value("y"), "1");
    EXPECT_EQ(target_of("*").path, "*");
}

TEST(Target, with_bad_escapes_or_form_is_refused) {
    Request request;
    for (const auto* bad : {"/%", "/%2", "/%zz", "/a?b=%4", "/%00", "orders", "", "?a"})
        EXPECT_FALSE(parse_target(bad, request).ok()) << bad;
}

TEST(PercentCoding, returns_every_byte) {
    std::string all;
    for (int c = 1; c < 256; ++c) all += static_cast<char>(c);
    EXPECT_EQ(*percent_decode(percent_encode(all)), all);
    EXPECT_EQ(percent_encode("a b/c"), "a%20b%2Fc");
}

TEST(Problem, is_rfc_9457_json_whatever_the_detail_holds) {
    const auto response =
        problem(422, "Invalid \"order\"", "line\n\xff\xc3\xa9", {{"field", "a\\b"}});
    EXPECT_EQ(response.status, 422);
    EXPECT_EQ(response.content_type, "application/problem+json");
    EXPECT_EQ(response.body, R"({"type":"about:blank","title":"Invalid \"order\"","status":422,)"
                             "\"detail\":\"line\\n\xef\xbf\xbd\xc3\xa9\",\"field\":\"a\\\\b\"}");
}

TEST(ResponseWriter, writes_framing_itself_and_no_body_where_none_belongs) {
    Response response = text("hello");
    response.headers.add("Content-Length", "99");
    response.headers.add("X-A", "b");
    std::string out;
    append_response(out, response, {.date_ms = 784'111'777'000});
    EXPECT_EQ(
        out,
        "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nX-A: b\r\nContent-Length: 5\r\n\r\nhello");
    out.clear();
    append_response(out, response, {.keep_alive = false, .to_head = true});
    EXPECT_THAT(out, HasSubstr("Connection: close\r\nContent-Length: 5\r\n\r\n"));
    EXPECT_TRUE(out.ends_with("\r\n\r\n"));
    out.clear();
    append_response(out, {.status = 204, .content_type = {}, .headers = {}, .body = "ignored"}, {});
    EXPECT_EQ(out.find("Content-Length"), std::string::npos);
    EXPECT_TRUE(out.ends_with("\r\n\r\n"));
}

constexpr std::string_view chunked_request =
    "\r\nPOST /a?b=c HTTP/1.1\r\nHost: h\r\nX-Name:  v \r\nTransfer-Encoding: chunked\r\n\r\n"
    "3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: t\r\n\r\n";

TEST(RequestParser, gives_the_same_request_for_every_split_of_its_bytes) {
    for (std::size_t split = 0; split <= chunked_request.size(); ++split) {
        RequestParser parser{{}};
        auto used = parser.feed(chunked_request.substr(0, split));
        used += parser.feed(chunked_request.substr(used));
        ASSERT_EQ(parser.state(), ParserState::done) << "split at " << split;
        EXPECT_EQ(used, chunked_request.size());
        EXPECT_EQ(parser.request().method, "POST");
        EXPECT_EQ(parser.request().body, "abcde");
        EXPECT_EQ(parser.request().headers.get("x-name"), "v");
        EXPECT_FALSE(parser.request().headers.find("x-trailer"));
    }
}

TEST(RequestParser, takes_its_bytes_one_at_a_time) {
    RequestParser parser{{}};
    std::string unread;
    for (const char byte : chunked_request) {
        unread += byte;
        unread.erase(0, parser.feed(unread));
    }
    ASSERT_EQ(parser.state(), ParserState::done);
    EXPECT_EQ(parser.request().body, "abcde");
}

TEST(RequestParser, stops_at_the_end_of_a_message) {
    const std::string_view two =
        "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n";
    RequestParser parser{{}};
    const auto used = parser.feed(two);
    EXPECT_EQ(used, two.size() / 2);
    EXPECT_EQ(parser.request().target, "/1");
    parser.reset();
    parser.feed(two.substr(used));
    EXPECT_EQ(parser.request().target, "/2");
}

int refusal(std::string_view bytes, ParserLimits limits = {}) {
    RequestParser parser{limits};
    for (std::size_t used = 0;;) {
        const auto count = parser.feed(bytes.substr(used));
        used += count;
        if (parser.state() == ParserState::failed) return parser.failure().status;
        if (count == 0 || used == bytes.size()) return 0;
    }
}

TEST(RequestParser, refuses_what_is_malformed_or_smuggles) {
    const std::string host = "\r\nHost: h\r\n";
    EXPECT_EQ(refusal("nonsense\r\n\r\n"), 400);
    EXPECT_EQ(refusal("GET / HTTP/2.0" + host + "\r\n"), 400);
    EXPECT_EQ(refusal("GET / HTTP/1.1\r\n\r\n"), 400) << "no Host";
    EXPECT_EQ(refusal("GET / HTTP/1.0\r\n\r\n"), 0) << "HTTP/1.0 has no Host";
    EXPECT_EQ(refusal("GET / HTTP/1.1" + host + "Host: i\r\n\r\n"), 400);
    EXPECT_EQ(refusal("GET /%zz HTTP/1.1" + host + "\r\n"), 400);
    EXPECT_EQ(refusal("GET / HTTP/1.1" + host + "A : b\r\n\r\n"), 400);
    const std::string post = "POST / HTTP/1.1" + host;
    EXPECT_EQ(refusal(post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n"), 400);
    EXPECT_EQ(refusal(post + "Content-Length: -1\r\n\r\n"), 400);
    EXPECT_EQ(refusal(post + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
    EXPECT_EQ(refusal(post + "Transfer-Encoding: chunked, gzip\r\n\r\n"), 501);
    EXPECT_EQ(refusal(post + "Transfer-Encoding: xchunked\r\n\r\n"), 501);
    EXPECT_EQ(refusal(post + "Transfer-Encoding: chunked\r\n\r\nzz\r\nz"), 400);
    EXPECT_EQ(refusal(post + "Expect: tea\r\n\r\n"), 417);
}

TEST(RequestParser, limits_header_and_body_however_they_arrive) {
    const ParserLimits limits{.header_bytes = 300, .body_bytes = 10};
    const std::string head = "POST / HTTP/1.1\r\nHost: h\r\n";
    EXPECT_EQ(refusal(head + "X: " + std::string(400, 'x'), limits), 431);
    std::string many = head;
    for (int i = 0; i < 100; ++i) many += "A" + std::to_string(i) + ": b\r\n";
    EXPECT_EQ(refusal(many, limits), 431);
    EXPECT_EQ(refusal(many + "\r\n", limits), 431);
    EXPECT_EQ(refusal("GET /" + std::string(400, 'x'), limits), 431);
    EXPECT_EQ(refusal(head + "Content-Length: 11\r\n\r\n", limits), 413);
    const std::string chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
    EXPECT_EQ(refusal(chunked + "b\r\nab", limits), 413);
    EXPECT_EQ(refusal(chunked + "6\r\nabcdef\r\n6\r\n", limits), 413);
    EXPECT_EQ(refusal(chunked + "1;" + std::string(400, 'x'), limits), 400);
    EXPECT_EQ(refusal(head + "Content-Length: 10\r\n\r\n0123456789", limits), 0);

    RequestParser dripped{limits};  // one field at a time, most of them consumed at once
    std::string unread = head;
    for (int i = 0; i < 100 && dripped.state() != ParserState::failed; ++i) {
        unread.erase(0, dripped.feed(unread));
        EXPECT_LT(unread.size(), limits.header_bytes);
        unread += "AB: cd\r\n";
    }
    EXPECT_EQ(dripped.state(), ParserState::failed);
}

TEST(ResponseParser, reads_lengths_chunks_and_bodies_up_to_the_end) {
    ResponseParser parser{{}};
    parser.feed("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok");
    EXPECT_EQ(parser.state(), ParserState::done);
    EXPECT_EQ(parser.response().status, 201);
    EXPECT_EQ(parser.response().body, "ok");
    EXPECT_TRUE(parser.keep_alive());
    parser.reset();
    parser.feed("HTTP/1.1 200 OK\r\nContent-Type: a/b\r\n\r\nup to the end");
    EXPECT_EQ(parser.state(), ParserState::body);
    parser.feed_eof();
    EXPECT_EQ(parser.state(), ParserState::done);
    EXPECT_EQ(parser.response().body, "up to the end");
    EXPECT_EQ(parser.response().content_type, "a/b");
    EXPECT_FALSE(parser.keep_alive());
    parser.reset(true);
    parser.feed("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
    EXPECT_EQ(parser.state(), ParserState::done) << "the answer to HEAD has no body";
    parser.reset();
    parser.feed("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
    parser.feed_eof();
    EXPECT_EQ(parser.state(), ParserState::failed);
    parser.reset();
    parser.feed("HTTP/1.1 002 OK\r\n\r\n");
    EXPECT_EQ(parser.state(), ParserState::failed);
}

}  // namespace
}  // namespace leat::net::http
