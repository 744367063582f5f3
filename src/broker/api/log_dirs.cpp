// DescribeLogDirs 1–5 (KIP-113, sizes of the disk: KIP-827): how much room each partition takes.
// There is one data directory.
#include <algorithm>

#include "broker/api/handlers.hpp"
#include "broker/broker.hpp"

namespace leat::broker {

using namespace kafka;

void describe_log_dirs(Broker& broker, Request<DescribeLogDirsRequest> request,
                       const Reply<DescribeLogDirsResponse>& reply) {
    DescribeLogDirsResponse response;
    auto& dir = response.results.emplace_back();
    dir.log_dir = broker.data_dir().path();
    auto& disk = broker.runtime().disk;
    if (const auto free = disk.free_space(dir.log_dir))
        dir.usable_bytes = static_cast<std::int64_t>(*free);
    if (const auto total = disk.total_space(dir.log_dir))
        dir.total_bytes = static_cast<std::int64_t>(*total);
    const auto describe = [&](const Topic& topic, const std::vector<std::int32_t>* only) {
        auto& answer = dir.topics.emplace_back();
        answer.name = topic.name;
        for (const auto& partition : topic.partitions) {
            const auto index = partition->id().partition;
            if (only != nullptr && std::ranges::find(*only, index) == only->end()) continue;
            auto& p = answer.partitions.emplace_back();
            p.partition_index = index;
            p.partition_size = static_cast<std::int64_t>(partition->log().size());
        }
    };
    if (!request.body.topics) {
        for (const auto& [name, topic] : broker.topics().all()) describe(*topic, nullptr);
    } else {
        for (const auto& wanted : *request.body.topics)
            if (const auto topic = broker.topics().find(wanted.topic))
                describe(*topic, &wanted.partitions);
    }
    reply(response);
}

}  // namespace leat::broker
