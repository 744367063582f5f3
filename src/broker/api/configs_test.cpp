// Configurations as clients describe and change them; beside Apache Kafka: tests/interop/configs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/broker_calls.hpp"
#include "kafka/messages/all.hpp"

namespace leat::broker {
namespace {

using namespace kafka;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using DescribedEntry =
    DescribeConfigsResponse::DescribeConfigsResult::DescribeConfigsResourceResult;
using Described = DescribeConfigsResponse::DescribeConfigsResult;

constexpr std::int8_t of_topic = 2;
constexpr std::int8_t of_broker = 4;
constexpr std::int8_t of_loggers = 8;
constexpr std::int8_t of_group = 32;

enum ChangeOp : std::int8_t { set = 0, remove = 1, append = 2, subtract = 3 };

struct KeyChange {
    std::string key;
    std::int8_t op = set;
    std::optional<std::string> value;
};

class ConfigApis : public testing::Test {
public:
    ConfigApis() { create_topic(rig, "t"); }

    Described described(std::int8_t type, const std::string& name,
                        std::optional<std::vector<std::string>> keys = {}) {
        DescribeConfigsRequest request;
        request.resources.push_back({type, name, std::move(keys)});
        request.include_synonyms = true;
        return rig.ask<DescribeConfigsResponse>(request, 4).results.at(0);
    }
    DescribedEntry entry(std::int8_t type, const std::string& name, const std::string& key) {
        const auto result = described(type, name, std::vector{key});
        return result.configs.empty() ? DescribedEntry{} : result.configs.at(0);
    }
    // "source key=value" each.
    std::vector<std::string> synonyms(std::int8_t type, const std::string& name,
                                      const std::string& key) {
        std::vector<std::string> told;
        for (const auto& synonym : entry(type, name, key).synonyms)
            told.push_back(std::to_string(synonym.source) + " " + synonym.name + "="
                           + synonym.value.value_or("null"));
        return told;
    }
    ErrorCode alter(std::int8_t type, const std::string& name,
                    const std::vector<KeyChange>& changes, bool validate_only = false) {
        IncrementalAlterConfigsRequest request;
        request.validate_only = validate_only;
        auto& resource = request.resources.emplace_back();
        resource.resource_type = type;
        resource.resource_name = name;
        for (const auto& change : changes)
            resource.configs.push_back({change.key, change.op, change.value});
        return rig.ask<IncrementalAlterConfigsResponse>(request, 1).responses.at(0).error_code;
    }
    std::string value(const std::string& key) { return *entry(of_topic, "t", key).value; }

