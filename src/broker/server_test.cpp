// A whole server on real sockets: what its listeners tell those who come in.
#include "broker/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <future>
#include <thread>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "kafka/header.hpp"
#include "kafka/messages/all.hpp"
#include "kafka/record_batch.hpp"
#include "net/http_client.hpp"

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

    const std::string& folder() const { return folder_; }

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

/// One connection whose requests are answered one by one.
class Caller {
public:
    /// `receive_buffer`: of the socket, in bytes, if it is to be a small one.
    explicit Caller(std::uint16_t port, int receive_buffer = 0) {
        socket_.open(boost::asio::ip::tcp::v4());
        if (receive_buffer > 0)
            socket_.set_option(boost::asio::socket_base::receive_buffer_size{receive_buffer});
        socket_.connect({boost::asio::ip::make_address("127.0.0.1"), port});
    }
    template <class Response, class RequestBody>
    Response ask(const RequestBody& body, std::int16_t version) {
        return answer<Response>(begin(body, version), version);
    }
    /// Sends the request and reads no more of its answer than its size, which it returns.
    template <class RequestBody>
    std::size_t begin(const RequestBody& body, std::int16_t version) {
        boost::asio::write(
            socket_, boost::asio::buffer(kafka::request_frame(body, version, 1, "test").flat()));
        Bytes size(4);
        boost::asio::read(socket_, boost::asio::buffer(size));
        return static_cast<std::size_t>(load_be<std::int32_t>(size.data()));
    }
    /// The rest of what was begun.
    template <class Response>
    Response answer(std::size_t size, std::int16_t version) {
        const auto answer = std::make_shared<Bytes>(size);
        boost::asio::read(socket_, boost::asio::buffer(*answer));
        auto opened = kafka::open_response<Response>(ByteView{*answer}, version, answer);
        check(opened.has_value(), "the broker's answers can be read");
        return std::move(opened->second);
    }
    bool is_closed() {
        boost::system::error_code error;
        char byte = 0;
        socket_.non_blocking(true);
        socket_.receive(boost::asio::buffer(&byte, 1), boost::asio::socket_base::message_peek,
                        error);
        socket_.non_blocking(false);
        return error == boost::asio::error::eof;
    }
    /// How many bytes come until the broker closes the connection.
    std::size_t bytes_until_closed() {
        std::size_t all = 0;
        boost::system::error_code error;
        for (Bytes some(1 << 16); !error;)
            all += socket_.read_some(boost::asio::buffer(some), error);
        return all;
    }

private:
    boost::asio::io_context io_;
    boost::asio::ip::tcp::socket socket_{io_};
};

/// Asks for the metrics of a server again and again over one connection.
class MetricsReader {
public:
    explicit MetricsReader(const HostPort& admin)
        : url_("http://" + admin.to_string() + "/metrics") {}

    std::string read() {
        std::string text;
        client_.call({.url = url_, .headers = {}, .body = {}, .content_type = {}},
                     clock_.now() + std::chrono::minutes{1},
                     [&](const Result<net::http::Response>& answer) {
                         check(answer.ok(), "the metrics can be read");
                         text = answer->body;
                     });
        for (io_.restart(); text.empty();) io_.run_one();
        return text;
    }

private:
    std::string url_;
    SystemClock clock_;
    boost::asio::io_context io_;
    net::HttpClient client_{io_.get_executor(), {}, clock_};
};

TEST(Server, closes_no_connection_that_may_be_idle_for_ever) {
    const Serving serving{{{"listeners", "127.0.0.1:0"}, {"connections.max.idle.ms", "-1"}}};
    Caller idle{serving.at.kafka.at(0).port};
    MetricsReader metrics{*serving.at.admin};
    // Connections are counted where those are closed that were idle for too long.
    while (metrics.read().find("leat_broker_connections 1\n") == std::string::npos)
        ASSERT_FALSE(idle.is_closed());
    EXPECT_EQ(idle.ask<kafka::ApiVersionsResponse>(kafka::ApiVersionsRequest{}, 3).error_code,
              kafka::ErrorCode::none);
}

TEST(Server, says_when_it_stops) {
    testing::internal::CaptureStderr();
    { const Serving serving{{{"listeners", "127.0.0.1:0"}}}; }
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("info  stopping connections=0"));
}

// Batches without the leader epoch, which the broker sets; their checksums do not cover it.
std::string without_epochs(ByteView batches) {
    Bytes all{batches.begin(), batches.end()};
    for (std::size_t at = 0; at < all.size();) {
        const auto header = kafka::BatchHeader::read(ByteView{all}.subspan(at));
        if (!header || header->size() > all.size() - at) return "not whole batches";
        store_be<std::int32_t>(all.data() + at + 12, 0);
        at += header->size();
    }
    return std::string{as_text(all)};
}

