// The range assignor, and the bytes that consumers exchange.
#include "client/assignor.hpp"

#include <gmock/gmock.h>

#include "kafka/messages/consumer_protocol.hpp"

namespace leat::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<TopicPartition> of(const std::string& topic, std::vector<std::int32_t> numbers) {
    std::vector<TopicPartition> partitions;
    for (const auto number : numbers) partitions.push_back({topic, number});
    return partitions;
}

TEST(RangeAssignor, gives_the_first_members_one_more) {
    const auto assigned =
        assign_ranges({{"b", "", {"t"}}, {"a", "", {"t"}}, {"c", "", {"t"}}}, {{"t", 7}});
    EXPECT_EQ(assigned.at("a"), of("t", {0, 1, 2}));
    EXPECT_EQ(assigned.at("b"), of("t", {3, 4}));
    EXPECT_EQ(assigned.at("c"), of("t", {5, 6}));
}

TEST(RangeAssignor, gives_a_topic_only_to_those_who_want_it) {
    const auto assigned = assign_ranges({{"a", "", {"t", "u"}}, {"b", "", {"u"}}, {"c", "", {}}},
                                        {{"t", 2}, {"u", 3}, {"v", 4}});
    EXPECT_THAT(assigned.at("a"), ElementsAre(TopicPartition{"t", 0}, TopicPartition{"t", 1},
                                              TopicPartition{"u", 0}, TopicPartition{"u", 1}));
    EXPECT_EQ(assigned.at("b"), of("u", {2}));
    EXPECT_THAT(assigned.at("c"), IsEmpty());
}

TEST(RangeAssignor, puts_static_members_first_by_their_own_names) {
    const auto assigned =
        assign_ranges({{"a", "", {"t"}}, {"z", "i1", {"t"}}, {"y", "i2", {"t"}}}, {{"t", 3}});
    EXPECT_EQ(assigned.at("z"), of("t", {0}));
    EXPECT_EQ(assigned.at("y"), of("t", {1}));
    EXPECT_EQ(assigned.at("a"), of("t", {2}));
}

TEST(Subscription, is_read_as_it_was_written) {
    EXPECT_THAT(read_subscription(write_subscription({"b", "a"})).value(), ElementsAre("b", "a"));
}

TEST(Assignment, is_read_as_it_was_written) {
    const auto partitions = of("t", {0, 2});
    EXPECT_EQ(read_assignment(write_assignment(partitions)).value(), partitions);
}

TEST(Assignment, is_read_from_what_sync_group_carries) {
    kafka::ConsumerProtocolAssignment assignment;
    assignment.assigned_partitions = {{"orders", {2, 0}}};
    Bytes bytes(2);
    store_be<std::int16_t>(bytes.data(), 9);  // newer than any that is known
    const auto body = kafka::encode(assignment, 3).flat();
    bytes.insert(bytes.end(), body.begin(), body.end());
    EXPECT_EQ(read_assignment(bytes).value(), of("orders", {0, 2}));
    EXPECT_THAT(read_assignment({}).value(), IsEmpty());
}

TEST(Assignment, is_none_only_if_there_are_no_bytes) {
    const auto bytes = write_assignment(of("t", {0}));
    for (const auto& torn : {ByteView{bytes}.first(9), ByteView{bytes}.first(1)})
        EXPECT_THAT(read_assignment(torn).error().what, HasSubstr("not of Kafka's consumer"));
    Bytes negative = bytes;
    store_be<std::int16_t>(negative.data(), -1);
    EXPECT_FALSE(read_assignment(negative).ok());
}

TEST(Subscription, is_an_error_if_it_cannot_be_read) {
    const auto bytes = write_subscription({"t"});
    for (const auto& torn : {ByteView{bytes}.first(5), ByteView{}})
        EXPECT_THAT(read_subscription(torn).error().what, HasSubstr("not of Kafka's consumer"));
}

}  // namespace
}  // namespace leat::client
