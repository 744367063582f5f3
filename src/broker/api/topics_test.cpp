// Topics as clients ask for them: assignments, keys that are kept and shown, what is said of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "broker/broker_rig.hpp"
#include "broker/topic_state.hpp"
#include "kafka/messages/all.hpp"

namespace leat::broker {
namespace {

using namespace kafka;
using testing::HasSubstr;
using Wanted = CreateTopicsRequest::CreatableTopic;

CreateTopicsResponse::CreatableTopicResult create(BrokerRig& rig, const Wanted& wanted) {
    CreateTopicsRequest request;
    request.topics.push_back(wanted);
    return rig.ask<CreateTopicsResponse>(request, 7).topics.at(0);
}

Wanted topic(const std::string& name) {
    Wanted wanted;
    wanted.name = name;
    wanted.num_partitions = 1;
    wanted.replication_factor = 1;
    return wanted;
}

Wanted assigned(const std::vector<std::vector<std::int32_t>>& replicas) {
    Wanted wanted = topic("t");
    wanted.num_partitions = -1;
    wanted.replication_factor = -1;
    for (const auto& brokers : replicas) {
        auto& assignment = wanted.assignments.emplace_back();
        assignment.partition_index = static_cast<std::int32_t>(wanted.assignments.size()) - 1;
        assignment.broker_ids = brokers;
    }
    return wanted;
}

TEST(CreateTopics, refuses_assignments_to_brokers_that_do_not_exist_or_stand_twice) {
    BrokerRig rig;
    for (const auto& [replicas, why] :
         {std::pair{std::vector<std::vector<std::int32_t>>{{1}, {2}}, "no such broker"},
          {{{1, 1}}, "the broker 1 more than once"},
          {{{}}, "an empty replica list"}}) {
        const auto result = create(rig, assigned(replicas));
        EXPECT_EQ(result.error_code, ErrorCode::invalid_replica_assignment) << why;
        EXPECT_THAT(result.error_message.value_or(""), HasSubstr(why));
    }
    auto twice = assigned({{1}, {1}});
    twice.assignments[1].partition_index = 0;
    EXPECT_EQ(create(rig, twice).error_code, ErrorCode::invalid_replica_assignment);
    auto gap = assigned({{1}, {1}});
    gap.assignments[1].partition_index = 2;
    EXPECT_EQ(create(rig, gap).error_code, ErrorCode::invalid_replica_assignment);
    auto both = assigned({{1}});
    both.num_partitions = 1;
    EXPECT_EQ(create(rig, both).error_code, ErrorCode::invalid_request);
    EXPECT_EQ(create(rig, assigned({{1}, {1}})).num_partitions, 2);
}

TEST(CreatePartitions, refuses_assignments_to_brokers_that_do_not_exist_or_stand_twice) {
    BrokerRig rig;
    create(rig, topic("t"));
    const auto grow = [&](const std::vector<std::vector<std::int32_t>>& replicas) {
        CreatePartitionsRequest request;
        auto& wanted = request.topics.emplace_back();
        wanted.name = "t";
        wanted.count = 3;
        wanted.assignments.emplace();
        for (const auto& brokers : replicas)
            wanted.assignments->emplace_back().broker_ids = brokers;
        return rig.ask<CreatePartitionsResponse>(request, 3).results.at(0).error_code;
    };
    EXPECT_EQ(grow({{1}}), ErrorCode::invalid_replica_assignment);
    EXPECT_EQ(grow({{1}, {2}}), ErrorCode::invalid_replica_assignment);
    EXPECT_EQ(grow({{1}, {1, 1}}), ErrorCode::invalid_replica_assignment);
    EXPECT_EQ(grow({{1}, {}}), ErrorCode::invalid_replica_assignment);
    EXPECT_EQ(grow({{1}, {1}}), ErrorCode::none);
}

TEST(CreatePartitions, answers_for_each_topic_that_is_named) {
    BrokerRig rig;
    create(rig, topic("grows"));
    create(rig, topic("stays"));
    create(rig, topic("twice"));
    CreatePartitionsRequest request;
    for (const auto& [name, count] :
         {std::pair{"grows", 3}, {"stays", 1}, {"absent", 3}, {"twice", 2}, {"twice", 4}}) {
        request.topics.emplace_back().name = name;
        request.topics.back().count = count;
    }
    std::map<std::string, ErrorCode> answers;
    for (std::int16_t version = 0; version <= 3; ++version) {
        request.validate_only = version < 3;
        for (const auto& result : rig.ask<CreatePartitionsResponse>(request, version).results)
            answers[result.name] = result.error_code;
        EXPECT_EQ(answers, (std::map<std::string, ErrorCode>{
                               {"grows", ErrorCode::none},
                               {"stays", ErrorCode::invalid_partitions},
                               {"absent", ErrorCode::unknown_topic_or_partition},
                               {"twice", ErrorCode::invalid_request}}))
            << version;
        EXPECT_EQ(rig.broker->topics().find("grows")->partition_count, version < 3 ? 1 : 3);
    }
    EXPECT_EQ(rig.broker->topics().find("twice")->partition_count, 1) << "which of both, then?";
}

TEST(DeleteTopics, refuses_a_topic_that_is_named_twice) {
    BrokerRig rig;
    const auto id = create(rig, topic("t")).topic_id;
    DeleteTopicsRequest by_name;
    by_name.topic_names = {"t", "t"};
    for (const auto& result : rig.ask<DeleteTopicsResponse>(by_name, 5).responses)
        EXPECT_EQ(result.error_code, ErrorCode::invalid_request);
    DeleteTopicsRequest mixed;
    mixed.topics = {{"t", {}}, {std::nullopt, id}};
    for (const auto& result : rig.ask<DeleteTopicsResponse>(mixed, 6).responses)
        EXPECT_EQ(result.error_code, ErrorCode::invalid_request);
    EXPECT_TRUE(rig.broker->topics().find("t"));
}

std::map<std::string, DescribeConfigsResponse::DescribeConfigsResult::DescribeConfigsResourceResult>
described(BrokerRig& rig, const std::string& name) {
    DescribeConfigsRequest request;
    auto& resource = request.resources.emplace_back();
    resource.resource_type = 2;
    resource.resource_name = name;
    const auto response = rig.ask<DescribeConfigsResponse>(request, 4);
    std::map<std::string,
             DescribeConfigsResponse::DescribeConfigsResult::DescribeConfigsResourceResult>
        configs;
    for (const auto& config : response.results.at(0).configs) configs[config.name] = config;
    return configs;
}

// A value that the key may have and that is not its default, unless there is no other.
std::string another_value(const ConfigKey& key) {
    const std::string standard{*key.default_value};
    const auto choices = split_list(key.one_of);
    const auto other = std::ranges::find_if(choices, [&](auto one) { return one != standard; });
    switch (key.type) {
        case ConfigType::boolean:
            return key.one_of.empty() == (standard == "true") ? "false" : "true";
        case ConfigType::floating:
            return "0.25";
        case ConfigType::string:
            return std::string{*other};
        case ConfigType::list:
            return key.one_of == replicas_or_all ? "0:1,1:1" : std::string{*other};
        default:
            break;
    }
    if (other != choices.end()) return std::string{*other};
    const auto number = std::stoll(standard);
    return std::to_string(number < key.max && number < long_max ? number + 1 : number - 1);
}

TEST(CreateTopics, keeps_and_shows_every_key_that_it_takes) {
    BrokerRig rig;
    auto wanted = topic("t");
    for (const auto& key : topic_keys()) {
        wanted.configs.push_back({std::string{key.name}, another_value(key)});
        if (key.one_of != "false") {
            EXPECT_NE(wanted.configs.back().value, key.default_value) << key.name;
        }
    }
    const auto created = create(rig, wanted);
    ASSERT_EQ(created.error_code, ErrorCode::none) << created.error_message.value_or("");
    rig.lose_power();
    const auto configs = described(rig, "t");
    ASSERT_EQ(configs.size(), topic_keys().size());
    for (const auto& key : topic_keys()) {
        EXPECT_EQ(configs.at(std::string{key.name}).value, another_value(key)) << key.name;
        EXPECT_EQ(configs.at(std::string{key.name}).config_source, 1) << key.name;  // the topic's
    }
}

TEST(CreateTopics, shows_values_as_kafka_shows_them) {
    BrokerRig rig;
    auto wanted = topic("t");
    wanted.configs = {{"cleanup.policy", "compact, delete"}, {"preallocate", "TRUE"}};
    const auto created = create(rig, wanted);
    ASSERT_EQ(created.error_code, ErrorCode::none);
    const auto configs = described(rig, "t");
    EXPECT_EQ(configs.at("cleanup.policy").value, "compact,delete");
    EXPECT_EQ(configs.at("preallocate").value, "true");
}

TEST(CreateTopics, refuses_a_broker_key_on_a_topic) {
    BrokerRig rig;
    auto wanted = topic("t");
    wanted.configs = {{"num.io.threads", "8"}};
    EXPECT_EQ(create(rig, wanted).error_code, ErrorCode::invalid_config);
}

TEST(CreateTopics, never_make_a_topic_of_the_log_of_the_brokers_own_state) {
    BrokerRig rig;
    for (const auto* name : {"__leat_state", "__cluster_metadata"})
        EXPECT_EQ(create(rig, topic(name)).error_code, ErrorCode::invalid_request) << name;
    create(rig, topic("t"));
    rig.lose_power();
    EXPECT_EQ(rig.broker->topics().all().size(), 1U);
}

TEST(CreateTopics, make_nothing_that_is_only_judged_and_judge_all_of_it) {
    BrokerRig rig;
    CreateTopicsRequest request;
    request.topics = {topic("a"), topic("b"), topic("b"), topic("c"), topic("b")};
    request.topics[0].num_partitions = -1;
    request.topics[3].configs = {{"flush.ms", "x"}};
    request.validate_only = true;
    const auto judged = rig.ask<CreateTopicsResponse>(request, 7).topics;
    ASSERT_EQ(judged.size(), 3U);
    EXPECT_EQ(judged[0].error_code, ErrorCode::none);
    EXPECT_EQ(judged[0].num_partitions, 1);
    EXPECT_EQ(judged[0].configs->size(), topic_keys().size());
    EXPECT_EQ(judged[1].error_code, ErrorCode::invalid_config);
    EXPECT_EQ(judged[2].name, "b");
    EXPECT_EQ(judged[2].error_code, ErrorCode::invalid_request);
    EXPECT_TRUE(rig.broker->topics().all().empty());
    request.validate_only = false;
    auto made = rig.ask<CreateTopicsResponse>(request, 7).topics;
    ASSERT_EQ(made.size(), 3U);
    EXPECT_FALSE(made[0].topic_id.is_zero());
    made[0].topic_id = {};
    EXPECT_EQ(made, judged);
}

Config of_few_partitions() {
    auto config = BrokerRig::test_config();
    check(config.set("leat.max.partitions", "5").ok(), "a key that exists");
    return config;
}

TEST(CreateTopics, count_the_partitions_of_all_topics_of_a_request_judged_or_made) {
    for (const bool validate_only : {true, false}) {
        BrokerRig rig{of_few_partitions()};
        CreateTopicsRequest request;
        request.topics = {topic("a"), topic("b"), topic("c")};
        for (auto& wanted : request.topics) wanted.num_partitions = 2;
        request.validate_only = validate_only;
        const auto answers = rig.ask<CreateTopicsResponse>(request, 7).topics;
        EXPECT_EQ(answers[1].error_code, ErrorCode::none);
        EXPECT_EQ(answers[2].error_code, ErrorCode::policy_violation);
    }
}

TEST(CreatePartitions, count_those_of_all_topics_of_a_request_judged_or_made) {
    for (const bool validate_only : {true, false}) {
        BrokerRig rig{of_few_partitions()};
        create(rig, topic("a"));
        create(rig, topic("b"));
        CreatePartitionsRequest request;
        request.topics = {{"a", 3, {}}, {"b", 3, {}}};
        request.validate_only = validate_only;
        const auto answers = rig.ask<CreatePartitionsResponse>(request, 3).results;
        EXPECT_EQ(answers[0].error_code, ErrorCode::none);
        EXPECT_EQ(answers[1].error_code, ErrorCode::invalid_partitions);
        EXPECT_EQ(rig.broker->topics().find("a")->partition_count, validate_only ? 1 : 3);
    }
}

TEST(CreatePartitions, refuse_a_topic_that_is_named_twice) {
    BrokerRig rig;
    create(rig, topic("a"));
    CreatePartitionsRequest request;
    request.topics = {{"a", 3, {}}, {"a", 2, {}}};
    const auto answers = rig.ask<CreatePartitionsResponse>(request, 3).results;
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers[0].error_code, ErrorCode::invalid_request);
    EXPECT_EQ(rig.broker->topics().find("a")->partition_count, 1);
}

std::size_t count_of(const std::string& text, const std::string& what) {
    std::size_t count = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
    return count;
}

TEST(CreateTopics, say_once_what_has_no_effect) {
    BrokerRig rig;
    testing::internal::CaptureStderr();
    for (const auto* name : {"a", "b"}) {
        auto wanted = topic(name);
        wanted.replication_factor = 3;
        wanted.configs = {{"preallocate", "true"}, {"segment.jitter.ms", "5"}};
        EXPECT_EQ(create(rig, wanted).error_code, ErrorCode::none);
    }
    const auto log = testing::internal::GetCapturedStderr();
    EXPECT_EQ(count_of(log, "replication.factor=3"), 1U) << log;
    EXPECT_EQ(count_of(log, "preallocate=true"), 1U) << log;
    EXPECT_EQ(count_of(log, "segment.jitter.ms=5"), 1U) << log;
    EXPECT_EQ(count_of(log, "topic created"), 2U) << log;
}

}  // namespace
}  // namespace leat::broker
