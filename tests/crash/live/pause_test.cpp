// E14: a member of a group is stopped (SIGSTOP) until another has its partition, and continued: it
// must not be able to commit any more, whether the broker was killed meanwhile or not.
// LEAT_PAUSES=n sets how often, LEAT_SEED=s replays; LEAT_BOOTSTRAP=host:port asks another broker,
// which is not killed.
#include <gtest/gtest.h>

#include <cstdio>

#include "broker_under_test.hpp"
#include "client/offsets.hpp"
#include "client/producer.hpp"
#include "isolated_reads.hpp"
#include "paused_member.hpp"
#include "rdkafka.hpp"

namespace leat::crash {
namespace {

constexpr int paused_records = 10;
constexpr int all_records = 20;

class Pauses : public testing::Test {
protected:
    void fill(const std::string& topic) {
        auto cluster = broker_.connect();
        client::Producer producer{cluster, topic, {}};
        for (int i = 0; i < all_records; ++i) {
            client::OutgoingRecord record;
            record.value = to_bytes(std::to_string(i));
            ASSERT_TRUE(producer.send(0, std::move(record)).ok());
        }
        ASSERT_TRUE(producer.flush().ok());
    }
    // Waits for the partition, takes all and commits that.
    void take_over(const std::string& topic, const std::string& group);
    void pause_one(std::uint64_t number);

    BrokerUnderTest broker_;
    std::map<std::string, int> refusals_;
};

void Pauses::take_over(const std::string& topic, const std::string& group) {
    const auto consumer = make_client(
        RD_KAFKA_CONSUMER, make_conf(broker_.bootstrap(), {{"group.id", group},
                                                           {"session.timeout.ms", "6000"},
                                                           {"heartbeat.interval.ms", "300"},
                                                           {"auto.offset.reset", "earliest"},
                                                           {"isolation.level", "read_committed"},
                                                           {"enable.auto.commit", "false"}}));
    rd_kafka_poll_set_consumer(consumer.get());
    const auto topics = make_list();
    rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), -1);
    rd_kafka_subscribe(consumer.get(), topics.get());
    int taken = 0;
    for (int polls = 0; taken < all_records && polls < 600; ++polls) {
        const RdMessage message{rd_kafka_consumer_poll(consumer.get(), 100)};
        if (message && message->err == RD_KAFKA_RESP_ERR_NO_ERROR) ++taken;
    }
    ASSERT_EQ(taken, all_records) << "the partition of a paused member is not given to another";
    const auto offsets = make_list();
    rd_kafka_topic_partition_list_add(offsets.get(), topic.c_str(), 0)->offset = all_records;
    ASSERT_EQ(rd_kafka_commit(consumer.get(), offsets.get(), 0), RD_KAFKA_RESP_ERR_NO_ERROR);
    // Half of the time nobody is in the group when the paused one comes back.
    if (broker_.pick(2) == 0) rd_kafka_consumer_close(consumer.get());
}

void Pauses::pause_one(std::uint64_t number) {
    const auto name = std::to_string(number);
    const auto topic = broker_.unique("paused-" + name);
    const auto output = broker_.unique("output-" + name);
    const auto group = broker_.unique("group-" + name);
    const bool transactional = number % 2 == 1;
    broker_.create_topics(topics_request({{topic, 1}, {output, 1}}));
    fill(topic);
    const PausedMember member{{.bootstrap = broker_.bootstrap(),
                               .topic = topic,
                               .group_id = group,
                               .records = paused_records,
                               .transactional_id = transactional ? group : "",
                               .output = output}};
    ASSERT_TRUE(member.wait_ready());
    member.pause();
    take_over(topic, group);
    if (HasFatalFailure()) return;
    if (broker_.is_ours() && broker_.pick(2) == 0) {
        broker_.kill();
        broker_.start();
    }
    const auto answer = member.resume_and_commit();
    ++refusals_[answer];
    EXPECT_NE(answer, "NO_ERROR") << "a member that was fenced has committed";
    auto cluster = broker_.connect();
    const auto committed = client::committed_offsets(cluster, group);
    ASSERT_TRUE(committed.ok() && committed->size() == 1);
    EXPECT_EQ(committed->front().offset, all_records);
    const auto visible =
        read_isolated_with_fetch(cluster, output, 1, Isolation::read_committed).front();
    EXPECT_TRUE(visible.empty()) << "the transaction of a fenced member is there";
}

TEST_F(Pauses, leave_a_fenced_member_without_a_commit) {
    const auto pauses = number_from("LEAT_PAUSES", 6);
    broker_.start();
    for (std::uint64_t i = 0; i < pauses && !HasFailure(); ++i) pause_one(i);
    broker_.stop();
    for (const auto& [answer, count] : refusals_)
        std::printf("%8d commits of fenced members end with %s\n", count, answer.c_str());
}

}  // namespace
}  // namespace leat::crash
