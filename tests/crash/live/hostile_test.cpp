// E18–E20: garbage, lies and bombs on the running broker, while good clients notice nothing.
// LEAT_FRAMES=n sets how many mutated frames are sent, LEAT_SEED=s which, LEAT_FRAME_RATE=r how
// many a second (0: as many as can be).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <random>
#include <thread>

#include "broker_process.hpp"
#include "hostile_batch.hpp"
#include "kafka/header.hpp"
#include "kafka/messages/all.hpp"
#include "kafka/varint.hpp"
#include "load_consumer.hpp"
#include "load_producer.hpp"
#include "mutator.hpp"
#include "raw_peer.hpp"
#include "topics_request.hpp"
#include "whole_logs.hpp"

namespace leat::crash {
namespace {

using kafka::Codec;
using kafka::ErrorCode;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::int64_t mib = 1 << 20;
// The broker's limits in these tests, and what its memory may grow by beside what they say.
constexpr std::int64_t largest_request = 32 * mib;
constexpr std::int64_t request_memory = 64 * mib;
constexpr std::int64_t tail_memory = 8 * mib;
constexpr std::int64_t fetch_memory = 32 * mib;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::int64_t slack = 4096 * mib;  // freed memory is kept for a while
#else
constexpr std::int64_t slack = 16 * mib;
#endif
// All requests, one batch inflated, and the tails. A growing buffer is there twice for a moment.
constexpr std::int64_t memory_limit = request_memory + 2 * largest_request + tail_memory + slack;
constexpr auto patience = seconds{20};

class Hostile : public testing::Test {
protected:
    Hostile() {
        broker_.start({.settings = {"socket.request.max.bytes=" + std::to_string(largest_request),
                                    "leat.request.memory.bytes=" + std::to_string(request_memory),
                                    "leat.tail.cache.bytes=" + std::to_string(tail_memory),
                                    "leat.fetch.memory.bytes=" + std::to_string(fetch_memory),
                                    "leat.max.partitions=200", "offsets.topic.num.partitions=5"},
                       .environment = {}});
        check(broker_.wait_ready(), broker_.log_tail().c_str());
        create_topic("good");
        create_topic("victim");
        for (int i = 0; i < 2; ++i)
            producers_.push_back(std::make_unique<LoadProducer>(
                judge_, ProducerPlan{.bootstrap = broker_.bootstrap(),
                                     .kind = i == 0 ? HistoryChecker::Kind::idempotent
                                                    : HistoryChecker::Kind::plain,
                                     .number = i,
                                     .seed = seed_,
                                     .rate = 500}));
        consumer_ = std::make_unique<LoadConsumer>(
            judge_, ConsumerPlan{.bootstrap = broker_.bootstrap(), .group_id = "good"});
        judge_.wait_for_delivery();
        resident_before_ = broker_.resident();
        broker_.reset_peak();
    }

    // The broker lives, kept its memory within `limit`, and nobody good has noticed anything.
    void expect_unharmed(std::int64_t limit) {
        const auto grown = broker_.peak_resident() - resident_before_;
        EXPECT_LE(grown / mib, limit / mib) << "MiB that the memory grew by";
        for (const auto& producer : producers_) producer->pause();
        for (const auto& producer : producers_) {
            EXPECT_TRUE(producer->wait_acknowledged(patience));
            EXPECT_EQ(producer->errors(), 0);
        }
        client::ClusterOptions options;
        options.bootstrap = broker_.bootstrap();
        auto cluster = client::Cluster::connect(options);
        ASSERT_TRUE(cluster.ok()) << cluster.error().what;
        Ranges ranges{{0, open_end}};
        judge_.recovered(read_with_fetch(*cluster, judge_.places(), ranges));
        EXPECT_GT(ranges[0].to, 0);
        consumer_.reset();
        EXPECT_EQ(judge_.verdict(), "");
        EXPECT_TRUE(broker_.running()) << broker_.log_tail();
        EXPECT_EQ(broker_.stop(), 0) << broker_.log_tail();
        std::printf("memory grew by %lld MiB at most, of %lld\n",
                    static_cast<long long>(grown / mib), static_cast<long long>(limit / mib));
    }

    // The 99th percentile of what the good clients wait for an acknowledgement, in milliseconds,
    // from the last call to now. A benchmark compares them (./dev bench E19); a test has no such
    // clock.
    void tell_p99(const char* when) {
        constexpr std::size_t enough = 1000;
        std::vector<double> all;
        for (const auto& producer : producers_)
            std::ranges::copy(producer->take_latencies(enough), back_inserter(all));
        const auto p99 = all.begin() + static_cast<std::ptrdiff_t>(all.size() * 99 / 100);
        std::ranges::nth_element(all, p99);
        std::printf("p99 %s: %.3f ms\n", when, *p99);
    }

