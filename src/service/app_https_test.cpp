// A service that calls another one over TLS.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/http_server.hpp"
#include "net/io_threads.hpp"
#include "net/test_certificates.hpp"
#include "net/tls.hpp"
#include "service/app_for_test.hpp"

namespace leat::service {
namespace {

using testing::HasSubstr;

class HttpsCalls : public testing::Test {
protected:
    void SetUp() override {
        const auto files = authority.issue("IP:127.0.0.1");
        net::HttpServerOptions options;
        options.tls = net::TlsContext::for_server(files.certificate, files.key).value();
        server = std::make_unique<net::HttpServer>(
            io.executor(), options,
            [](const net::http::Request&, const net::Responder& respond) {
                respond(net::http::text("hello over TLS"));
            },
            clock);
        port = server->listen("127.0.0.1", 0).value();
    }
    void TearDown() override {
        server.reset();
        io.stop();
    }
    // What a service with these settings gets, or why it gets nothing.
    std::string called(std::vector<std::string> settings) {
        AppForTest app{"caller", kafka, std::move(settings)};
        const auto url = "https://127.0.0.1:" + std::to_string(port) + "/";
        app.app().get("/call", [url](request& in) -> response {
            try {
                return text_response(in.http().get(url).get().body);
            } catch (const http_error& error) {
                return text_response(error.what());
            }
        });
        app.start();
        return app.call("GET", "/call").body;
    }

    net::TestAuthority authority;
    SystemClock clock;
    net::IoThreads io{1, "https-test"};
    std::unique_ptr<net::HttpServer> server;
    std::uint16_t port = 0;
    KafkaForTest kafka;
};

TEST_F(HttpsCalls, believe_the_authorities_of_the_file_that_is_set) {
    EXPECT_EQ(called({"http_client.ca_file=" + authority.ca_file()}), "hello over TLS");
}

TEST_F(HttpsCalls, believe_the_systems_authorities_alone_by_default) {
    EXPECT_THAT(called({}), HasSubstr("certificate is not accepted"));
}

}  // namespace
}  // namespace leat::service
