#include "service/kafka_for_test.hpp"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>

#include "base/check.hpp"
#include "service/rdkafka_handles.hpp"
#include "service/rdkafka_producer.hpp"

namespace leat::service {
namespace {

rd_kafka_t* make_client(rd_kafka_type_t type, rdkafka::Settings settings) {
    settings.emplace_back("log_level", "0");
    auto conf = rdkafka::make_conf(settings, 0);
    check(conf.ok(), "librdkafka takes the settings of a test");
    const auto client = rdkafka::make_client(type, std::move(*conf));
    check(client.ok(), "librdkafka makes a client");
    return *client;
}

SeenRecord seen(const rd_kafka_message_t& message) {
    SeenRecord record;
    record.partition = message.partition;
    record.offset = message.offset;
    record.timestamp_ms = rd_kafka_message_timestamp(&message, nullptr);
    if (message.key != nullptr)
        record.key = std::string{static_cast<const char*>(message.key), message.key_len};
    if (message.payload != nullptr)
        record.value = std::string{static_cast<const char*>(message.payload), message.len};
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return record;
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i)
        record.headers.emplace_back(
            name, value == nullptr ? "" : std::string{static_cast<const char*>(value), size});
    return record;
}

// A producer, and the reports of what it sent.
class Sender final : public rdkafka::Delivery {
public:
    explicit Sender(const rdkafka::Settings& settings)
        : wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
        check(wake_fd_ >= 0, "eventfd() gives a descriptor");
        auto producer = rdkafka::Producer::open(settings);
        check(producer.ok(), "librdkafka makes a producer");
        producer_ = std::move(*producer);
        producer_->signal(wake_fd_);
    }
    ~Sender() {
        producer_.reset();
        ::close(wake_fd_);
    }
    Sender(const Sender&) = delete;
    Sender& operator=(const Sender&) = delete;

    void send(const rdkafka::Outgoing& record) {
        ++sent_;
        ASSERT_FALSE(producer_->send(record, this));
    }
    /// Waits until all is reported, for up to 20 s, and expects that it was delivered.
    void expect_delivered() {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
        while (good_ + bad_ < sent_ && wait(until))
            while (producer_->drain()) {
            }
        EXPECT_EQ(good_, sent_);
    }
    void delivered(const rdkafka::DeliveryReport& report) override {
        ++(report.delivered ? good_ : bad_);
    }

private:
    // Whether there may be reports before `until`.
    bool wait(std::chrono::steady_clock::time_point until) const {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        pollfd descriptor{wake_fd_, POLLIN, 0};
        const auto limit = static_cast<int>(std::max(left.count(), std::int64_t{0}));
        std::uint64_t count = 0;
        return ::poll(&descriptor, 1, limit) == 1
               && ::read(wake_fd_, &count, sizeof count) == sizeof count;
    }

    int wake_fd_;
    std::unique_ptr<rdkafka::Producer> producer_;
    std::size_t sent_ = 0;
    std::size_t good_ = 0;
    std::size_t bad_ = 0;
};

}  // namespace

std::string SeenRecord::header(const std::string& name) const {
    for (const auto& [n, v] : headers)
        if (n == name) return v;
    return {};
}

struct KafkaForTest::Mock {
    rd_kafka_t* client;
    rd_kafka_mock_cluster_t* cluster;
};

KafkaForTest::KafkaForTest(Kind kind) {
    const char* real = std::getenv("LEAT_TEST_BOOTSTRAP");
    if (kind == Kind::any && real != nullptr) {
        bootstrap_ = real;
        return;
    }
    mock_ = std::make_unique<Mock>();
    mock_->client = make_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", "127.0.0.1:1"}});
    mock_->cluster = rd_kafka_mock_cluster_new(mock_->client, 1);
    bootstrap_ = rd_kafka_mock_cluster_bootstraps(mock_->cluster);
}

KafkaForTest::~KafkaForTest() {
    if (!mock_) return;
    rd_kafka_mock_cluster_destroy(mock_->cluster);
    rd_kafka_destroy(mock_->client);
}

std::string KafkaForTest::unique(const std::string& stem) const {
    static std::atomic<int> count{0};
    const auto now = std::chrono::system_clock::now().time_since_epoch().count();
    return stem + "-" + std::to_string(now) + "-" + std::to_string(::getpid()) + "-"
           + std::to_string(++count);
}

