// Addresses as people type them.
#include "base/host_port.hpp"

#include <gtest/gtest.h>

namespace leat {
namespace {

constexpr HostPortRules broker_rules{.default_port = 9092};
constexpr HostPortRules listen_rules{.any_host = true, .free_port = true};

TEST(HostPort, takes_the_forms_that_people_write) {
    EXPECT_EQ(*parse_host_port("kafka:19092"), (HostPort{"kafka", 19092}));
    EXPECT_EQ(*parse_host_port("[::1]:1"), (HostPort{"::1", 1}));
    EXPECT_EQ(*parse_host_port("[fe80::1%eth0]:1"), (HostPort{"fe80::1%eth0", 1}));
    EXPECT_EQ(*parse_host_port("kafka", broker_rules), (HostPort{"kafka", 9092}));
    EXPECT_EQ(*parse_host_port("[::1]", broker_rules), (HostPort{"::1", 9092}));
    EXPECT_EQ(*parse_host_port("::1", broker_rules), (HostPort{"::1", 9092}));
    EXPECT_EQ(*parse_host_port(":9092", listen_rules), (HostPort{"", 9092}));
    EXPECT_EQ(*parse_host_port("10.0.0.1:0", listen_rules), (HostPort{"10.0.0.1", 0}));
}

TEST(HostPort, is_written_as_it_is_read) {
    for (const auto* text : {"[::1]:1", "[::ffff:10.0.0.1]:9092", "kafka-0.kafka:9092"})
        EXPECT_EQ(parse_host_port(text)->to_string(), text);
}

TEST(HostPort, refuses_what_is_no_address_and_says_how_one_looks) {
    for (const auto* text :
         {"", "kafka", ":9092", "[]:9092", "kafka:", "kafka:0", "kafka:65536", "kafka:9x",
          "kafka:-1", "[::1", "[::1]9092", "[::1", "::1]:9092", "http://kafka:9092", "a b:1",
          "user@kafka:1", "::1:9092", "[kafka]:9092", "a:1,b:2"}) {
        const auto parsed = parse_host_port(text);
        ASSERT_FALSE(parsed.ok()) << text;
        EXPECT_NE(parsed.error().what.find("write HOST:PORT"), std::string::npos);
    }
    EXPECT_FALSE(parse_host_port(":9092", broker_rules).ok());
    EXPECT_FALSE(parse_host_port("a:99999", listen_rules).ok());
}

}  // namespace
}  // namespace leat
