#include "net/listen.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

namespace leat::net {
namespace {

using testing::HasSubstr;

class ListenTest : public ::testing::Test {
protected:
    Result<boost::asio::ip::tcp::acceptor> listen(const std::string& host, std::uint16_t port = 0) {
        return listen_on(io_.get_executor(), {host, port}, {.flag = "--listen"});
    }
    boost::asio::io_context io_;
};

TEST_F(ListenTest, names_the_flag_that_chooses_another_address_when_one_is_taken) {
    const auto first = listen("127.0.0.1");
    ASSERT_TRUE(first.ok());
    const auto second = listen("127.0.0.1", first->local_endpoint().port());
    ASSERT_FALSE(second.ok());
    EXPECT_THAT(second.error().what, HasSubstr("choose another with --listen HOST:PORT"));
}

TEST_F(ListenTest, listens_on_a_name_of_this_machine_and_refuses_others) {
    EXPECT_EQ(listen("localhost")->local_endpoint().address().to_string(), "127.0.0.1");
    EXPECT_THAT(listen("192.0.2.1").error().what, HasSubstr("none of this machine's"));
    EXPECT_THAT(listen("no-such-host.invalid").error().what, HasSubstr("nor a known name"));
}

TEST_F(ListenTest, takes_ipv4_clients_where_the_host_is_empty) {
    const auto acceptor = listen("");
    ASSERT_TRUE(acceptor.ok()) << acceptor.error().what;
    boost::asio::ip::tcp::socket client{io_};
    client.connect({boost::asio::ip::address_v4::loopback(), acceptor->local_endpoint().port()});
    EXPECT_EQ(plain_text(client.remote_endpoint().address()), "127.0.0.1");
}

TEST(PlainText, shows_a_mapped_ipv4_address_as_ipv4) {
    EXPECT_EQ(plain_text(boost::asio::ip::make_address("::ffff:10.0.0.7")), "10.0.0.7");
    EXPECT_EQ(plain_text(boost::asio::ip::make_address("::1")), "::1");
}

}  // namespace
}  // namespace leat::net
