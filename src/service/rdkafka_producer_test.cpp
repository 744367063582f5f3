// The producer's events: none is lost, however early it comes.
#include "service/rdkafka_producer.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace leat::rdkafka {
namespace {

using namespace std::chrono_literals;

TEST(Producer, signals_events_that_came_before_anybody_listened) {
    auto producer = Producer::open({{"bootstrap.servers", "127.0.0.1:1"}, {"log_level", "0"}});
    ASSERT_TRUE(producer) << producer.error().what;
    // Nobody listens on port 1, which librdkafka says in an event.
    EXPECT_FALSE((*producer)->list_topics(200ms));

    const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    (*producer)->signal(fd);
    pollfd readable{fd, POLLIN, 0};
    EXPECT_EQ(poll(&readable, 1, 0), 1);
    EXPECT_TRUE((*producer)->drain());
    producer->reset();
    close(fd);
}

TEST(Producer, counts_the_records_and_bytes_that_are_not_reported_and_nothing_else) {
    auto producer = Producer::open({{"bootstrap.servers", "127.0.0.1:1"}, {"log_level", "0"}});
    ASSERT_TRUE(producer) << producer.error().what;
    const auto send = [&](Outgoing record) { return !(*producer)->send(record, nullptr); };
    EXPECT_FALSE((*producer)->list_topics(200ms));  // makes errors wait to be drained
    const std::string too_large(2'000'000, 'x');
    ASSERT_TRUE(send({"t", "key", "value", {}}));
    ASSERT_TRUE(send({"t", std::nullopt, "value", {}}));
    ASSERT_TRUE(send({"t", "key", std::nullopt, {}}));
    EXPECT_FALSE(send({"t", "key", too_large, {}}));
    EXPECT_EQ((*producer)->outstanding(), 3U);
    EXPECT_EQ((*producer)->outstanding_bytes(), 16U);
    (*producer)->purge();
    while ((*producer)->outstanding() > 0) (*producer)->drain();
    EXPECT_EQ((*producer)->outstanding_bytes(), 0U);
}

}  // namespace
}  // namespace leat::rdkafka
