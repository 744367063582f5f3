// Rounds of questions to leaders.
#include "client/leaders.hpp"

#include <numeric>
#include <optional>

namespace leat::client {
namespace {

struct Round {
    std::vector<std::size_t> again;
    std::optional<Error> failure;  // why `again` is not empty, if it was not an answer's code

    void keep(const std::vector<std::size_t>& indices) {
        again.insert(again.end(), indices.begin(), indices.end());
    }
};

Result<Round> ask_once(Cluster& cluster, std::span<const TopicPartition> partitions,
                       const std::vector<std::size_t>& pending, const AskLeader& ask) {
    Round round;
    std::map<std::int32_t, std::vector<std::size_t>> by_leader;
    for (const auto index : pending) {
        auto leader = cluster.leader_of(partitions[index].topic, partitions[index].partition);
        if (leader) {
            by_leader[*leader].push_back(index);
            continue;
        }
        if (!leader.error().retriable) return leader.error();
        round.again.push_back(index);
        round.failure = leader.error();
    }
    for (const auto& [node, indices] : by_leader) {
        auto again = ask(node, indices);
        if (again) {
            round.keep(*again);
            continue;
        }
        if (!again.error().retriable) return again.error();
        round.keep(indices);
        round.failure = again.error();
    }
    return round;
}

}  // namespace

bool is_worth_asking_again(kafka::ErrorCode code) {
    return kafka::is_retriable(code) && code != kafka::ErrorCode::corrupt_message;
}

Result<void> ask_leaders(Cluster& cluster, std::span<const TopicPartition> partitions,
                         MonoTime deadline, const AskLeader& ask) {
    std::vector<std::size_t> pending(partitions.size());
    std::iota(pending.begin(), pending.end(), std::size_t{0});
    for (;;) {
        auto round = ask_once(cluster, partitions, pending, ask);
        if (!round) return round.error();
        if (round->again.empty()) return {};
        const auto backoff = cluster.options().retry_backoff;
        if (now() + backoff >= deadline) {
            if (round->failure) return *round->failure;
            return {};
        }
        pause_for(backoff, cluster.options().connection.interrupt);
        cluster.forget_topics();
        pending = std::move(round->again);
    }
}

}  // namespace leat::client
