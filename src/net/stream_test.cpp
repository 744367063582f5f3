// The socket's calls beside those that HTTP makes: files, and the kernel's pacing.
#include "net/stream.hpp"

#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <filesystem>

#include "net/test_peer.hpp"

namespace leat::net {
namespace {

using boost::asio::ip::tcp;

/// Two ends of a loopback connection to `address`, and a file without a name.
class StreamTest : public testing::Test {
protected:
    StreamTest() {
        std::string path = std::filesystem::temp_directory_path() / "leat-stream-XXXXXX";
        file_ = ::mkstemp(path.data());
        check(file_ >= 0 && ::unlink(path.c_str()) == 0, "a test can make a file");
    }
    ~StreamTest() override { ::close(file_); }

    std::pair<Stream, tcp::socket> connected(const char* listen_on, const char* connect_to) {
        tcp::acceptor acceptor{io_, {boost::asio::ip::make_address(listen_on), 0}};
        tcp::socket client{io_};
        client.connect(
            {boost::asio::ip::make_address(connect_to), acceptor.local_endpoint().port()});
        auto accepted = acceptor.accept();
        descriptor_ = accepted.native_handle();
        return {Stream{std::move(accepted)}, std::move(client)};
    }
    FileSlice written(const std::string& text) {
        check(::write(file_, text.data(), text.size()) == static_cast<ssize_t>(text.size()),
              "a test can write a file");
        return {nullptr, file_, 0, text.size()};
    }
    static std::string congestion_control_of(int descriptor) {
        std::array<char, 16> name{};
        socklen_t size = name.size();
        ::getsockopt(descriptor, IPPROTO_TCP, TCP_CONGESTION, name.data(), &size);
        return name.data();
    }

    boost::asio::io_context io_;
    int file_ = -1;
    int descriptor_ = -1;  // of the stream
};

TEST_F(StreamTest, sends_a_part_of_a_file_between_pieces_of_memory) {
    auto [stream, client] = connected("127.0.0.1", "127.0.0.1");
    auto slice = written("0123456789");
    slice.position = 3;
    slice.count = 4;
    ASSERT_TRUE(stream.sends_files());
    Stream::error_code error;
    std::string before = "<";
    std::string after = ">";
    const iovec first{before.data(), before.size()};
    const iovec last{after.data(), after.size()};
    EXPECT_EQ(stream.write_some({&first, 1}, error, true), 1U);
    EXPECT_EQ(stream.send_file(slice, error), 4U);
    EXPECT_EQ(stream.write_some({&last, 1}, error), 1U);
    ASSERT_FALSE(error) << error.message();
    std::string got(6, ' ');
    boost::asio::read(client, boost::asio::buffer(got));
    EXPECT_EQ(got, "<3456>");
}

TEST_F(StreamTest, says_that_a_file_ends_before_what_was_to_be_sent_of_it) {
    auto [stream, client] = connected("127.0.0.1", "127.0.0.1");
    auto slice = written("0123");
    slice.position = 4;
    Stream::error_code error;
    EXPECT_EQ(stream.send_file(slice, error), 0U);
    EXPECT_EQ(error, boost::asio::error::eof);
}

TEST_F(StreamTest, would_block_when_the_peer_reads_nothing) {
    auto [stream, client] = connected("127.0.0.1", "127.0.0.1");
    const auto slice = written(std::string(1 << 20, 'x'));
    Stream::error_code error;
    std::size_t sent = 0;
    while (!error) sent += stream.send_file(slice, error);
    EXPECT_EQ(error, boost::asio::error::would_block);
    EXPECT_GT(sent, 0U);
}

TEST_F(StreamTest, does_not_pace_what_never_leaves_the_machine) {
    for (const auto& [listen_on, connect_to] :
         {std::pair{"127.0.0.1", "127.0.0.1"}, {"::1", "::1"}, {"::", "127.0.0.1"}}) {
        auto [stream, client] = connected(listen_on, connect_to);
        EXPECT_EQ(congestion_control_of(descriptor_), "reno") << listen_on;
    }
}

}  // namespace
}  // namespace leat::net