void KafkaForTest::create_topic(const std::string& name, int partitions,
                                const std::vector<std::pair<std::string, std::string>>& configs) {
    if (mock_) {
        rd_kafka_mock_topic_create(mock_->cluster, name.c_str(), partitions, 1);
        return;
    }
    auto producer = rdkafka::Producer::open({{"bootstrap.servers", bootstrap_}});
    ASSERT_TRUE(producer.ok());
    const auto made =
        (*producer)->create_topics({{name, partitions, -1, configs}}, std::chrono::seconds{10});
    ASSERT_TRUE(made.ok()) << made.error().what;
    ASSERT_EQ(made->front().error, "");
}

std::string KafkaForTest::config_of(const std::string& topic, const std::string& key) {
    auto* client = make_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", bootstrap_}});
    auto* queue = rd_kafka_queue_new(client);
    auto* resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str());
    rd_kafka_DescribeConfigs(client, &resource, 1, nullptr, queue);
    auto* event = rd_kafka_queue_poll(queue, 10'000);
    check(event != nullptr, "the broker describes a topic's configuration");
    std::string found;
    std::size_t count = 0;
    const auto** resources = rd_kafka_DescribeConfigs_result_resources(
        rd_kafka_event_DescribeConfigs_result(event), &count);
    std::size_t entries = 0;
    const auto** all = rd_kafka_ConfigResource_configs(resources[0], &entries);
    for (std::size_t i = 0; i < entries; ++i)
        if (key == rd_kafka_ConfigEntry_name(all[i])) found = rd_kafka_ConfigEntry_value(all[i]);
    rd_kafka_event_destroy(event);
    rd_kafka_ConfigResource_destroy(resource);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(client);
    return found;
}

void KafkaForTest::produce_at(std::int64_t timestamp_ms, const std::string& topic,
                              const std::string& key, const std::string& value) {
    Sender sender{{{"bootstrap.servers", bootstrap_}}};
    sender.send({topic, key, value, {}, timestamp_ms});
    sender.expect_delivered();
}

void KafkaForTest::produce(const std::string& topic, const std::optional<std::string>& key,
                           const std::optional<std::string>& value,
                           const std::vector<std::pair<std::string, std::string>>& headers) {
    produce_all(topic, {{key, value}}, headers);
}

void KafkaForTest::produce_all(const std::string& topic, const std::vector<KeyAndValue>& records,
                               const std::vector<std::pair<std::string, std::string>>& headers) {
    Sender sender{
        {{"bootstrap.servers", bootstrap_}, {"linger.ms", "1"}, {"partitioner", "murmur2_random"}}};
    std::vector<rdkafka::HeaderView> views;
    for (const auto& [name, value] : headers) views.push_back({name, value});
    for (const auto& [key, value] : records) sender.send({topic, key, value, views, 0});
    sender.expect_delivered();
}

std::vector<SeenRecord> KafkaForTest::read(const std::string& topic, std::size_t count) {
    auto* client = make_client(RD_KAFKA_CONSUMER, {{"bootstrap.servers", bootstrap_},
                                                   {"group.id", unique("reader")},
                                                   {"enable.auto.commit", "false"},
                                                   {"auto.offset.reset", "earliest"},
                                                   {"fetch.wait.max.ms", "20"}});
    const rd_kafka_metadata_t* metadata = nullptr;
    auto* handle = rd_kafka_topic_new(client, topic.c_str(), nullptr);
    check(rd_kafka_metadata(client, 0, handle, &metadata, 10'000) == RD_KAFKA_RESP_ERR_NO_ERROR,
          "metadata of a topic under test");
    auto* all = rd_kafka_topic_partition_list_new(1);
    for (int p = 0; p < metadata->topics[0].partition_cnt; ++p)
        rd_kafka_topic_partition_list_add(all, topic.c_str(), p)->offset =
            RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(client, all);
    std::vector<SeenRecord> records;
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (records.size() < count && std::chrono::steady_clock::now() < until) {
        auto* message = rd_kafka_consumer_poll(client, 100);
        if (message == nullptr) continue;
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) records.push_back(seen(*message));
        rd_kafka_message_destroy(message);
    }
    rd_kafka_topic_partition_list_destroy(all);
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(handle);
    rd_kafka_consumer_close(client);
    rd_kafka_destroy(client);
    return records;
}

