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

}  // namespace
}  // namespace leat::rdkafka
