#include "broker/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace leat::broker {
namespace {

using testing::HasSubstr;

TEST(Config, has_sound_defaults_for_every_key) {
    for (const auto& rows : {broker_keys(), topic_keys()})
        for (const auto& key : rows)
            if (key.default_value) {
                EXPECT_TRUE(check_value(key, *key.default_value).ok()) << key.name;
            }
}

TEST(Config, names_a_broker_key_for_every_topic_default) {
    for (const auto& key : topic_keys())
        EXPECT_NE(find_broker_key(key.broker_key), nullptr) << key.name;
}

TEST(Config, refuses_an_unknown_key_with_the_nearest_known) {
    Config config;
    const auto set = config.set("log.retension.ms", "1");
    ASSERT_FALSE(set.ok());
    EXPECT_THAT(set.error().what, HasSubstr("did you mean 'log.retention.ms'?"));
}

TEST(Config, refuses_a_value_out_of_range_and_says_the_range) {
    Config config;
    const auto set = config.set("num.partitions", "0");
    ASSERT_FALSE(set.ok());
    EXPECT_THAT(set.error().what, HasSubstr("between 1 and 2147483647"));
    EXPECT_FALSE(config.set("num.partitions", "many").ok());
    EXPECT_FALSE(config.set("auto.create.topics.enable", "yes").ok());
}

TEST(Config, takes_keys_without_meaning_and_says_why) {
    Config config;
    EXPECT_TRUE(config.set("num.network.threads", "3").ok());
    EXPECT_TRUE(config.set("offsets.topic.replication.factor", "3").ok());
    ASSERT_EQ(config.notes().size(), 2U);
    EXPECT_THAT(config.notes()[0], HasSubstr("num.network.threads=3 has no effect"));
}

TEST(Config, does_not_start_as_if_it_were_protected) {
    Config config;
    for (const auto* key : {"ssl.keystore.location", "sasl.enabled.mechanisms",
                            "authorizer.class.name", "super.users"})
        EXPECT_FALSE(config.set(key, "x").ok()) << key;
}

TEST(Config, reads_a_properties_file_and_names_the_bad_line) {
    Config config;
    EXPECT_TRUE(
        config.set_from_properties("# a comment\n\nnum.partitions = 4\r\nnode.id=7\n").ok());
    EXPECT_EQ(config.number("num.partitions"), 4);
    EXPECT_EQ(config.number("node.id"), 7);
    const auto bad = config.set_from_properties("num.partitions=4\nnonsense\n");
    ASSERT_FALSE(bad.ok());
    EXPECT_THAT(bad.error().what, HasSubstr("line 2"));
}

TEST(Config, takes_retention_from_the_finest_key_that_is_set) {
    Config config;
    const auto retention = [&] { return config.log_config({})->retention_ms; };
    EXPECT_EQ(retention(), 168LL * 3600 * 1000);
    ASSERT_TRUE(config.set("log.retention.hours", "1").ok());
    EXPECT_EQ(retention(), 3600 * 1000);
    ASSERT_TRUE(config.set("log.retention.minutes", "2").ok());
    EXPECT_EQ(retention(), 120 * 1000);
    ASSERT_TRUE(config.set("log.retention.ms", "3").ok());
    EXPECT_EQ(retention(), 3);
    EXPECT_EQ(config.log_config({{"retention.ms", "9"}})->retention_ms, 9);
}

TEST(Config, changes_only_dynamic_keys_while_it_runs) {
    Config config;
    EXPECT_FALSE(config.set_dynamic("node.id", "2").ok());
    EXPECT_TRUE(config.set_dynamic("log.retention.ms", "5").ok());
    EXPECT_EQ(config.log_config({})->retention_ms, 5);
    EXPECT_TRUE(config.set_dynamic("log.retention.ms", std::nullopt).ok());
    EXPECT_EQ(config.log_config({})->retention_ms, 168LL * 3600 * 1000);
}

TEST(Config, reads_addresses_in_their_usual_forms) {
    EXPECT_EQ(parse_host_port("PLAINTEXT://:9092", "127.0.0.1")->host, "127.0.0.1");
    EXPECT_EQ(parse_host_port("[::1]:9092", "")->host, "::1");
    EXPECT_EQ(parse_host_port("10.0.0.1:0", "")->port, 0);
    EXPECT_FALSE(parse_host_port("nowhere", "").ok());
    EXPECT_FALSE(parse_host_port("a:99999", "").ok());
}

}  // namespace
}  // namespace leat::broker
