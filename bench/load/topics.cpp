// Many partitions: how long until they are made, and until each answers.
#include "load/topics.hpp"

#include <array>
#include <cstdio>

#include "client/producer.hpp"
#include "kafka/messages/topics.hpp"
#include "load/cluster.hpp"

namespace leat::bench {
namespace {

std::string name_of(const Options& options, int number) {
    return options.topic + "-" + std::to_string(number);
}

void create(client::Cluster& cluster, const std::string& name, int partitions) {
    kafka::CreateTopicsRequest request;
    auto& topic = request.topics.emplace_back();
    topic.name = name;
    topic.num_partitions = partitions;
    topic.replication_factor = 1;
    const auto response =
        must(cluster.call<kafka::CreateTopicsResponse>(client::Target::controller(), request));
    for (const auto& made : response.topics)
        if (made.error_code != kafka::ErrorCode::none)
            give_up(
                client::broker_error("create " + name, made.error_code, made.error_message).what);
}

void write(client::Cluster& cluster, const std::string& name, const Options& options) {
    const Bytes value(options.size, std::byte{'x'});
    const std::array records{kafka::NewRecord{
        .timestamp = SystemClock{}.wall_ms(), .key = {}, .value = value, .headers = {}}};
    const auto batch = SharedSlice::of(kafka::build_batch(records));
    std::vector<client::OutgoingBatch> batches;
    batches.reserve(static_cast<std::size_t>(options.partitions));
    for (int p = 0; p < options.partitions; ++p)
        batches.push_back({.partition = {name, p}, .batch = batch});
    for (const auto& answer : must(client::produce(cluster, batches)))
        if (answer.error_code != kafka::ErrorCode::none)
            give_up(client::broker_error("produce", answer.error_code, answer.error_message).what);
}

}  // namespace

void run_topics(const Options& options) {
    auto cluster = reach(options);
    const auto begin = monotonic_seconds();
    if (options.create)
        for (int t = 0; t < options.topics; ++t)
            create(cluster, name_of(options, t), options.partitions);
    const auto created = monotonic_seconds();
    for (int t = 0; t < options.topics; ++t)
        wait_for_ends(cluster, name_of(options, t), options.partitions);
    const auto serving = monotonic_seconds();
    for (int t = 0; options.write && t < options.topics; ++t)
        write(cluster, name_of(options, t), options);
    std::printf(R"({"created_s": %.4f, "serving_s": %.4f, "serving_at": %.4f})"
                "\n",
                created - begin, serving - begin, serving);
}

}  // namespace leat::bench
