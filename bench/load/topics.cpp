// Many partitions: how long until they are made, and until each answers.
#include "load/topics.hpp"

#include <cstdio>

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
    std::printf(R"({"created_s": %.4f, "serving_s": %.4f, "serving_at": %.4f})"
                "\n",
                created - begin, serving - begin, serving);
}

}  // namespace leat::bench
