// Compares what is read with what there is.
#include "client/topic_follower.hpp"

#include <algorithm>
#include <set>

#include "client/offsets.hpp"

namespace leat::client {
namespace {

constexpr std::chrono::milliseconds longest_pause{500};

}  // namespace

TopicFollower::TopicFollower(Cluster& cluster, std::vector<ReadRange> ranges, FetchOptions options,
                             Following following, TopicReader::Note note)
    : cluster_(cluster),
      reader_(cluster, std::move(ranges), options, note),
      following_(std::move(following)),
      note_(std::move(note)),
      next_refresh_(now() + following_.refresh) {}

Result<bool> TopicFollower::read(const TopicReader::Visit& visit) {
    if (now() >= next_refresh_) refresh();
    if (reader_.ranges().empty()) {
        pause_for(std::min(following_.refresh, longest_pause),
                  cluster_.options().connection.interrupt);
        next_refresh_ = now();
        return true;
    }
    auto more = reader_.read(visit);
    if (more || more.error().code != Errc::not_found) return more;
    // A topic or a partition went away.
    pause_for(cluster_.options().retry_backoff, cluster_.options().connection.interrupt);
    refresh();
    return true;
}

void TopicFollower::refresh() {
    next_refresh_ = now() + following_.refresh;
    std::optional<std::vector<std::string>> asked;
    if (!following_.names.empty()) asked = following_.names;
    // If no broker answers, the fetches tell it.
    const auto metadata = cluster_.metadata(std::move(asked));
    if (!metadata) return;
    const auto there = wanted_in(*metadata);
    drop_what_is_gone(there);
    add_what_is_new(there);
}

std::vector<TopicPartition> TopicFollower::wanted_in(const Metadata& metadata) const {
    std::vector<TopicPartition> there;
    for (const auto& topic : metadata.topics) {
        if (!topic.name || topic.error_code == kafka::ErrorCode::unknown_topic_or_partition
            || !following_.wants(*topic.name))
            continue;
        for (const auto& p : topic.partitions)
            if (following_.partitions.empty()
                || std::ranges::find(following_.partitions, p.partition_index)
                       != following_.partitions.end())
                there.push_back({*topic.name, p.partition_index});
        // What is not told now is as it was.
        if (topic.partitions.empty())
            for (const auto& range : reader_.ranges())
                if (range.partition.topic == *topic.name) there.push_back(range.partition);
    }
    std::ranges::sort(there);
    return there;
}

void TopicFollower::drop_what_is_gone(const std::vector<TopicPartition>& there) {
    std::vector<TopicPartition> gone;
    for (const auto& range : reader_.ranges())
        if (!std::ranges::binary_search(there, range.partition)) gone.push_back(range.partition);
    std::set<std::string> topics;
    for (const auto& partition : gone) {
        reader_.drop(partition);
        topics.insert(partition.topic);
    }
    for (const auto& topic : topics) {
        const bool left = std::ranges::any_of(
            there, [&](const TopicPartition& each) { return each.topic == topic; });
        note_("topic '" + topic
              + (left ? "' has fewer partitions now" : "' is gone; waiting for it"));
    }
}

void TopicFollower::add_what_is_new(const std::vector<TopicPartition>& there) {
    for (const auto& partition : there) {
        if (std::ranges::find(reader_.ranges(), partition, &ReadRange::partition)
            != reader_.ranges().end())
            continue;
        // Nothing of it has been read: all of it is new. Without an answer it is tried again soon.
        const auto held = offset_ranges(cluster_, {partition});
        if (!held) return next_refresh_ = now(), void();
        reader_.add({.partition = partition, .from = held->front().begin});
        note_(partition.to_string() + " is new; reading it from its beginning");
    }
}

}  // namespace leat::client
