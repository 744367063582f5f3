// Follows topics as they change: partitions that are added, topics that are made, deleted and made
// again. One thread.
#pragma once

#include "client/topic_reader.hpp"

namespace leat::client {

/// What is followed, asked again and again.
struct Following {
    /// Whether the topic of that name is wanted.
    std::function<bool(const std::string&)> wants;
    /// The topics to ask for; empty: all, since `wants` is a pattern.
    std::vector<std::string> names = {};
    /// Only these partitions; empty: all.
    std::vector<std::int32_t> partitions = {};
    /// How long a change may go unseen.
    std::chrono::milliseconds refresh{5'000};
};

class TopicFollower {
public:
    /// Reads `ranges`, and what comes to `following` from its beginning. `cluster` must outlive it.
    TopicFollower(Cluster& cluster, std::vector<ReadRange> ranges, FetchOptions options,
                  Following following, TopicReader::Note note);

    /// As TopicReader::read(); never at an end by itself. A topic that goes away is waited for.
    Result<bool> read(const TopicReader::Visit& visit);

    const std::vector<ReadRange>& ranges() const { return reader_.ranges(); }

private:
    void refresh();
    std::vector<TopicPartition> wanted_in(const Metadata& metadata) const;
    void drop_what_is_gone(const std::vector<TopicPartition>& there);
    void add_what_is_new(const std::vector<TopicPartition>& there);

    Cluster& cluster_;
    TopicReader reader_;
    Following following_;
    TopicReader::Note note_;
    MonoTime next_refresh_;
};

}  // namespace leat::client
