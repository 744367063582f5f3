// The HTTP client and server over TLS, on certificates made here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <optional>

#include "net/http_client.hpp"
#include "net/http_server.hpp"
#include "net/io_threads.hpp"
#include "net/test_certificates.hpp"
#include "net/test_peer.hpp"
#include "net/tls.hpp"

namespace leat::net {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class HttpsTest : public ::testing::Test {
protected:
    void serve(const TestAuthority::Files& files) {
        auto tls = TlsContext::for_server(files.certificate, files.key);
        ASSERT_TRUE(tls.ok()) << tls.error().what;
        HttpServerOptions options;
        options.max_body_bytes = std::size_t{16} << 20;
        options.tls = *tls;
        server_.emplace(
            io_.executor(), options,
            [](http::Request request, const Responder& respond) {
                respond(http::text(request.path == "/echo" ? request.body : "hello"));
            },
            clock_);
        const auto port = server_->listen("127.0.0.1", 0);
        ASSERT_TRUE(port.ok());
        port_ = *port;
    }
    void trust(const std::string& ca_file) {
        HttpClientOptions options;
        options.max_response_bytes = std::size_t{16} << 20;
        options.tls_ca_file = ca_file;
        client_.emplace(io_.executor(), options, clock_);
    }
    Result<http::Response> call(const std::string& url, const std::string& body = {}) {
        ClientRequest request;
        request.method = body.empty() ? "GET" : "PUT";
        request.url = url;
        request.body = body;
        auto promise = std::make_shared<std::promise<Result<http::Response>>>();
        client_->call(request, clock_.now() + 20s, [promise](Result<http::Response> result) {
            promise->set_value(std::move(result));
        });
        return promise->get_future().get();
    }
    std::string url(const std::string& host, const std::string& path = "/") const {
        return "https://" + host + ":" + std::to_string(port_) + path;
    }
    void TearDown() override {
        if (client_) client_->close();
        server_.reset();
        io_.stop();
    }

    TestAuthority authority_;
    SystemClock clock_;
    IoThreads io_{2, "net-test"};
    std::optional<HttpServer> server_;
    std::optional<HttpClient> client_;
    std::uint16_t port_ = 0;
};

TEST_F(HttpsTest, gets_answers_and_uses_its_connection_again) {
    serve(authority_.issue("DNS:localhost"));
    trust(authority_.ca_file());
    for (int i = 0; i < 3; ++i) {
        const auto answer = call(url("localhost"));
        ASSERT_TRUE(answer.ok()) << answer.error().what;
        EXPECT_EQ(answer->body, "hello");
    }
    EXPECT_EQ(client_->stats().connections_opened, 1U);
}

TEST_F(HttpsTest, carries_more_than_a_socket_takes_at_once_both_ways) {
    serve(authority_.issue("IP:127.0.0.1"));
    trust(authority_.ca_file());
    std::string large(std::size_t{8} << 20, 'x');
    for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>('a' + i % 23);
    const auto answer = call(url("127.0.0.1", "/echo"), large);
    ASSERT_TRUE(answer.ok()) << answer.error().what;
    EXPECT_TRUE(answer->body == large);
}

TEST_F(HttpsTest, refuses_a_certificate_for_another_host) {
    serve(authority_.issue("DNS:other.example.com,IP:127.0.0.2"));
    trust(authority_.ca_file());
    for (const auto* host : {"localhost", "127.0.0.1"}) {
        const auto answer = call(url(host));
        ASSERT_FALSE(answer.ok());
        EXPECT_EQ(answer.error().code, Errc::unavailable);
        EXPECT_FALSE(answer.error().retriable);
        EXPECT_THAT(answer.error().what, HasSubstr("its certificate is not accepted"));
    }
}

TEST_F(HttpsTest, refuses_a_certificate_of_an_authority_that_is_not_believed) {
    serve(authority_.issue("DNS:localhost"));
    const TestAuthority other;
    trust(other.ca_file());
    EXPECT_THAT(call(url("localhost")).error().what, HasSubstr("certificate is not accepted"));
    trust("");  // the system's
    EXPECT_THAT(call(url("localhost")).error().what, HasSubstr("certificate is not accepted"));
}

TEST_F(HttpsTest, refuses_a_certificate_that_is_no_longer_valid) {
    serve(authority_.issue("DNS:localhost", true));
    trust(authority_.ca_file());
    EXPECT_THAT(call(url("localhost")).error().what, HasSubstr("certificate has expired"));
}

TEST_F(HttpsTest, says_when_its_file_of_authorities_cannot_be_used) {
    trust("/no/such/file.pem");
    const auto answer = call("https://localhost/");
    EXPECT_EQ(answer.error().code, Errc::invalid_argument);
    EXPECT_THAT(answer.error().what, HasSubstr("/no/such/file.pem"));
}

TEST_F(HttpsTest, does_not_speak_to_a_server_without_tls) {
    TestListener plain;
    trust(authority_.ca_file());
    auto answer = std::async(std::launch::async, [&] {
        return call("https://127.0.0.1:" + std::to_string(plain.port()) + "/");
    });
    auto peer = plain.accept();
    peer.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    EXPECT_FALSE(answer.get().ok());
}

TEST_F(HttpsTest, keeps_http_and_https_of_one_address_apart) {
    serve(authority_.issue("DNS:localhost"));
    trust(authority_.ca_file());
    EXPECT_TRUE(call(url("localhost")).ok());
    EXPECT_FALSE(call("http://localhost:" + std::to_string(port_) + "/").ok());
    EXPECT_TRUE(call(url("localhost")).ok());
}

}  // namespace
}  // namespace leat::net
