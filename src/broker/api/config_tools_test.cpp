// Configurations as tools change them: read all, change one, write all back.
#include <gtest/gtest.h>

#include "broker/broker_calls.hpp"
#include "broker/config_keys.hpp"

namespace leat::broker::tools {
namespace {

using namespace kafka;
using Entry = DescribeConfigsResponse::DescribeConfigsResult::DescribeConfigsResourceResult;

// ConfigResource.Type and ConfigEntry.ConfigSource of Kafka's clients.
constexpr std::int8_t of_topic = 2;
constexpr std::int8_t of_broker = 4;
constexpr std::int8_t dynamic_topic = 1;
constexpr std::int8_t dynamic_broker = 2;
constexpr std::int8_t dynamic_default_broker = 3;

struct Resource {
    std::int8_t type;
    std::string name;
};

std::map<std::string, Entry> described(BrokerRig& rig, const Resource& resource,
                                       std::int16_t version = 4) {
    DescribeConfigsRequest request;
    auto& wanted = request.resources.emplace_back();
    wanted.resource_type = resource.type;
    wanted.resource_name = resource.name;
    const auto result = rig.ask<DescribeConfigsResponse>(request, version).results.at(0);
    EXPECT_EQ(result.error_code, ErrorCode::none);
    std::map<std::string, Entry> entries;
    for (const auto& entry : result.configs) entries[entry.name] = entry;
    return entries;
}

// As kafka-configs.sh does: it looks only at what has the source that belongs to the resource.
std::map<std::string, std::string> set_on(BrokerRig& rig, const Resource& resource,
                                          std::int8_t source) {
    std::map<std::string, std::string> values;
    for (const auto& [name, entry] : described(rig, resource))
        if (entry.config_source == source) values[name] = *entry.value;
    return values;
}

ErrorCode replace(BrokerRig& rig, const Resource& resource,
                  const std::map<std::string, std::string>& values) {
    AlterConfigsRequest request;
    auto& wanted = request.resources.emplace_back();
    wanted.resource_type = resource.type;
    wanted.resource_name = resource.name;
    for (const auto& [name, value] : values) wanted.configs.push_back({name, value});
    return rig.ask<AlterConfigsResponse>(request, 2).responses.at(0).error_code;
}

TEST(DescribeConfigs, names_every_key_with_a_value_at_every_version) {
    BrokerRig rig;
    create_topic(rig, "t");
    for (std::int16_t version = 1; version <= 4; ++version) {
        const auto topic = described(rig, {of_topic, "t"}, version);
        EXPECT_EQ(topic.size(), topic_keys().size()) << version;
        for (const auto& [name, entry] : topic) EXPECT_TRUE(entry.value) << name;
        EXPECT_EQ(described(rig, {of_broker, "1"}, version).size(), broker_keys().size());
    }
}

TEST(AlterConfigs, keeps_what_a_tool_has_read_before_and_writes_back) {
    BrokerRig rig;
    create_topic(rig, "t");
    const Resource topic{of_topic, "t"};
    ASSERT_EQ(replace(rig, topic, {{"retention.ms", "5"}, {"cleanup.policy", "compact,delete"}}),
              ErrorCode::none);
    auto values = set_on(rig, topic, dynamic_topic);
    EXPECT_EQ(values.size(), 2U);
    values["max.message.bytes"] = "1000";
    ASSERT_EQ(replace(rig, topic, values), ErrorCode::none);
    rig.lose_power();
    EXPECT_EQ(set_on(rig, topic, dynamic_topic), values);
}

TEST(AlterConfigs, takes_back_every_value_that_it_shows) {
    BrokerRig rig;
    create_topic(rig, "t");
    std::map<std::string, std::string> values;
    for (const auto& [name, entry] : described(rig, {of_topic, "t"})) values[name] = *entry.value;
    ASSERT_EQ(replace(rig, {of_topic, "t"}, values), ErrorCode::none);
    for (const auto& [name, entry] : described(rig, {of_topic, "t"}))
        EXPECT_EQ(entry.value, values.at(name)) << name;
}

TEST(AlterConfigs, of_the_broker_shows_what_is_set_under_the_name_by_which_it_is_asked) {
    BrokerRig rig;
    for (const auto& [broker, source] : {std::pair{Resource{of_broker, "1"}, dynamic_broker},
                                         {Resource{of_broker, ""}, dynamic_default_broker}}) {
        ASSERT_EQ(replace(rig, broker, {{"message.max.bytes", "1000"}}), ErrorCode::none);
        auto values = set_on(rig, broker, source);
        EXPECT_EQ(values, (std::map<std::string, std::string>{{"message.max.bytes", "1000"}}));
        values["log.retention.ms"] = "5";
        ASSERT_EQ(replace(rig, broker, values), ErrorCode::none);
        rig.lose_power();
        EXPECT_EQ(set_on(rig, broker, source), values);
    }
}

}  // namespace
}  // namespace leat::broker::tools
