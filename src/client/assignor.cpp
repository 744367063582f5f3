// Assigns by ranges; reads and writes the "consumer" protocol's bytes.
#include "client/assignor.hpp"

#include <algorithm>
#include <tuple>

#include "kafka/messages/consumer_protocol.hpp"

namespace leat::client {
namespace {

// What is written: the oldest that has all that is told. What is read: a newer version only adds
// fields behind those that are known here.
constexpr std::int16_t written_version = 1;
constexpr std::int16_t newest_version = 3;

template <class Message>
Bytes write(const Message& message) {
    Bytes bytes(sizeof written_version);
    store_be(bytes.data(), written_version);
    const auto body = kafka::encode(message, written_version).flat();
    bytes.insert(bytes.end(), body.begin(), body.end());
    return bytes;
}

template <class Message>
Result<Message> read(ByteView bytes) {
    const Error foreign{Errc::corrupt, std::to_string(bytes.size())
                                           + " bytes that are not of Kafka's consumer protocol"};
    if (bytes.size() < sizeof newest_version) return foreign;
    const auto version = std::min(load_be<std::int16_t>(bytes.data()), newest_version);
    if (version < 0) return foreign;
    Message message;
    kafka::Reader in{bytes.subspan(sizeof version), version, false};
    in(message);
    if (!in.ok()) return foreign;
    return message;
}

}  // namespace

std::map<std::string, std::vector<TopicPartition>> assign_ranges(
    std::vector<Subscriber> members, const std::map<std::string, std::int32_t>& partition_counts) {
    // Static members keep their place over restarts, in front of the others.
    std::ranges::sort(members, {}, [](const Subscriber& each) {
        return std::tuple{each.instance_id.empty(), each.instance_id, each.member_id};
    });
    std::map<std::string, std::vector<TopicPartition>> assigned;
    for (const auto& member : members) assigned[member.member_id];
    for (const auto& [topic, count] : partition_counts) {
        std::vector<const Subscriber*> takers;
        for (const auto& member : members)
            if (std::ranges::find(member.topics, topic) != member.topics.end())
                takers.push_back(&member);
        if (takers.empty()) continue;
        const auto share = count / static_cast<std::int32_t>(takers.size());
        auto with_one_more = count % static_cast<std::int32_t>(takers.size());
        std::int32_t next = 0;
        for (const auto* taker : takers)
            for (auto left = share + (with_one_more-- > 0 ? 1 : 0); left > 0; --left)
                assigned[taker->member_id].push_back({topic, next++});
    }
    return assigned;
}

Bytes write_subscription(const std::vector<std::string>& topics) {
    kafka::ConsumerProtocolSubscription subscription;
    subscription.topics = topics;
    return write(subscription);
}

Result<std::vector<std::string>> read_subscription(ByteView bytes) {
    auto subscription = read<kafka::ConsumerProtocolSubscription>(bytes);
    if (!subscription) return subscription.error();
    return std::move(subscription->topics);
}

Bytes write_assignment(const std::vector<TopicPartition>& partitions) {
    kafka::ConsumerProtocolAssignment assignment;
    for (const auto& each : partitions)
        topic_entry(assignment.assigned_partitions, each.topic,
                    &kafka::ConsumerProtocolAssignment::TopicPartition::topic)
            .partitions.push_back(each.partition);
    return write(assignment);
}

Result<std::vector<TopicPartition>> read_assignment(ByteView bytes) {
    std::vector<TopicPartition> partitions;
    if (bytes.empty()) return partitions;
    const auto assignment = read<kafka::ConsumerProtocolAssignment>(bytes);
    if (!assignment) return assignment.error();
    for (const auto& topic : assignment->assigned_partitions)
        for (const auto partition : topic.partitions)
            partitions.push_back({topic.topic, partition});
    std::ranges::sort(partitions);
    return partitions;
}

}  // namespace leat::client
