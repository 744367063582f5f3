#include "broker/listeners.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/config.hpp"

namespace leat::broker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Addresses read(const ConfigMap& keys) {
    Config config;
    for (const auto& [key, value] : keys) EXPECT_TRUE(config.set(key, value).ok()) << key;
    return read_addresses(config);
}

std::string told(const Listener& listener, std::uint16_t bound = 9092) {
    return listener.told("10.1.2.3", bound).to_string();
}

TEST(Listeners, are_a_list_with_names_and_protocols) {
    const auto read_two =
        read({{"listeners", "internal://127.0.0.1:9092, EXTERNAL://[::1]:9093"},
              {"listener.security.protocol.map", "INTERNAL:PLAINTEXT,external:plaintext"}});
    EXPECT_THAT(read_two.problems, IsEmpty());
    ASSERT_EQ(read_two.listeners.size(), 2U);
    EXPECT_EQ(read_two.listeners[0].name, "INTERNAL");
    EXPECT_EQ(read_two.listeners[1].bind, (HostPort{"::1", 9093}));
    EXPECT_EQ(read({{"listeners", "127.0.0.1:1"}}).listeners.at(0).name, "PLAINTEXT");
}

TEST(Listeners, tell_the_address_that_was_used_where_they_listen_on_all) {
    for (const auto* wildcard : {"0.0.0.0:0", "[::]:0", "[0:0::0]:0", ":0"}) {
        const auto found = read({{"listeners", wildcard}});
        ASSERT_THAT(found.problems, IsEmpty()) << wildcard;
        EXPECT_EQ(told(found.listeners.at(0), 7), "10.1.2.3:7") << wildcard;
    }
    EXPECT_EQ(told(read({{"listeners", "kafka-0:9092"}}).listeners.at(0)), "kafka-0:9092");
}

TEST(Listeners, tell_what_is_advertised_each_its_own) {
    const auto found = read({{"listeners", "A://0.0.0.0:9092,B://0.0.0.0:9093"},
                             {"listener.security.protocol.map", "A:PLAINTEXT,B:PLAINTEXT"},
                             {"advertised.listeners", "B://broker.example.com:0"}});
    EXPECT_THAT(found.problems, IsEmpty());
    EXPECT_EQ(told(found.listeners.at(0)), "10.1.2.3:9092");
    EXPECT_EQ(told(found.listeners.at(1), 9093), "broker.example.com:9093");
}

TEST(Listeners, skip_a_controller_with_a_line) {
    const auto found = read({{"listeners", "PLAINTEXT://:9092,CONTROLLER://:9093"}});
    EXPECT_THAT(found.problems, IsEmpty());
    EXPECT_EQ(found.listeners.size(), 1U);
    EXPECT_THAT(found.notes, ElementsAre(HasSubstr("CONTROLLER://:9093 is skipped")));
    EXPECT_THAT(read({{"listeners", "CONTROLLER://:9093"}}).problems,
                ElementsAre(HasSubstr("no listener for clients")));
}

TEST(Listeners, do_not_start_as_if_they_were_protected) {
    for (const auto* protocol : {"SSL", "SASL_PLAINTEXT", "SASL_SSL"})
        EXPECT_THAT(read({{"listeners", std::string{protocol} + "://:9093"}}).problems,
                    ElementsAre(HasSubstr("TLS or SASL")));
    EXPECT_THAT(read({{"listeners", "PLAINTEXT://:9092"},
                      {"listener.security.protocol.map", "PLAINTEXT:SSL"}})
                    .problems,
                ElementsAre(HasSubstr("TLS or SASL")));
}

TEST(Listeners, keep_to_kafkas_rules) {
    const ConfigMap map{{"listener.security.protocol.map", "A:PLAINTEXT,B:PLAINTEXT"}};
    const auto fault = [&](const std::string& listeners, const std::string& advertised = "") {
        auto keys = map;
        keys["listeners"] = listeners;
        if (!advertised.empty()) keys["advertised.listeners"] = advertised;
        const auto found = read(keys).problems;
        return found.empty() ? std::string{} : found.front();
    };
    EXPECT_THAT(fault("A://h:1,A://h:2"), HasSubstr("two listeners are called A"));
    EXPECT_THAT(fault("A://h:1,B://i:1"), HasSubstr("same port 1"));
    EXPECT_THAT(fault("A://10.0.0.1:1,B://10.0.0.2:1"), HasSubstr("same port 1"));
    EXPECT_EQ(fault("A://10.0.0.1:1,B://[::1]:1"), "");
    EXPECT_EQ(fault("A://h:0,B://i:0"), "");
    EXPECT_THAT(fault("C://h:1"), HasSubstr("no protocol is known for C"));
    EXPECT_THAT(fault("A://h:1", "B://h:1"), HasSubstr("B is the name of no listener"));
    EXPECT_THAT(fault("A://h:1", "A://h:1,A://h:2"), HasSubstr("twice"));
    EXPECT_EQ(fault("A://h:1,B://h:2", "A://h:9,B://h:9"), "");
    for (const auto* wildcard : {"A://0.0.0.0:1", "A://[::]:1", "A://:1"})
        EXPECT_THAT(fault("A://h:1", wildcard), HasSubstr("names no host")) << wildcard;
    EXPECT_THAT(fault("A://h"), HasSubstr("the port is missing"));
    EXPECT_THAT(fault("://h:1"), HasSubstr("begins with no name"));
}

TEST(Listeners, leave_each_the_side_of_a_port_that_both_have) {
    const auto found = read({{"listeners", "A://0.0.0.0:9092,B://[::]:9092"},
                             {"listener.security.protocol.map", "A:PLAINTEXT,B:PLAINTEXT"}});
    ASSERT_EQ(found.listeners.size(), 2U);
    EXPECT_FALSE(found.listeners[0].v6_only);
    EXPECT_TRUE(found.listeners[1].v6_only);
    EXPECT_FALSE(read({{"listeners", "[::]:9092"}}).listeners.at(0).v6_only);
}

TEST(Listeners, say_everything_that_is_wrong_at_once) {
    const auto found =
        read({{"listeners", "SSL://:9093,PLAINTEXT://nowhere"}, {"leat.admin.listener", "x"}});
    EXPECT_EQ(found.problems.size(), 3U);
}

TEST(AdminListener, takes_a_free_port_wherever_kafka_does) {
    EXPECT_EQ(read({}).admin, (HostPort{"127.0.0.1", 9644}));
    EXPECT_EQ(read({{"listeners", "127.0.0.1:0"}}).admin, (HostPort{"127.0.0.1", 0}));
    EXPECT_EQ(read({{"listeners", ":0"}, {"leat.admin.listener", ":9644"}}).admin,
              (HostPort{"", 9644}));
    EXPECT_EQ(read({{"leat.admin.listener", ""}}).admin, std::nullopt);
}

}  // namespace
}  // namespace leat::broker
