// Broker addresses as people type them.
#include "client/host_port.hpp"

#include <gtest/gtest.h>

namespace leat::client {
namespace {

TEST(HostPort, takes_the_forms_that_people_write) {
    EXPECT_EQ(*HostPort::parse("kafka:19092"), (HostPort{"kafka", 19092}));
    EXPECT_EQ(*HostPort::parse("kafka"), (HostPort{"kafka", 9092}));
    EXPECT_EQ(*HostPort::parse("[::1]:1"), (HostPort{"::1", 1}));
    EXPECT_EQ(*HostPort::parse("::1"), (HostPort{"::1", 9092}));
    EXPECT_EQ(HostPort::parse("[::1]:1")->to_string(), "[::1]:1");
}

TEST(HostPort, refuses_what_is_no_address) {
    for (const auto* text : {"", ":9092", "kafka:", "kafka:0", "kafka:65536", "kafka:9x", "[::1",
                             "http://kafka:9092", "a b"})
        EXPECT_FALSE(HostPort::parse(text).ok()) << text;
}

TEST(Bootstrap, is_a_list_without_gaps) {
    const auto list = parse_bootstrap("a:1, b:2,c");
    ASSERT_TRUE(list.ok());
    EXPECT_EQ(list->size(), 3U);
    EXPECT_EQ((*list)[1], (HostPort{"b", 2}));
    EXPECT_FALSE(parse_bootstrap("a:1,,b:2").ok());
    EXPECT_FALSE(parse_bootstrap("").ok());
}

}  // namespace
}  // namespace leat::client