std::int64_t KafkaForTest::committed(const std::string& group, const std::string& topic,
                                     std::int32_t partition) {
    auto* client =
        make_client(RD_KAFKA_CONSUMER, {{"bootstrap.servers", bootstrap_}, {"group.id", group}});
    auto* list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic.c_str(), partition);
    EXPECT_EQ(rd_kafka_committed(client, list, 20'000), RD_KAFKA_RESP_ERR_NO_ERROR);
    const auto offset = list->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_consumer_close(client);
    rd_kafka_destroy(client);
    return offset < 0 ? -1 : offset;
}

std::int64_t KafkaForTest::committed_in_all(const std::string& group, const std::string& topic,
                                            int partitions) {
    std::int64_t sum = 0;
    for (int p = 0; p < partitions; ++p)
        sum += std::max<std::int64_t>(0, committed(group, topic, p));
    return sum;
}

void KafkaForTest::let_a_member_die(const std::string& group, const std::string& topic,
                                    int session_timeout_ms) {
    auto* client = make_client(RD_KAFKA_CONSUMER,
                               {{"bootstrap.servers", bootstrap_},
                                {"group.id", group},
                                {"enable.auto.commit", "false"},
                                {"partition.assignment.strategy", "cooperative-sticky"},
                                {"session.timeout.ms", std::to_string(session_timeout_ms)}});
    auto* wanted = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(wanted, topic.c_str(), RD_KAFKA_PARTITION_UA);
    rd_kafka_subscribe(client, wanted);
    rd_kafka_topic_partition_list_destroy(wanted);
    int assigned = 0;
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (assigned == 0 && std::chrono::steady_clock::now() < until) {
        if (auto* message = rd_kafka_consumer_poll(client, 20)) rd_kafka_message_destroy(message);
        rd_kafka_topic_partition_list_t* now = nullptr;
        if (rd_kafka_assignment(client, &now) != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
        assigned = now->cnt;
        rd_kafka_topic_partition_list_destroy(now);
    }
    EXPECT_GT(assigned, 0);
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

void KafkaForTest::fail_produce(int count, Fault fault) {
    check(mock_ != nullptr, "faults need the mock cluster");
    const auto code = fault == Fault::passing ? RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED
                                              : RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    for (int i = 0; i < count; ++i) rd_kafka_mock_push_request_errors(mock_->cluster, 0, 1, code);
}

void KafkaForTest::refuse_assignments(int count) {
    check(mock_ != nullptr, "faults need the mock cluster");
    constexpr int sync_group = 14;
    for (int i = 0; i < count; ++i)
        rd_kafka_mock_push_request_errors(mock_->cluster, sync_group, 1,
                                          RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS);
}

namespace {

void refuse_for_long(rd_kafka_mock_cluster_t* cluster, std::int16_t api, rd_kafka_resp_err_t code) {
    constexpr int long_enough = 1000;
    for (int i = 0; i < long_enough; ++i) rd_kafka_mock_push_request_errors(cluster, api, 1, code);
}

}  // namespace

void KafkaForTest::forbid_groups() {
    check(mock_ != nullptr, "faults need the mock cluster");
    constexpr std::int16_t join_group = 11;
    refuse_for_long(mock_->cluster, join_group, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED);
}

void KafkaForTest::forbid_fetches() {
    check(mock_ != nullptr, "faults need the mock cluster");
    constexpr std::int16_t fetch = 1;
    refuse_for_long(mock_->cluster, fetch, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
}

void KafkaForTest::go_away() {
    check(mock_ != nullptr, "faults need the mock cluster");
    rd_kafka_mock_broker_set_down(mock_->cluster, 1);
}

void KafkaForTest::come_back() {
    check(mock_ != nullptr, "faults need the mock cluster");
    rd_kafka_mock_broker_set_up(mock_->cluster, 1);
}

void KafkaForTest::slow_down(int milliseconds) {
    check(mock_ != nullptr, "faults need the mock cluster");
    rd_kafka_mock_broker_set_rtt(mock_->cluster, 1, milliseconds);
}

}  // namespace leat::service
