// A whole server on real sockets: what its listeners tell those who come in.
#include "broker/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <future>
#include <thread>

#include "base/bytes.hpp"
#include "kafka/header.hpp"
#include "kafka/messages/metadata.hpp"

namespace leat::broker {
namespace {

using testing::HasSubstr;

/// Serves in a thread of its own, from a folder that goes with it.
class Serving {
public:
    explicit Serving(const ConfigMap& keys) : server_(configured(keys)) {
        std::promise<ServingAt> ready;
        auto begun = ready.get_future();
        thread_ = std::thread{[this, ready = std::move(ready)]() mutable {
            ended_ = server_.run([&](const ServingAt& serving) { ready.set_value(serving); });
            if (!ended_) ready.set_value({});
        }};
        at = begun.get();
    }
    ~Serving() {
        server_.stop();
        thread_.join();
        std::filesystem::remove_all(folder_);
    }

    ServingAt at;

private:
    Config configured(const ConfigMap& keys) {
        std::string pattern = std::filesystem::temp_directory_path() / "leat-server-XXXXXX";
        check(::mkdtemp(pattern.data()) != nullptr, "a test can make a folder");
        folder_ = pattern;
        Config config;
        check(config.set("log.dirs", folder_).ok(), "a key that exists");
        check(config.set("leat.free.space.floor.bytes", "0").ok(), "a key that exists");
        for (const auto& [key, value] : keys) check(config.set(key, value).ok(), key);
        return config;
    }

    std::string folder_;
    Server server_;
    std::thread thread_;
    Result<void> ended_;
};

/// Asks for metadata over a connection to `host`, and gives the broker's address in the answer.
std::string told_at(const std::string& host, std::uint16_t port) {
    boost::asio::io_context io;
    boost::asio::ip::tcp::socket socket{io};
    socket.connect({boost::asio::ip::make_address(host), port});
    constexpr std::int16_t version = 9;
    const auto request = kafka::request_frame(kafka::MetadataRequest{}, version, 1, "test").flat();
    boost::asio::write(socket, boost::asio::buffer(request));
    Bytes size(4);
    boost::asio::read(socket, boost::asio::buffer(size));
    const auto answer =
        std::make_shared<Bytes>(static_cast<std::size_t>(load_be<std::int32_t>(size.data())));
    boost::asio::read(socket, boost::asio::buffer(*answer));
    const auto opened =
        kafka::open_response<kafka::MetadataResponse>(ByteView{*answer}, version, answer);
    check(opened.has_value(), "the broker's answers can be read");
    const auto& broker = opened->second.brokers.at(0);
    return HostPort{broker.host, static_cast<std::uint16_t>(broker.port)}.to_string();
}

TEST(Server, tells_each_client_an_address_that_it_can_reach) {
    const Serving serving{{{"listeners", "A://0.0.0.0:0,B://127.0.0.1:0"},
                           {"listener.security.protocol.map", "A:PLAINTEXT,B:PLAINTEXT"},
                           {"advertised.listeners", "B://broker.example.com:19092"}}};
    ASSERT_EQ(serving.at.kafka.size(), 2U);
    const auto a = serving.at.kafka[0].port;
    EXPECT_EQ(told_at("127.0.0.1", a), "127.0.0.1:" + std::to_string(a));
    EXPECT_EQ(told_at("127.0.0.2", a), "127.0.0.2:" + std::to_string(a));
    EXPECT_EQ(told_at("127.0.0.1", serving.at.kafka[1].port), "broker.example.com:19092");
}

TEST(Server, tells_ipv4_clients_of_an_ipv6_wildcard_an_ipv4_address) {
    const Serving serving{{{"listeners", ":0"}}};
    ASSERT_EQ(serving.at.kafka.size(), 1U);
    const auto port = serving.at.kafka[0].port;
    EXPECT_EQ(told_at("127.0.0.1", port), "127.0.0.1:" + std::to_string(port));
}

TEST(Server, serves_beside_another_where_both_take_free_ports) {
    const Serving one{{{"listeners", "127.0.0.1:0"}}};
    const Serving other{{{"listeners", "127.0.0.1:0"}}};
    ASSERT_TRUE(one.at.admin && other.at.admin);
    EXPECT_NE(one.at.admin->port, other.at.admin->port);
}

TEST(Server, names_the_flag_when_an_address_is_taken) {
    const Serving serving{{{"listeners", "127.0.0.1:0"}}};
    Config config;
    const std::string folder = std::filesystem::temp_directory_path()
                               / ("leat-server-taken-" + std::to_string(::getpid()));
    ASSERT_TRUE(config.set("log.dirs", folder).ok());
    ASSERT_TRUE(config.set("listeners", serving.at.kafka.at(0).to_string()).ok());
    const auto refused = Server{config}.run([](const ServingAt&) {});
    ASSERT_FALSE(refused.ok());
    EXPECT_THAT(refused.error().what, HasSubstr("--listen HOST:PORT"));
    ASSERT_TRUE(config.set("listeners", "127.0.0.1:0").ok());
    ASSERT_TRUE(config.set("leat.admin.listener", serving.at.admin->to_string()).ok());
    EXPECT_THAT(Server{config}.run([](const ServingAt&) {}).error().what,
                HasSubstr("--admin HOST:PORT"));
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace leat::broker