    void create_topic(const std::string& name) {
        RawPeer peer{broker_.port()};
        peer.send(as_text(kafka::request_frame(topics_request({{name, 1}}), 2, 1, "test").flat()));
        check(peer.receive().has_value(), "a topic is created");
    }

    // What the broker says to one batch.
    ErrorCode answer_to(Bytes batch) {
        RawPeer peer{broker_.port()};
        peer.send(produce_frame("victim", std::move(batch)));
        const auto frame = peer.receive(patience);
        if (!frame) return ErrorCode::unknown_server_error;
        const auto opened = kafka::open_response<kafka::ProduceResponse>(as_bytes(*frame), 9);
        check(opened.has_value(), "the broker answers in Kafka's words");
        return opened->second.responses.at(0).partition_responses.at(0).error_code;
    }
    bool closes_on(std::string_view bytes) {
        RawPeer peer{broker_.port()};
        peer.send(bytes);
        return peer.closes_within(patience);
    }

    std::uint64_t seed_ = number_from("LEAT_SEED", std::random_device{}());
    ScratchDir scratch_{"hostile"};
    BrokerProcess broker_{scratch_.path() + "/data", scratch_.path() + "/broker.log"};
    Judge judge_{{{"good", 0}}, 1};
    std::vector<std::unique_ptr<LoadProducer>> producers_;
    std::unique_ptr<LoadConsumer> consumer_;
    std::int64_t resident_before_ = 0;
};

std::string sized(std::string body) {
    std::string frame(4, '\0');
    store_be(reinterpret_cast<std::byte*>(frame.data()), static_cast<std::int32_t>(body.size()));
    return frame + body;
}

// The fields that every request begins with.
std::string request_start(kafka::ApiKey api, std::int16_t version) {
    std::array<std::byte, 10> bytes{};
    store_be(bytes.data(), static_cast<std::int16_t>(api));
    store_be(bytes.data() + 2, version);
    store_be(bytes.data() + 8, std::int16_t{-1});
    return std::string{as_text(bytes)};
}

void attack(std::uint16_t port, Mutator mutator, std::uint64_t frames, std::uint64_t rate) {
    constexpr std::size_t connections = 8;
    constexpr int frames_per_connection = 40;
    std::vector<RawPeer> peers;
    std::vector<int> left;
    for (std::size_t i = 0; i < connections; ++i) {
        peers.emplace_back(port);
        left.push_back(frames_per_connection);
    }
    const auto begin = std::chrono::steady_clock::now();
    for (std::uint64_t i = 0; i < frames; ++i) {
        const auto at = i % connections;
        if (rate > 0)
            std::this_thread::sleep_until(begin
                                          + std::chrono::nanoseconds{i * 1'000'000'000 / rate});
        // By now the broker has mostly judged what this connection sent before.
        if (!peers[at].drain() || left[at]-- == 0) {
            peers[at] = RawPeer{port};
            left[at] = frames_per_connection;
        }
        peers[at].send(mutator.frame(), milliseconds{1});
    }
}

TEST_F(Hostile, mutated_frames_from_64_connections_harm_nobody) {
    const auto frames = number_from("LEAT_FRAMES", 200'000);
    const auto rate = number_from("LEAT_FRAME_RATE", 0);
    tell_p99("before");
    tell_p99("alone");
    std::printf("seed %llu, %llu frames\n", static_cast<unsigned long long>(seed_),
                static_cast<unsigned long long>(frames));
    std::vector<std::thread> attackers;
    for (std::uint32_t i = 0; i < 8; ++i)
        attackers.emplace_back([&, i] {
            attack(broker_.port(),
                   Mutator{static_cast<std::uint32_t>(seed_) + i, {"victim", "victims", "", "a"}},
                   frames / 8, rate / 8);
        });
    for (auto& attacker : attackers) attacker.join();
    tell_p99("beside them");
    expect_unharmed(memory_limit);
}

TEST_F(Hostile, a_size_that_is_declared_costs_no_memory) {
    EXPECT_TRUE(
        closes_on({"\x7f\xff\xff\xff"
                   "0123456789",
                   14}));
    EXPECT_TRUE(
        closes_on({"\xff\xff\xff\xff"
                   "0123456789",
                   14}));
    EXPECT_TRUE(
        closes_on({"\x00\x00\x00\x00"
                   "0123456789",
                   14}));
    std::vector<RawPeer> waiting;
    for (int i = 0; i < 500; ++i) {
        waiting.emplace_back(broker_.port());
        waiting.back().send(
            {"\x01\xff\xff\xff"
             "0123456789",
             14});
    }
    EXPECT_TRUE(
        closes_on({"\x7f\xff\xff\xff"
                   "0123456789",
                   14}));  // all the others were read
    expect_unharmed(slack);
}

TEST_F(Hostile, connections_that_come_and_go_by_the_thousand_leave_nothing_behind) {
    const auto connects = number_from("LEAT_CONNECTS", 20'000);
    const auto files = broker_.open_files();
    tell_p99("before");
    tell_p99("alone");
    std::vector<std::thread> visitors;
    for (std::uint64_t v = 0; v < 4; ++v)
        visitors.emplace_back([&, v] {
            for (std::uint64_t i = v; i < connects; i += 4) {
                RawPeer peer{broker_.port()};
                // Some ask and do not listen, some stop in the middle of a request.
                if (i % 3 == 1) peer.send(sized(request_start(kafka::ApiKey::metadata, 0)));
                if (i % 3 == 2) peer.send({"\0\0\0\x40half", 8});
            }
        });
    for (auto& visitor : visitors) visitor.join();
    tell_p99("beside them");
    // Whoever comes after them is heard once they were closed.
    while (broker_.open_files() > files) EXPECT_TRUE(closes_on({"\xff\xff\xff\xff", 4}));
    expect_unharmed(slack);
}

TEST_F(Hostile, clients_beyond_the_open_files_wait_and_cost_those_that_are_there_nothing) {
    broker_.limit_files(broker_.open_files() + 50);
    std::vector<RawPeer> peers;
    for (int i = 0; i < 200; ++i) peers.emplace_back(broker_.port());
    tell_p99("without a file left");
    peers.clear();
    RawPeer peer{broker_.port()};
    peer.send(as_text(kafka::request_frame(topics_request({{"late", 1}}), 2, 1, "test").flat()));
    EXPECT_TRUE(peer.receive(patience).has_value());
    expect_unharmed(slack);
}

TEST_F(Hostile, frames_that_never_end_stay_within_the_memory_for_requests) {
    const std::string piece(20 * mib, 'x');
    std::vector<RawPeer> peers;
    for (int i = 0; i < 16; ++i) {
        peers.emplace_back(broker_.port());
        peers.back().send({"\x01\xff\xff\xff", 4});
        peers.back().send(piece, milliseconds{200});
    }
    expect_unharmed(memory_limit);
}

TEST_F(Hostile, tagged_fields_by_the_million_close_their_connection) {
    std::string flood = request_start(kafka::ApiKey::api_versions, 3);
    flood += std::string{"\x80\x80\x80\x04", 4};  // 8 Mi of them, two bytes each
    flood.resize(largest_request - 1024);
    EXPECT_TRUE(closes_on(sized(flood)));
    std::string in_body = request_start(kafka::ApiKey::metadata, 9) + '\0';
    in_body += std::string{"\x01\x00\x00\x00\x80\x80\x80\x04", 8};
    in_body.resize(largest_request - 1024);
    EXPECT_TRUE(closes_on(sized(in_body)));
    expect_unharmed(memory_limit);
}

TEST_F(Hostile, counts_that_lie_close_their_connection_or_are_answered) {
    kafka::for_each_api([&]<class Request, class Response>() {
        for (auto v = Request::versions.min; v <= Request::versions.max; ++v)
            for (const char filling : {'\xff', '\x7f', '\x01'}) {
                auto start = request_start(Request::api, v);
                if (Request::versions.is_flexible(v)) start += '\0';
                const std::string body(100'000, filling);
                // What follows a request that is whole is passed over, as Kafka does.
                const bool whole = kafka::decode_front<Request>(as_bytes(body), v).has_value();
                RawPeer peer{broker_.port()};
                peer.send(sized(start + body));
                EXPECT_TRUE(whole ? peer.receive(patience).has_value()
                                  : peer.closes_within(patience))
                    << "API " << static_cast<int>(Request::api) << " version " << v;
            }
    });
    expect_unharmed(memory_limit);
}

TEST_F(Hostile, arrays_in_arrays_close_their_connection) {
    auto flood = request_start(kafka::ApiKey::create_topics, 2);
    flood += std::string{"\x01\x00\x00\x00", 4};  // 16 Mi topics, a byte or so each
    flood.append(largest_request - 1024, '\x01');
    EXPECT_TRUE(closes_on(sized(flood)));
    auto endless = request_start(kafka::ApiKey::metadata, 9);
    endless += std::string(16, '\xff');  // a variable-length count that never ends
    EXPECT_TRUE(closes_on(sized(endless)));
    expect_unharmed(memory_limit);
}

TEST_F(Hostile, batches_that_lie_are_refused) {
    const auto one_byte = to_bytes("x");
    EXPECT_EQ(answer_to(batch_around(one_byte, 2'000'000'000, Codec::none)),
              ErrorCode::invalid_record);
    EXPECT_EQ(answer_to(batch_around(one_byte, -5, Codec::none)), ErrorCode::invalid_record);
    Bytes long_record;
    kafka::append_varint(long_record, 2'000'000'000);
    EXPECT_EQ(answer_to(batch_around(long_record, 1, Codec::none)), ErrorCode::invalid_record);
    const Bytes endless(20, std::byte{0xff});
    EXPECT_EQ(answer_to(batch_around(endless, 1, Codec::none)), ErrorCode::invalid_record);
    const auto damaged = to_bytes("this is no compressed data");
    for (const auto codec : {Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd})
        EXPECT_EQ(answer_to(batch_around(damaged, 1, codec)), ErrorCode::invalid_record);
    // Snappy that declares 2 GiB; Zstandard that declares a terabyte and a window of 2 GiB.
    const auto snappy = to_bytes(std::string_view{"\xff\xff\xff\xff\x07zzzz", 9});
    EXPECT_EQ(answer_to(batch_around(snappy, 1, Codec::snappy)), ErrorCode::invalid_record);
    const auto zstd =
        to_bytes(std::string_view{"\x28\xb5\x2f\xfd\xc0\xa8\0\0\0\0\0\x01\0\0zzz", 17});
    EXPECT_EQ(answer_to(batch_around(zstd, 1, Codec::zstd)), ErrorCode::invalid_record);
    expect_unharmed(slack);
}

TEST_F(Hostile, bombs_are_refused_and_inflate_no_further_than_a_request_may) {
    for (const auto codec : {Codec::gzip, Codec::lz4, Codec::zstd, Codec::snappy}) {
        // As large as still fits into a message of 1 MiB, up to a thousand times as large inflated.
        std::size_t size = 300 * mib;
        if (codec == Codec::snappy) size = 18 * mib;
        if (codec == Codec::lz4) size = 200 * mib;
        const auto body = bomb(codec, size);
        const auto batch = batch_around(body, 1'000'000, codec);
        ASSERT_LT(batch.size(), 1'048'588U);
        std::printf("%s: %zu bytes become %zu\n", std::string{kafka::name_of(codec)}.c_str(),
                    body.size(), size);
        std::vector<std::thread> throwers;
        for (int i = 0; i < 4; ++i)
            throwers.emplace_back([&] {
                const auto answer = answer_to(batch);
                EXPECT_TRUE(answer == ErrorCode::message_too_large
                            || answer == ErrorCode::invalid_record)
                    << kafka::name_of(answer);
            });
        for (auto& thrower : throwers) thrower.join();
    }
    expect_unharmed(memory_limit);
}

// A client that asks for the whole topic again and again.
std::string many_fetches() {
    kafka::FetchRequest request;
    request.max_bytes = 50 * mib;
    request.max_wait_ms = 500;
    auto& topic = request.topics.emplace_back();
    topic.topic = "victim";
    auto& partition = topic.partitions.emplace_back();
    partition.partition = 0;
    partition.partition_max_bytes = 50 * mib;
    std::string frames;
    for (int i = 0; i < 20; ++i)
        frames += as_text(kafka::request_frame(request, 11, i, "test").flat());
    return frames;
}

TEST_F(Hostile, readers_that_take_nothing_hold_a_bounded_memory_and_nobody_waits_for_them) {
    constexpr std::size_t batch_size = 900'000;
    constexpr int batches = 70;
    constexpr int readers = 100;
    std::mt19937_64 random{seed_};
    std::string value(batch_size, '\0');
    for (auto& byte : value) byte = static_cast<char>(random());
    for (int i = 0; i < batches; ++i) {
        kafka::NewRecord record;
        record.value = as_bytes(value);
        ASSERT_EQ(answer_to(kafka::build_batch({&record, 1})), ErrorCode::none);
    }
    std::vector<RawPeer> peers;
    for (int i = 0; i < readers; ++i) {
        peers.emplace_back(broker_.port());
        peers.back().send(many_fetches());
    }
    for (auto& peer : peers)
        ASSERT_TRUE(peer.receives_something(patience)) << "its first answer has begun";
    kafka::NewRecord record;
    record.value = as_bytes("in between");
    EXPECT_EQ(answer_to(kafka::build_batch({&record, 1})), ErrorCode::none);
    // A second answer may be had while less than 1 MiB of the first is unsent.
    expect_unharmed(memory_limit + fetch_memory + 2 * readers * std::int64_t{batch_size});
}

}  // namespace
}  // namespace leat::crash
