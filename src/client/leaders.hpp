// Questions that only a partition's leader answers: grouped by leader, repeated when leaders move.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/topic_partition.hpp"
#include "client/cluster.hpp"

namespace leat::client {

using leat::TopicPartition;

/// Asks one leader about the partitions at `indices`; gives back those to be asked again.
using AskLeader = std::function<Result<std::vector<std::size_t>>(
    std::int32_t node_id, const std::vector<std::size_t>& indices)>;

/// Calls `ask` with every partition until none is left to be asked again or `deadline` has passed
/// (then what the last answers said stands). Metadata is read anew between rounds. Errors: those of
/// Cluster::leader_of() and of `ask`, once they cannot pass by waiting.
Result<void> ask_leaders(Cluster& cluster, std::span<const TopicPartition> partitions,
                         MonoTime deadline, const AskLeader& ask);

/// Whether a partition's error may be cured by finding its leader again or by waiting.
bool is_worth_asking_again(kafka::ErrorCode code);

/// The index in `list` of the topic called `name` (or, where the wire has only ids, of `id`),
/// appended if it is not there yet.
template <class TopicEntry>
TopicEntry& topic_entry(std::vector<TopicEntry>& list, const std::string& name,
                        std::string TopicEntry::*field) {
    for (auto& entry : list)
        if (entry.*field == name) return entry;
    list.emplace_back().*field = name;
    return list.back();
}

}  // namespace leat::client
