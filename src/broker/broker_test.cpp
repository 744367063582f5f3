#include "broker/broker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/api_table.hpp"
#include "broker/broker_calls.hpp"
#include "broker/topic_state.hpp"
#include "kafka/messages/all.hpp"
#include "kafka/record_batch.hpp"

namespace leat::broker {
namespace {

using namespace kafka;

// The answer while the first job in the pool, a sync, does not end.
ErrorCode create_topic_without_sync(BrokerRig& rig, const std::string& name) {
    CreateTopicsRequest request;
    request.topics.emplace_back().name = name;
    request.topics.back().num_partitions = 1;
    request.topics.back().replication_factor = 1;
    const auto answer = rig.send<CreateTopicsResponse>(request, 7);
    rig.settle_but_first_job();
    return answer->has_value() ? (*answer)->topics.at(0).error_code : ErrorCode::none;
}

const auto& only_partition(const ProduceResponse& response) {
    return response.responses.front().partition_responses.front();
}

TEST(Broker, answers_api_versions_that_it_does_not_know_in_the_oldest_form) {
    BrokerRig rig;
    const auto bytes = request_frame(ApiVersionsRequest{}, 99, 1, "future").flat();
    auto frame = std::make_shared<std::byte[]>(bytes.size());
    std::copy(bytes.begin() + 4, bytes.end(), frame.get());
    bool answered = false;
    rig.broker->handle(frame, bytes.size() - 4, std::make_shared<ClientInfo>(ClientInfo{"/", 1}),
                       [&](const WireAnswer& answer) {
                           const auto flat = answer.frame.flat();
                           const auto response =
                               open_response<ApiVersionsResponse>(ByteView{flat}.subspan(4), 0);
                           ASSERT_TRUE(response);
                           EXPECT_EQ(response->second.error_code, ErrorCode::unsupported_version);
                           EXPECT_EQ(response->second.api_keys.at(0).api_key, 18);
                           answered = true;
                       });
    EXPECT_TRUE(answered);
}

TEST(Broker, advertises_what_its_table_holds_and_produce_from_version_0) {
    BrokerRig rig;
    const auto response = rig.ask<ApiVersionsResponse>(ApiVersionsRequest{}, 4);
    EXPECT_EQ(response.api_keys.size(), api_table().size());
    EXPECT_EQ(response.api_keys.front().min_version, 0);  // KAFKA-18659
}

TEST(Broker, acknowledges_a_topic_only_when_it_survives_a_power_cut) {
    BrokerRig rig;
    const auto created = create_topic(rig, "orders", 3);
    ASSERT_EQ(created.topics.at(0).error_code, ErrorCode::none);
    const auto id = created.topics.at(0).topic_id;
    rig.lose_power();
    const auto topic = rig.broker->topics().find("orders");
    ASSERT_TRUE(topic);
    EXPECT_EQ(topic->id, id);
    EXPECT_EQ(topic->partitions.size(), 3U);
}

TEST(Broker, creates_a_topic_asked_for_with_three_replicas_with_one) {
    BrokerRig rig;
    const auto created = create_topic(rig, "orders", 1, 3);
    EXPECT_EQ(created.topics.at(0).error_code, ErrorCode::none);
    EXPECT_EQ(created.topics.at(0).replication_factor, 1);
}

TEST(Broker, does_not_acknowledge_before_the_sync_nor_show_the_record) {
    BrokerRig rig;
    create_topic(rig, "t");
    const auto produced = rig.send<ProduceResponse>(producing("t", "a"), 9);
    const auto fetched = rig.send<FetchResponse>(fetching("t", 0, 0), 12);
    EXPECT_FALSE(produced->has_value());
    ASSERT_TRUE(fetched->has_value());
    EXPECT_TRUE(values_of(**fetched).empty());
    rig.settle();
    ASSERT_TRUE(produced->has_value());
    EXPECT_EQ(only_partition(**produced).error_code, ErrorCode::none);
}

TEST(Broker, keeps_what_it_acknowledged_through_a_power_cut) {
    BrokerRig rig;
    create_topic(rig, "t");
    for (const std::string value : {"a", "b", "c"}) {
        const auto response = rig.ask<ProduceResponse>(producing("t", value), 9);
        ASSERT_EQ(only_partition(response).error_code, ErrorCode::none);
    }
    rig.lose_power();
    EXPECT_EQ(values_of(rig.ask<FetchResponse>(fetching("t", 0, 0), 12)),
              (std::vector<std::string>{"a", "b", "c"}));
}

TEST(Broker, answers_a_repeated_idempotent_batch_with_its_first_offset) {
    BrokerRig rig;
    create_topic(rig, "t");
    const auto id = rig.ask<InitProducerIdResponse>(InitProducerIdRequest{}, 4).producer_id;
    const BatchOptions first{.producer_id = id, .producer_epoch = 0, .base_sequence = 0};
    EXPECT_EQ(only_partition(rig.ask<ProduceResponse>(producing("t", "a", first), 9)).base_offset,
              0);
    EXPECT_EQ(only_partition(rig.ask<ProduceResponse>(producing("t", "a", first), 9)).base_offset,
              0);
    EXPECT_EQ(values_of(rig.ask<FetchResponse>(fetching("t", 0, 0), 12)).size(), 1U);
    const BatchOptions gap{.producer_id = id, .producer_epoch = 0, .base_sequence = 5};
    EXPECT_EQ(only_partition(rig.ask<ProduceResponse>(producing("t", "b", gap), 9)).error_code,
              ErrorCode::out_of_order_sequence_number);
}

TEST(Broker, never_gives_a_producer_id_twice_also_across_power_cuts) {
    BrokerRig rig;
    std::set<std::int64_t> seen;
    for (int life = 0; life < 3; ++life) {
        for (int i = 0; i < 5; ++i) {
            const auto id = rig.ask<InitProducerIdResponse>(InitProducerIdRequest{}, 4).producer_id;
            EXPECT_TRUE(seen.insert(id).second) << id;
        }
        rig.lose_power();
    }
}

TEST(Broker, refuses_to_start_when_it_cannot_tell_which_producer_ids_it_gave_out) {
    BrokerRig rig;
    rig.broker->state().put(std::string{producer_id_key}, "four", [](const Result<void>&) {});
    rig.settle();
    rig.kill();
    const auto started = rig.try_to_start();
    ASSERT_FALSE(started.ok());
    EXPECT_EQ(started.error().code, Errc::corrupt);
    EXPECT_THAT(started.error().what, testing::HasSubstr("4 bytes"));
    EXPECT_THAT(started.error().what, testing::HasSubstr("__leat_state-0"));
}

TEST(Broker, does_not_answer_acks_0_but_closes_on_an_error) {
    BrokerRig rig;
    create_topic(rig, "t");
    auto request = producing("t", "a");
    request.acks = 0;
    rig.send<ProduceResponse>(request, 9);
    EXPECT_EQ(rig.last_kind, WireAnswer::Kind::none);
    request.topic_data.at(0).name = "missing";
    rig.send<ProduceResponse>(request, 9);
    EXPECT_EQ(rig.last_kind, WireAnswer::Kind::close);
}

TEST(Broker, closes_the_connection_on_a_malformed_body_and_an_unknown_api) {
    BrokerRig rig;
    RequestHeader header{.api_key = 3, .api_version = 9, .correlation_id = 1, .client_id = "x"};
    for (const std::int16_t key : {std::int16_t{3}, std::int16_t{999}}) {
        header.api_key = key;
        Writer out{1, false};
        out(header);
        const auto bytes = std::move(out).finish().flat();
        auto frame = std::make_shared<std::byte[]>(bytes.size());
        std::copy(bytes.begin(), bytes.end(), frame.get());
        WireAnswer::Kind kind{};
        rig.broker->handle(frame, bytes.size(), std::make_shared<ClientInfo>(ClientInfo{"/", 1}),
                           [&](const WireAnswer& answer) { kind = answer.kind; });
        EXPECT_EQ(kind, WireAnswer::Kind::close) << key;
    }
}

TEST(Broker, passes_over_what_follows_a_request_in_its_frame) {
    BrokerRig rig;
    create_topic(rig, "t");
    // librdkafka 2.15 asks for all topics with a count of four bytes, of which one is read.
    MetadataRequest everything;
    everything.allow_auto_topic_creation = false;
    auto bytes = request_frame(everything, 13, 1, "librdkafka").flat();
    bytes.resize(bytes.size() + 3);
    auto frame = std::make_shared<std::byte[]>(bytes.size() - 4);
    std::copy(bytes.begin() + 4, bytes.end(), frame.get());
    std::size_t topics = 0;
    rig.broker->handle(frame, bytes.size() - 4, std::make_shared<ClientInfo>(ClientInfo{"/", 1}),
                       [&](const WireAnswer& answer) {
                           ASSERT_EQ(answer.kind, WireAnswer::Kind::frame);
                           const auto flat = answer.frame.flat();
                           const auto response =
                               open_response<MetadataResponse>(ByteView{flat}.subspan(4), 13);
                           ASSERT_TRUE(response);
                           topics = response->second.topics.size();
                       });
    EXPECT_EQ(topics, 1U);
}

TEST(Broker, forgets_a_deleted_topic_for_good) {
    BrokerRig rig;
    create_topic(rig, "t");
    rig.ask<ProduceResponse>(producing("t", "a"), 9);
    DeleteTopicsRequest request;
    request.topic_names = {"t"};
    EXPECT_EQ(rig.ask<DeleteTopicsResponse>(request, 5).responses.at(0).error_code,
              ErrorCode::none);
    rig.lose_power();
    EXPECT_FALSE(rig.broker->topics().find("t"));
    create_topic(rig, "t");
    EXPECT_TRUE(values_of(rig.ask<FetchResponse>(fetching("t", 0, 0), 12)).empty());
}

TEST(Broker, keeps_a_deleted_topics_name_while_a_sync_of_its_log_runs) {
    BrokerRig rig;
    create_topic(rig, "t");
    rig.send<ProduceResponse>(producing("t", "a"), 9);
    rig.settle_but_first_job();
    ASSERT_EQ(rig.pool.waiting(), 1U);  // the sync, which opens files by their names
    DeleteTopicsRequest request;
    request.topic_names = {"t"};
    const auto deleted = rig.send<DeleteTopicsResponse>(request, 5);
    rig.settle_but_first_job();
    EXPECT_FALSE(deleted->has_value());
    EXPECT_NE(create_topic_without_sync(rig, "t"), ErrorCode::none);
    rig.settle();
    ASSERT_TRUE(deleted->has_value());
    EXPECT_EQ((*deleted)->responses.at(0).error_code, ErrorCode::none);
    EXPECT_EQ(create_topic(rig, "t").topics.at(0).error_code, ErrorCode::none);
}

ErrorCode delete_topic(BrokerRig& rig, const std::string& name) {
    DeleteTopicsRequest request;
    request.topic_names = {name};
    return rig.ask<DeleteTopicsResponse>(request, 5).responses.at(0).error_code;
}

TEST(Broker, keeps_a_topic_whose_deletion_could_not_be_made_durable) {
    BrokerRig rig;
    create_topic(rig, "t");
    rig.ask<ProduceResponse>(producing("t", "a"), 9);
    const_cast<storage::Log&>(rig.broker->state().log()).take_offline("a sync failed");
    EXPECT_EQ(delete_topic(rig, "t"), ErrorCode::kafka_storage_error);
    EXPECT_EQ(rig.ask<ProduceResponse>(producing("t", "b"), 9)
                  .responses.at(0)
                  .partition_responses.at(0)
                  .error_code,
              ErrorCode::none);
    EXPECT_EQ(values_of(rig.ask<FetchResponse>(fetching("t", 0, 0), 12)).size(), 2U);
    rig.lose_power();
    EXPECT_EQ(values_of(rig.ask<FetchResponse>(fetching("t", 0, 0), 12)).size(), 2U);
}

ErrorCode alter(BrokerRig& rig, std::int8_t type, const std::string& name, const std::string& key,
                const std::string& value) {
    IncrementalAlterConfigsRequest request;
    auto& resource = request.resources.emplace_back();
    resource.resource_type = type;
    resource.resource_name = name;
    resource.configs.push_back({key, 0, value});
    return rig.ask<IncrementalAlterConfigsResponse>(request, 1).responses.at(0).error_code;
}

ErrorCode alter_topic(BrokerRig& rig, const std::string& key, const std::string& value) {
    return alter(rig, 2, "t", key, value);
}

CreatePartitionsRequest growing(std::int32_t count) {
    CreatePartitionsRequest request;
    request.topics.emplace_back().name = "t";
    request.topics.back().count = count;
    return request;
}

TEST(Broker, takes_back_partitions_and_configurations_that_could_not_be_made_durable) {
    BrokerRig rig;
    create_topic(rig, "t");
    ASSERT_EQ(alter_topic(rig, "max.message.bytes", "1000"), ErrorCode::none);
    const auto topic = rig.broker->topics().find("t");
    const auto before = topic->overrides;
    const_cast<storage::Log&>(rig.broker->state().log()).take_offline("a sync failed");
    EXPECT_EQ(rig.ask<CreatePartitionsResponse>(growing(3), 3).results.at(0).error_code,
              ErrorCode::kafka_storage_error);
    EXPECT_EQ(topic->partition_count, 1);
    EXPECT_EQ(alter_topic(rig, "max.message.bytes", "5"), ErrorCode::kafka_storage_error);
    EXPECT_EQ(alter_topic(rig, "retention.ms", "5"), ErrorCode::kafka_storage_error);
    EXPECT_EQ(topic->overrides, before);
    EXPECT_EQ(topic->max_message_bytes, 1000U);
    EXPECT_NE(topic->partition(0)->log().config().retention_ms, 5);
}

TEST(Broker, takes_back_its_own_configuration_that_could_not_be_made_durable) {
    BrokerRig rig;
    create_topic(rig, "t");
    ASSERT_EQ(alter(rig, 4, "", "message.max.bytes", "1000"), ErrorCode::none);
    const_cast<storage::Log&>(rig.broker->state().log()).take_offline("a sync failed");
    for (const std::string value : {"5", "6"})
        EXPECT_EQ(alter(rig, 4, "", "message.max.bytes", value), ErrorCode::kafka_storage_error);
    EXPECT_EQ(rig.broker->config().find("message.max.bytes"), "1000");
    EXPECT_EQ(rig.broker->topics().find("t")->max_message_bytes, 1000U);
}

TEST(Broker, takes_back_all_of_several_changes_that_one_failed_sync_was_for) {
    BrokerRig rig;
    create_topic(rig, "t");
    const auto topic = rig.broker->topics().find("t");
    const auto grown = rig.send<CreatePartitionsResponse>(growing(3), 3);
    const auto grown_more = rig.send<CreatePartitionsResponse>(growing(5), 3);
    for (const std::string value : {"5", "6"})
        rig.broker->topics().configure("t", {{"retention.ms", value}}, [](const Refusal&) {});
    rig.disk.die_after(0);
    rig.settle();
    EXPECT_EQ((*grown)->results.at(0).error_code, ErrorCode::kafka_storage_error);
    EXPECT_EQ((*grown_more)->results.at(0).error_code, ErrorCode::kafka_storage_error);
    EXPECT_EQ(topic->partition_count, 1);
    EXPECT_TRUE(topic->overrides.empty());
}

TEST(Broker, deletes_nothing_by_retention_from_a_compacted_topic) {
    for (const std::string policy : {"delete", "compact"}) {
        auto config = BrokerRig::test_config();
        ASSERT_TRUE(config.set("log.retention.check.interval.ms", "100").ok());
        BrokerRig rig{config};
        create_topic(rig, "t");
        for (const auto& [key, value] :
             {std::pair<std::string, std::string>{"cleanup.policy", policy},
              {"segment.bytes", "16384"},
              {"retention.bytes", "1"},
              {"retention.ms", "1"}})
            ASSERT_EQ(alter_topic(rig, key, value), ErrorCode::none) << key;
        const std::string value(9000, 'v');
        for (int i = 0; i < 5; ++i) {
            NewRecord record;
            record.timestamp = rig.clock.wall_ms();
            record.key = as_bytes("key");
            record.value = as_bytes(value);
            ProduceRequest request = producing("t", "");
            request.topic_data.at(0).partition_data.at(0).records.slices = {
                SharedSlice::of(build_batch({&record, 1}))};
            ASSERT_EQ(only_partition(rig.ask<ProduceResponse>(request, 9)).error_code,
                      ErrorCode::none);
        }
        rig.advance(std::chrono::seconds{3});
        EXPECT_EQ(rig.broker->topics().find("t")->partition(0)->log().log_start(),
                  policy == "delete" ? 5 : 0)
            << policy;
    }
}

TEST(Broker, refuses_the_new_group_protocol_with_what_to_set_instead) {
    BrokerRig rig;
    ConsumerGroupHeartbeatRequest request;
    request.group_id = "g";
    for (const std::int16_t version : {std::int16_t{0}, std::int16_t{1}}) {
        const auto answer = rig.ask<ConsumerGroupHeartbeatResponse>(request, version);
        EXPECT_EQ(answer.error_code, ErrorCode::unsupported_version);
        EXPECT_EQ(answer.error_message,
                  "This broker serves classic groups only; set group.protocol=classic.");
    }
}

TEST(Broker, starts_after_a_power_cut_that_undoes_the_renaming_of_a_deleted_topics_folder) {
    BrokerRig rig;
    for (int i = 0; i < 20; ++i) {
        ASSERT_EQ(create_topic(rig, "t").topics.at(0).error_code, ErrorCode::none) << i;
        ASSERT_EQ(rig.ask<ProduceResponse>(producing("t", "a"), 9)
                      .responses.at(0)
                      .partition_responses.at(0)
                      .error_code,
                  ErrorCode::none);
        ASSERT_EQ(delete_topic(rig, "t"), ErrorCode::none);
        if (i % 2 == 0) {
            ASSERT_EQ(create_topic(rig, "t").topics.at(0).error_code, ErrorCode::none) << i;
            rig.lose_power();
            ASSERT_EQ(delete_topic(rig, "t"), ErrorCode::none);
        } else {
            rig.lose_power();
        }
    }
}

TEST(Broker, removes_at_a_start_what_a_broken_off_deletion_left) {
    BrokerRig rig;
    create_topic(rig, "t");
    const std::string folder = "/data/gone-0.0123456789abcdef0123456789abcdef-delete";
    ASSERT_TRUE(rig.disk.make_dir(folder).ok());
    ASSERT_TRUE(
        rig.disk.open(folder + "/00000000000000000000.log", storage::OpenMode::create).ok());
    ASSERT_TRUE(rig.disk.sync_dir(folder).ok() && rig.disk.sync_dir("/data").ok());
    const std::string persons = "/data/gone-0.before-the-great-delete";
    ASSERT_TRUE(rig.disk.make_dir(persons).ok() && rig.disk.sync_dir("/data").ok());
    rig.lose_power();
    rig.settle();
    EXPECT_FALSE(rig.disk.list(folder).ok());
    EXPECT_TRUE(rig.disk.list(persons).ok());
    EXPECT_TRUE(rig.broker->topics().find("t"));
}

TEST(Broker, refuses_configurations_with_the_nearest_known_key) {
    BrokerRig rig;
    create_topic(rig, "t");
    IncrementalAlterConfigsRequest request;
    auto& resource = request.resources.emplace_back();
    resource.resource_type = 2;
    resource.resource_name = "t";
    resource.configs.push_back({"retention.mss", 0, "5"});
    const auto response = rig.ask<IncrementalAlterConfigsResponse>(request, 1);
    EXPECT_EQ(response.responses.at(0).error_code, ErrorCode::invalid_config);
    EXPECT_THAT(*response.responses.at(0).error_message,
                testing::HasSubstr("did you mean 'retention.ms'?"));
}

TEST(Broker, keeps_configurations_through_a_power_cut) {
    BrokerRig rig;
    create_topic(rig, "t");
    IncrementalAlterConfigsRequest request;
    auto& resource = request.resources.emplace_back();
    resource.resource_type = 2;
    resource.resource_name = "t";
    resource.configs.push_back({"retention.ms", 0, "5"});
    ASSERT_EQ(rig.ask<IncrementalAlterConfigsResponse>(request, 1).responses.at(0).error_code,
              ErrorCode::none);
    rig.lose_power();
    EXPECT_EQ(rig.broker->topics().find("t")->overrides.at("retention.ms"), "5");
}

TEST(Broker, tells_the_size_of_its_volume_and_what_is_free) {
    BrokerRig rig;
    rig.disk.set_free_space(10);
    const auto dirs = rig.ask<DescribeLogDirsResponse>(DescribeLogDirsRequest{}, 4);
    EXPECT_EQ(dirs.results.at(0).usable_bytes, 10);
    EXPECT_EQ(dirs.results.at(0).total_bytes, *rig.disk.total_space("/data"));
}

TEST(Broker, refuses_to_write_below_the_free_space_floor_and_recovers) {
    auto config = BrokerRig::test_config();
    ASSERT_TRUE(config.set("leat.free.space.floor.bytes", "1000000").ok());
    BrokerRig rig{config};
    rig.disk.set_free_space(1ULL << 40);
    create_topic(rig, "t");
    rig.ask<ProduceResponse>(producing("t", "a"), 9);
    rig.disk.set_free_space(10);
    ErrorCode code = ErrorCode::none;
    for (int i = 0; i < 100'000 && code == ErrorCode::none; ++i)
        code = only_partition(rig.ask<ProduceResponse>(producing("t", std::string(9000, 'b')), 9))
                   .error_code;
    EXPECT_EQ(code, ErrorCode::kafka_storage_error);
    EXPECT_FALSE(rig.broker->trouble().empty());
    EXPECT_FALSE(values_of(rig.ask<FetchResponse>(fetching("t", 0, 0), 12)).empty());
    rig.disk.set_free_space(1ULL << 40);
    EXPECT_EQ(only_partition(rig.ask<ProduceResponse>(producing("t", "c"), 9)).error_code,
              ErrorCode::none);
}

TEST(Broker, starts_and_serves_reads_and_deletions_with_no_byte_free) {
    for (const bool clean : {false, true}) {
        BrokerRig rig;
        for (const auto* topic : {"t", "u"}) {
            create_topic(rig, topic);
            rig.ask<ProduceResponse>(producing(topic, "a"), 9);
        }
        rig.advance(std::chrono::seconds{2});  // the reserve is made
        rig.disk.set_full(true);
        if (clean)
            EXPECT_TRUE(rig.restart().ok());
        else
            rig.kill_and_start();
        EXPECT_EQ(values_of(rig.ask<FetchResponse>(fetching("t", 0, 0), 12)),
                  std::vector<std::string>{"a"});
        DeleteRecordsRequest records;
        records.topics.emplace_back().name = "t";
        records.topics.back().partitions.emplace_back().offset = 1;
        EXPECT_EQ(
            rig.ask<DeleteRecordsResponse>(records, 2).topics.at(0).partitions.at(0).error_code,
            ErrorCode::none);
        DeleteTopicsRequest topics;
        topics.topic_names = {"u"};
        EXPECT_EQ(rig.ask<DeleteTopicsResponse>(topics, 4).responses.at(0).error_code,
                  ErrorCode::none);

        rig.disk.set_full(true);  // others take what the reserve gave
        rig.kill_and_start();
        rig.kill_and_start();
        EXPECT_EQ(rig.ask<FetchResponse>(fetching("t", 1, 0), 12)
                      .responses.at(0)
                      .partitions.at(0)
                      .error_code,
                  ErrorCode::none);
        rig.disk.set_full(false);
        EXPECT_EQ(only_partition(rig.ask<ProduceResponse>(producing("t", "b"), 9)).error_code,
                  ErrorCode::none);
        rig.lose_power();
        EXPECT_EQ(values_of(rig.ask<FetchResponse>(fetching("t", 1, 0), 12)),
                  std::vector<std::string>{"b"});
    }
}

}  // namespace
}  // namespace leat::broker