    BrokerRig rig;
};

TEST_F(ConfigApis, keep_what_is_set_for_this_broker_above_what_is_set_for_all) {
    const std::string key = "message.max.bytes";
    ASSERT_EQ(alter(of_broker, "", {{key, set, "1000"}}), ErrorCode::none);
    EXPECT_EQ(entry(of_broker, "1", key).config_source, 3);
    ASSERT_EQ(alter(of_broker, "1", {{key, set, "2000"}}), ErrorCode::none);
    rig.lose_power();
    const std::vector<std::string> layers{"2 " + key + "=2000", "3 " + key + "=1000",
                                          "5 " + key + "=1048588"};
    EXPECT_EQ(synonyms(of_broker, "1", key), layers);
    EXPECT_EQ(synonyms(of_topic, "t", "max.message.bytes"), layers);
    EXPECT_THAT(synonyms(of_broker, "", key), ElementsAre("3 " + key + "=1000"));
    EXPECT_EQ(value("max.message.bytes"), "2000");
    ASSERT_EQ(alter(of_broker, "1", {{key, remove, {}}}), ErrorCode::none);
    EXPECT_EQ(value("max.message.bytes"), "1000");
}

TEST_F(ConfigApis, tell_the_keys_that_stand_for_others_layer_by_layer) {
    ASSERT_EQ(alter(of_broker, "", {{"log.retention.ms", set, "5"}}), ErrorCode::none);
    EXPECT_THAT(synonyms(of_broker, "1", "log.retention.ms"),
                ElementsAre("3 log.retention.ms=5", "5 log.retention.hours=168"));
    EXPECT_THAT(synonyms(of_broker, "1", "log.retention.hours"),
                ElementsAre("5 log.retention.hours=168"));
    EXPECT_THAT(synonyms(of_broker, "1", "log.roll.ms"), IsEmpty());
}

TEST_F(ConfigApis, leave_out_unknown_keys_and_take_an_empty_list_for_all) {
    EXPECT_THAT(described(of_topic, "t", std::vector<std::string>{"no.such.key"}).configs,
                IsEmpty());
    EXPECT_EQ(described(of_topic, "t", std::vector<std::string>{}).configs.size(),
              topic_keys().size());
}

TEST_F(ConfigApis, refuse_a_whole_request_with_a_resource_that_kafka_does_not_know) {
    DescribeConfigsRequest request;
    request.resources = {{of_topic, "t", {}}, {3, "x", {}}};
    for (const auto& result : rig.ask<DescribeConfigsResponse>(request, 4).results)
        EXPECT_EQ(result.error_code, ErrorCode::invalid_request);
    request.resources = {{of_topic, "t", {}}, {of_group, "g", {}}};
    const auto known = rig.ask<DescribeConfigsResponse>(request, 4);
    EXPECT_EQ(known.results.at(0).error_code, ErrorCode::none);
    EXPECT_EQ(known.results.at(1).error_code, ErrorCode::invalid_request);
    EXPECT_THAT(*known.results.at(1).error_message, HasSubstr("GROUP"));
}

TEST_F(ConfigApis, have_no_loggers) {
    EXPECT_EQ(described(of_loggers, "").error_code, ErrorCode::invalid_request);
    EXPECT_EQ(described(of_loggers, "2").error_code, ErrorCode::invalid_request);
    EXPECT_EQ(described(of_loggers, "1").error_code, ErrorCode::none);
    EXPECT_EQ(alter(of_loggers, "1", {{"root", set, "DEBUG"}}), ErrorCode::invalid_config);
}

TEST_F(ConfigApis, change_nothing_that_is_only_judged) {
    const auto before = std::pair{described(of_topic, "t"), described(of_broker, "1")};
    for (const auto& [type, name, key] : {std::tuple{of_topic, "t", "flush.ms"},
                                          {of_broker, "1", "message.max.bytes"},
                                          {of_broker, "", "message.max.bytes"}}) {
        EXPECT_EQ(alter(type, name, {{key, set, "7"}}, true), ErrorCode::none);
        EXPECT_NE(alter(type, name, {{key, set, "x"}}, true), ErrorCode::none);
    }
    rig.lose_power();
    EXPECT_EQ(std::pair(described(of_topic, "t"), described(of_broker, "1")), before);
}

TEST_F(ConfigApis, add_to_what_was_set_or_to_the_keys_own_default) {
    ASSERT_EQ(alter(of_broker, "", {{"log.cleanup.policy", set, "compact"}}), ErrorCode::none);
    ASSERT_EQ(alter(of_topic, "t", {{"cleanup.policy", append, "compact"}}), ErrorCode::none);
    EXPECT_EQ(value("cleanup.policy"), "delete,compact");
    ASSERT_EQ(alter(of_topic, "t", {{"cleanup.policy", append, "delete"}}), ErrorCode::none);
    EXPECT_EQ(value("cleanup.policy"), "delete,compact");
    ASSERT_EQ(alter(of_topic, "t", {{"cleanup.policy", subtract, "x,delete"}}), ErrorCode::none);
    EXPECT_EQ(value("cleanup.policy"), "compact");
    EXPECT_EQ(alter(of_topic, "t", {{"cleanup.policy", append, "x"}}), ErrorCode::invalid_config);
    EXPECT_EQ(alter(of_topic, "t", {{"flush.ms", append, "1"}}), ErrorCode::invalid_config);
    EXPECT_EQ(alter(of_topic, "t", {{"flush.ms", 9, "1"}}), ErrorCode::invalid_request);
}

TEST_F(ConfigApis, refuse_what_kafka_refuses_in_its_words) {
    EXPECT_EQ(alter(of_topic, "t", {{"flush.ms", set, {}}}), ErrorCode::invalid_request);
    EXPECT_EQ(alter(of_topic, "t", {{"flush.ms", set, "1"}, {"flush.ms", remove, {}}}),
              ErrorCode::invalid_request);
    EXPECT_EQ(alter(of_topic, "", {}), ErrorCode::invalid_request);
    EXPECT_EQ(alter(of_topic, "a/b", {}), ErrorCode::invalid_topic_exception);
    EXPECT_EQ(alter(of_topic, "u", {}), ErrorCode::unknown_topic_or_partition);
    EXPECT_EQ(alter(of_topic, "u", {{"flush.ms", set, "x"}}), ErrorCode::invalid_config);
    EXPECT_EQ(alter(of_broker, "2", {}), ErrorCode::invalid_request);
    EXPECT_EQ(alter(of_broker, "01", {}), ErrorCode::none);
    EXPECT_EQ(alter(of_broker, "1", {{"node.id", set, "1"}}), ErrorCode::invalid_request);
    EXPECT_EQ(alter(of_broker, "1", {{"node.id", remove, {}}}), ErrorCode::none);
    EXPECT_EQ(alter(3, "1", {}), ErrorCode::invalid_request);
}

TEST_F(ConfigApis, refuse_a_resource_that_is_named_twice_and_change_the_others) {
    AlterConfigsRequest request;
    request.resources = {{of_topic, "t", {{"flush.ms", "1"}}},
                         {of_broker, "", {{"message.max.bytes", "5"}}},
                         {of_topic, "t", {{"flush.ms", "2"}}}};
    const auto answers = rig.ask<AlterConfigsResponse>(request, 2).responses;
    EXPECT_EQ(answers.at(0).error_code, ErrorCode::invalid_request);
    EXPECT_EQ(answers.at(1).error_code, ErrorCode::none);
    EXPECT_EQ(answers.at(2).error_code, ErrorCode::invalid_request);
    EXPECT_EQ(entry(of_topic, "t", "flush.ms").config_source, 5);
    EXPECT_EQ(value("max.message.bytes"), "5");
}

TEST_F(ConfigApis, show_numbers_as_java_writes_them) {
    for (const auto& [given, shown] : {std::pair{"0.50", "0.5"},
                                       {"1", "1.0"},
                                       {"0", "0.0"},
                                       {"5e-4", "5.0E-4"},
                                       {"+.25f", "0.25"},
                                       {"1e-10", "1.0E-10"}}) {
        ASSERT_EQ(alter(of_topic, "t", {{"min.cleanable.dirty.ratio", set, given}}),
                  ErrorCode::none);
        EXPECT_EQ(value("min.cleanable.dirty.ratio"), shown);
    }
    EXPECT_EQ(alter(of_topic, "t", {{"flush.ms", set, "+-5"}}), ErrorCode::invalid_config);
}

}  // namespace
}  // namespace leat::broker
