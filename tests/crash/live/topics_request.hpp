// The topics that a test begins with.
#pragma once

#include <initializer_list>
#include <utility>

#include "kafka/messages/topics.hpp"

namespace leat::crash {

/// Asks for topics of these names and numbers of partitions.
inline kafka::CreateTopicsRequest topics_request(
    std::initializer_list<std::pair<std::string, int>> topics) {
    kafka::CreateTopicsRequest request;
    for (const auto& [name, partitions] : topics) {
        auto& topic = request.topics.emplace_back();
        topic.name = name;
        topic.num_partitions = partitions;
        topic.replication_factor = 1;
    }
    return request;
}

}  // namespace leat::crash
