// The admin address, asked as Prometheus and a supervisor ask it.
#include "broker/admin.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "broker/broker_calls.hpp"

namespace leat::broker {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class AdminTest : public testing::Test {
protected:
    ~AdminTest() override {
        io_.stop();
        if (thread_.joinable()) thread_.join();
    }
    /// From here on the broker belongs to another thread.
    void serve() {
        const auto port = admin_.listen({"127.0.0.1", 0});
        ASSERT_TRUE(port.ok()) << port.error().what;
        port_ = *port;
        thread_ = std::thread{[this] { io_.run(); }};
    }
    /// The whole answer as it came.
    std::string ask(const std::string& method, const std::string& path) const {
        boost::asio::io_context io;
        boost::asio::ip::tcp::socket socket{io};
        socket.connect({boost::asio::ip::make_address("127.0.0.1"), port_});
        boost::asio::write(socket, boost::asio::buffer(method + " " + path
                                                       + " HTTP/1.1\r\nHost: leat\r\n"
                                                         "Connection: close\r\n\r\n"));
        std::string answer;
        boost::system::error_code end;
        boost::asio::read(socket, boost::asio::dynamic_buffer(answer), end);
        return answer;
    }

    BrokerRig rig;

private:
    boost::asio::io_context io_{1};
    SystemClock clock_;
    Admin admin_{io_.get_executor(), *rig.broker, *rig.metrics, clock_};
    std::uint16_t port_ = 0;
    std::thread thread_;
};

TEST_F(AdminTest, tells_metrics_and_health) {
    serve();
    const auto metrics = ask("GET", "/metrics");
    EXPECT_THAT(metrics, StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(metrics, HasSubstr("text/plain; version=0.0.4; charset=utf-8"));
    EXPECT_THAT(metrics, HasSubstr("leat_broker_requests_total{api=\"Produce\"} 0\n"));
    for (const auto* path : {"/health/live", "/health/ready"}) {
        EXPECT_THAT(ask("GET", path), StartsWith("HTTP/1.1 200 ")) << path;
        EXPECT_THAT(ask("GET", path), EndsWith("\r\n\r\nok\n")) << path;
    }
    EXPECT_THAT(ask("GET", "/health"), StartsWith("HTTP/1.1 404 "));
}

TEST_F(AdminTest, answers_head_as_get_but_for_the_body) {
    serve();
    for (const auto* path : {"/metrics", "/health/live", "/health/ready"}) {
        const auto answer = ask("HEAD", path);
        EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 ")) << path;
        EXPECT_THAT(answer, HasSubstr("Content-Length: ")) << path;
        EXPECT_THAT(answer, EndsWith("\r\n\r\n")) << path;
    }
}

TEST_F(AdminTest, is_live_and_not_ready_while_the_broker_is_in_trouble) {
    create_topic(rig, "t");
    rig.broker->topics().find("t")->partition(0)->log().take_offline("a sync failed");
    serve();
    EXPECT_THAT(ask("GET", "/health/live"), StartsWith("HTTP/1.1 200 "));
    const auto ready = ask("GET", "/health/ready");
    EXPECT_THAT(ready, StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(ready, HasSubstr("partition t-0 is offline: a sync failed\n"));
    const auto head = ask("HEAD", "/health/ready");
    EXPECT_THAT(head, StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(head, Not(HasSubstr("offline")));
}

TEST_F(AdminTest, says_which_methods_it_answers) {
    serve();
    for (const auto* path : {"/metrics", "/health/ready"}) {
        const auto answer = ask("POST", path);
        EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 ")) << path;
        EXPECT_THAT(answer, HasSubstr("\r\nAllow: GET, HEAD\r\n")) << path;
    }
}

}  // namespace
}  // namespace leat::broker
