#include "broker/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "broker/listeners.hpp"

namespace leat::broker {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST(Config, has_sound_defaults_for_every_key) {
    for (const auto& rows : {broker_keys(), topic_keys()})
        for (const auto& key : rows)
            if (key.default_value) {
                const auto canonical = canonical_value(key, *key.default_value);
                ASSERT_TRUE(canonical.ok()) << key.name;
                EXPECT_EQ(*canonical, *key.default_value) << key.name;
                EXPECT_FALSE(why_without_effect(key, *canonical)) << key.name;
            }
}

TEST(Config, names_a_broker_key_for_every_topic_default) {
    for (const auto& key : topic_keys())
        if (!key.broker_key.empty()) {
            EXPECT_NE(find_broker_key(key.broker_key), nullptr) << key.name;
        }
}

TEST(Config, has_its_keys_in_order_and_once) {
    for (const auto& rows : {broker_keys(), topic_keys()})
        for (std::size_t i = 1; i < rows.size(); ++i) EXPECT_LT(rows[i - 1].name, rows[i].name);
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

TEST(Config, takes_minus_one_where_kafka_means_never_by_it_and_nothing_below) {
    for (const auto* key : {"connections.max.idle.ms", "log.retention.hours",
                            "log.retention.minutes", "log.retention.ms"}) {
        Config config;
        EXPECT_TRUE(config.set(key, "-1").ok()) << key;
        const auto set = config.set(key, "-2");
        ASSERT_FALSE(set.ok()) << key;
        EXPECT_THAT(set.error().what, HasSubstr("between -1 and ")) << key;
    }
    Config config;
    EXPECT_TRUE(config.set("log.retention.hours", "-1").ok());
    EXPECT_EQ(config.log_config({})->retention_ms, -1);
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
    EXPECT_THAT(config.set_from_properties("# a comment\n\nnum.partitions = 4\r\nnode.id=7\n"),
                IsEmpty());
    EXPECT_EQ(config.number("num.partitions"), 4);
    EXPECT_EQ(config.number("node.id"), 7);
    const auto bad = config.set_from_properties("num.partitions=x\nnonsense\nnode.id=7\n");
    ASSERT_EQ(bad.size(), 2U);
    EXPECT_THAT(bad[0].what, HasSubstr("line 1"));
    EXPECT_THAT(bad[1].what, HasSubstr("line 2"));
}

class ShippedFile : public ::testing::Test {
protected:
    void read(const std::string& name) {
        std::ifstream file{std::string{LEAT_CONFIG_DATA} + "/" + name};
        std::ostringstream text;
        text << file.rdbuf();
        ASSERT_FALSE(text.str().empty());
        const auto errors = config_.set_from_properties(text.str());
        for (const auto& error : errors) ADD_FAILURE() << error.what;
        addresses_ = read_addresses(config_);
        EXPECT_THAT(addresses_.problems, IsEmpty());
    }
    bool noted(const std::string& what) const {
        return std::ranges::any_of(config_.notes(), [&](const std::string& note) {
            return note.starts_with(what + " has no effect: ");
        });
    }
    Config config_;
    Addresses addresses_;
};

TEST_F(ShippedFile, of_kafka_4_starts_and_says_what_has_no_effect) {
    read("kafka-4.properties");
    ASSERT_EQ(addresses_.listeners.size(), 1U);
    EXPECT_EQ(addresses_.listeners[0].told("10.0.0.1", 9092).to_string(), "localhost:9092");
    EXPECT_EQ(addresses_.notes.size(), 2U);
    for (const auto* what : {"num.io.threads=8", "process.roles=broker,controller",
                             "controller.quorum.bootstrap.servers=localhost:9093",
                             "offsets.topic.replication.factor=1"})
        EXPECT_TRUE(noted(what)) << what;
}

TEST_F(ShippedFile, of_an_article_starts_and_says_what_has_no_effect_replication_included) {
    read("article.properties");
    EXPECT_EQ(config_.number("node.id"), 0);
    for (const auto* what :
         {"default.replication.factor=3", "min.insync.replicas=2",
          "offsets.topic.replication.factor=3", "transaction.state.log.min.isr=2",
          "zookeeper.connect=zk-0:2181,zk-1:2181,zk-2:2181/kafka", "num.network.threads=3",
          "unclean.leader.election.enable=true", "log.message.format.version=2.8"})
        EXPECT_TRUE(noted(what)) << what;
}

TEST(Config, refuses_keys_that_kafka_took_away_where_neglect_would_mean_something_else) {
    Config config;
    EXPECT_THAT(config.set("advertised.host.name", "x").error().what,
                HasSubstr("advertised.listeners=PLAINTEXT://HOST:PORT"));
    EXPECT_THAT(config.set("port", "9092").error().what, HasSubstr("listeners=PLAINTEXT://"));
    EXPECT_FALSE(config.set("log.message.timestamp.difference.max.ms", "1").ok());
}

TEST(Config, takes_node_id_and_broker_id_for_one_number) {
    Config config;
    ASSERT_TRUE(config.set("broker.id", "4").ok());
    EXPECT_EQ(config.number("node.id"), 4);
    EXPECT_TRUE(config.set("node.id", "4").ok());
    EXPECT_THAT(config.set("node.id", "5").error().what, HasSubstr("one number"));
}

TEST(TopicConfig, keeps_what_kafka_takes_in_the_form_in_which_kafka_shows_it) {
    EXPECT_EQ(*topic_config_value("cleanup.policy", "delete, compact"), "delete,compact");
    EXPECT_EQ(*topic_config_value("preallocate", "TRUE"), "true");
    EXPECT_EQ(*topic_config_value("retention.ms", " +5 "), "5");
    EXPECT_EQ(*topic_config_value("retention.bytes", "-7"), "-7");
    EXPECT_EQ(*topic_config_value("min.cleanable.dirty.ratio", "0.01"), "0.01");
    EXPECT_EQ(*topic_config_value("leader.replication.throttled.replicas", "0:1,1:2"), "0:1,1:2");
    EXPECT_EQ(*topic_config_value("follower.replication.throttled.replicas", "*"), "*");
    EXPECT_EQ(*topic_config_value("compression.zstd.level", "22"), "22");
    EXPECT_EQ(*topic_config_value("compression.zstd.level", "-131072"), "-131072");
    EXPECT_EQ(*topic_config_value("compression.gzip.level", "-1"), "-1");
    EXPECT_EQ(*topic_config_value("compression.lz4.level", "17"), "17");
    EXPECT_EQ(*topic_config_value("remote.storage.enable", "false"), "false");
}

TEST(TopicConfig, refuses_what_kafka_refuses) {
    for (const auto& [name, value] : {std::pair{"cleanup.policy", "shrink"},
                                      {"preallocate", "yes"},
                                      {"retention.ms", "-2"},
                                      {"retention.ms", "1h"},
                                      {"min.cleanable.dirty.ratio", "1.1"},
                                      {"min.cleanable.dirty.ratio", "nan"},
                                      {"compression.gzip.level", "10"},
                                      {"compression.gzip.level", "0"},
                                      {"compression.gzip.level", "-2"},
                                      {"compression.lz4.level", "18"},
                                      {"compression.zstd.level", "23"},
                                      {"compression.zstd.level", "-131073"},
                                      {"compression.lz4.level", "0"},
                                      {"compression.type", "none"},
                                      {"max.compaction.lag.ms", "0"},
                                      {"delete.retention.ms", "-1"},
                                      {"leader.replication.throttled.replicas", "0-1"},
                                      {"local.retention.ms", "-3"},
                                      {"remote.storage.enable", "true"},
                                      {"num.io.threads", "8"},
                                      {"message.format.version", "2.8"}})
        EXPECT_FALSE(topic_config_value(name, value).ok()) << name << "=" << value;
    EXPECT_FALSE(checked_topic_config(
                     Config{}, {{"min.compaction.lag.ms", "10"}, {"max.compaction.lag.ms", "9"}})
                     .ok());
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
    EXPECT_FALSE(config.set_dynamic(DynamicFor::all_brokers, "node.id", "2").ok());
    EXPECT_TRUE(config.set_dynamic(DynamicFor::all_brokers, "log.retention.ms", "5").ok());
    EXPECT_EQ(config.log_config({})->retention_ms, 5);
    EXPECT_TRUE(config.set_dynamic(DynamicFor::all_brokers, "log.retention.ms", std::nullopt).ok());
    EXPECT_EQ(config.log_config({})->retention_ms, 168LL * 3600 * 1000);
}

TEST(TopicConfig, compresses_at_the_level_of_its_codec) {
    Config config;
    EXPECT_FALSE(config.compression({}).has_value()) << "as the producer did";
    EXPECT_EQ(config.compression({{"compression.type", "uncompressed"}})->codec,
              kafka::Codec::none);
    EXPECT_FALSE(config.compression({{"compression.type", "snappy"}})->level.has_value());
    EXPECT_EQ(config.compression({{"compression.type", "gzip"}})->level, -1);
    EXPECT_EQ(config.compression({{"compression.type", "lz4"}})->level, 9);
    ASSERT_TRUE(config.set_dynamic(DynamicFor::all_brokers, "compression.type", "zstd").ok());
    EXPECT_EQ(config.compression({})->codec, kafka::Codec::zstd);
    EXPECT_EQ(config.compression({})->level, 3);
    ASSERT_TRUE(config.set("compression.zstd.level", "-7").ok());
    EXPECT_THAT(config.notes(), IsEmpty());
    EXPECT_EQ(config.compression({})->level, -7);
    EXPECT_EQ(config.compression({{"compression.zstd.level", "19"}})->level, 19);
}

}  // namespace
}  // namespace leat::broker
