#include "levelled.hpp"

#include <algorithm>

namespace leat::configs {
namespace {

using namespace kafka;

// What is refused is refused in words; nothing is said of what is not.
template <class Result>
void level_message(Result& result) {
    if (result.error_code != ErrorCode::none) result.error_message.reset();
}

template <class Results>
void level_resources(Results& results) {
    for (auto& result : results) level_message(result);
    std::ranges::sort(results, {}, [](const auto& one) {
        return std::pair{one.resource_type, one.resource_name};
    });
}

}  // namespace

void level(DescribeConfigsResponse& response) {
    for (auto& result : response.results) {
        std::ranges::sort(result.configs, {}, [](const auto& one) { return one.name; });
        for (auto& config : result.configs)
            if (config.documentation) config.documentation = "some";
    }
    level_resources(response.results);
}
void level(AlterConfigsResponse& response) { level_resources(response.responses); }
void level(IncrementalAlterConfigsResponse& response) { level_resources(response.responses); }
void level(CreateTopicsResponse& response) {
    for (auto& topic : response.topics) {
        topic.topic_id = {};
        level_message(topic);
    }
    std::ranges::sort(response.topics, {}, [](const auto& one) { return one.name; });
}
void level(CreatePartitionsResponse& response) {
    for (auto& result : response.results) level_message(result);
    std::ranges::sort(response.results, {}, [](const auto& one) { return one.name; });
}
void level(MetadataResponse& response) {
    response.brokers.clear();
    response.cluster_id.reset();
    response.controller_id = 0;
    for (auto& topic : response.topics) {
        topic.topic_id = {};
        std::ranges::sort(topic.partitions, {},
                          [](const auto& one) { return one.partition_index; });
    }
    std::ranges::sort(response.topics, {}, [](const auto& one) { return one.name; });
}

}  // namespace leat::configs