/// A topic "t" whose records lie in files alone, and what its partitions hold.
class ServingFiles : public testing::Test {
protected:
    static constexpr std::int32_t partitions = 3;

    void fill(std::int32_t records, std::size_t size) {
        kafka::CreateTopicsRequest creation;
        creation.topics.emplace_back().name = "t";
        creation.topics.back().num_partitions = partitions;
        creation.topics.back().replication_factor = 1;
        caller.ask<kafka::CreateTopicsResponse>(creation, 7);
        for (std::int32_t i = 0; i < records; ++i) {
            const std::string value(size + static_cast<std::size_t>(i),
                                    static_cast<char>('a' + i % 26));
            const kafka::NewRecord record{1'700'000'000'000, {}, as_bytes(value), {}};
            auto batch = kafka::build_batch({&record, 1});
            kafka::ProduceRequest request;
            request.acks = -1;
            auto& data = request.topic_data.emplace_back();
            data.name = "t";
            data.partition_data.push_back(
                {.index = i % partitions, .records = {{SharedSlice::of(batch)}}});
            caller.ask<kafka::ProduceResponse>(request, 9);
            store_be<std::int64_t>(batch.data(), i / partitions);
            auto& all = stored[static_cast<std::size_t>(i % partitions)];
            all.insert(all.end(), batch.begin(), batch.end());
        }
    }
    static kafka::FetchRequest fetching_all() {
        kafka::FetchRequest request;
        request.max_bytes = 100 << 20;
        request.topics.emplace_back().topic = "t";
        for (std::int32_t p = 0; p < partitions; ++p) {
            auto& wanted = request.topics.back().partitions.emplace_back();
            wanted.partition = p;
            wanted.partition_max_bytes = 10 << 20;
        }
        return request;
    }
    void expect_all(const kafka::FetchResponse& answer) const {
        for (const auto& partition : answer.responses.at(0).partitions) {
            const auto got = partition.records.bytes();
            const auto& all = stored.at(static_cast<std::size_t>(partition.partition_index));
            ASSERT_EQ(got.size(), all.size());
            EXPECT_EQ(without_epochs(got), without_epochs(all)) << partition.partition_index;
        }
    }
    /// Lets the operating system forget what it need not keep of the broker's files.
    void forget_files() const {
        for (const auto& entry : std::filesystem::recursive_directory_iterator{serving.folder()}) {
            if (!entry.is_regular_file()) continue;
            const int file = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
            if (file < 0) continue;  // deleted meanwhile
            ::fdatasync(file);
            ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
            ::close(file);
        }
    }

    explicit ServingFiles(const std::string& max_idle_ms = "600000")
        : serving({{"listeners", "127.0.0.1:0"},
                   {"leat.tail.cache.bytes", "0"},
                   {"connections.max.idle.ms", max_idle_ms}}) {}

    const Serving serving;
    Caller caller{serving.at.kafka.at(0).port};
    std::vector<Bytes> stored = std::vector<Bytes>(partitions);
};

TEST_F(ServingFiles, sends_what_was_produced_byte_for_byte) {
    fill(90, 50'000);
    for (int i = 0; i < 3; ++i) expect_all(caller.ask<kafka::FetchResponse>(fetching_all(), 12));
}

TEST_F(ServingFiles, sends_what_has_left_memory_since_it_was_asked_for) {
    fill(24, 1'000'000);
    Caller slow{serving.at.kafka.at(0).port, 4096};
    const auto size = slow.begin(fetching_all(), 12);
    forget_files();
    expect_all(slow.answer<kafka::FetchResponse>(size, 12));
}

class ImpatientServing : public ServingFiles {
protected:
    ImpatientServing() : ServingFiles("2000") {}
};

TEST_F(ImpatientServing, closes_a_reader_that_takes_nothing_for_as_long_as_one_may_be_idle) {
    fill(24, 1'000'000);
    Caller stopped{serving.at.kafka.at(0).port, 4096};
    const auto size = stopped.begin(fetching_all(), 12);
    ASSERT_GT(size, 20'000'000U);
    // Each of these is closed for its idleness, the second one after the one that takes nothing.
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(Caller{serving.at.kafka.at(0).port}.bytes_until_closed(), 0U);
    EXPECT_LT(stopped.bytes_until_closed(), size);
}

}  // namespace
}  // namespace leat::broker
