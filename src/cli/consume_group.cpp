// `leat consume --group`: a member that commits what it has printed.
#include <algorithm>

#include "cli/consume.hpp"
#include "cli/exit_code.hpp"
#include "cli/glob.hpp"
#include "cli/interrupt.hpp"
#include "client/group_member.hpp"

namespace leat::cli {
namespace {

using client::now;
using std::chrono::milliseconds;

constexpr milliseconds commit_interval{5'000};
constexpr milliseconds topics_interval{5'000};
constexpr milliseconds idle_pause{500};
// A broker that is away must not keep the member from telling that it lives.
constexpr milliseconds fetch_patience{5'000};

class GroupConsumer {
public:
    GroupConsumer(client::Cluster& cluster, const ConsumeOptions& options, RecordPrinter& printer,
                  const Interrupt& interrupt)
        : cluster_(cluster),
          options_(options),
          printer_(printer),
          interrupt_(interrupt),
          member_(cluster, {.group = options.group, .topics = {}}) {}

    Result<void> run() {
        auto topics = find_topics(cluster_, options_.choice);
        if (!topics) return topics.error();
        while (!over_) {
            if (auto round = one_generation(); !round) return round;
        }
        return {};
    }

    // What is printed is committed, whatever ended the reading; then the partitions are free.
    Result<void> end() {
        auto committed = commit();
        auto left = member_.leave();
        return committed ? std::move(left) : std::move(committed);
    }

private:
    Result<void> one_generation() {
        if (auto known = learn_topics(); !known) return known.error();
        auto partitions = member_.join();
        if (!partitions) return partitions.error();
        auto ranges = ranges_of(*partitions);
        if (!ranges) return ranges.error();
        auto fetching = options_.fetching();
        fetching.timeout = fetch_patience;
        reader_.emplace(cluster_, std::move(*ranges), fetching, tell);
        written_ = positions();
        if (partitions->empty()) tell("no partition is left for this member of the group; waiting");
        next_commit_ = now() + commit_interval;
        next_topics_ = now() + topics_interval;
        for (;;) {
            auto stands = step();
            if (!stands) return stands.error();
            if (!*stands) break;
        }
        return over_ ? Result<void>{} : commit();
    }

    // Whether this generation goes on. The first commit tells also where it began, so that what is
    // written before the next start is not left out.
    Result<bool> step() {
        // Where there is always something to read, nothing waits and is interrupted.
        over_ = interrupt_.came();
        if (over_) return false;
        if (auto read = read_some(); !read || over_) return read;
        if (now() >= next_commit_) {
            if (auto committed = commit(); !committed) return committed.error();
            next_commit_ = now() + commit_interval;
        }
        auto alive = member_.keep_alive();
        if (!alive || !*alive) return alive;
        if (now() < next_topics_) return true;
        next_topics_ = now() + topics_interval;
        // Partitions or fitting topics were added: the group shares them out anew.
        const auto changed = learn_topics();
        return changed ? Result<bool>{!*changed} : changed.error();
    }

    Result<bool> read_some() {
        if (reader_->ranges().empty()) {
            client::pause_for(idle_pause, cluster_.options().connection.interrupt);
            over_ = options_.exit_at_end;
            return !over_;
        }
        auto more = reader_->read([&](const auto& record) { return printer_.take(record); });
        // What cannot be written out is not committed.
        if (auto flushed = printer_.flush(); !flushed) return flushed.error();
        written_ = positions();
        if (!more && more.error().code == Errc::not_found) return topic_is_gone();
        if (!more && !more.error().retriable) return more;
        if (!more && !std::exchange(away_, true)) tell(more.error().what + ". Waiting.");
        if (more) away_ = false;
        over_ = printer_.is_done() || (more && !*more);
        return !over_;
    }

    // The next generation is without it; its own topics are waited for.
    Result<bool> topic_is_gone() {
        client::pause_for(idle_pause, cluster_.options().connection.interrupt);
        const auto changed = learn_topics();
        return changed ? Result<bool>{!*changed} : changed.error();
    }

    // Subscribes to what there is now; whether that or its partitions changed.
    Result<bool> learn_topics() {
        std::optional<std::vector<std::string>> asked;
        if (!options_.choice.has_pattern()) asked = options_.choice.words;
        const auto metadata = cluster_.metadata(std::move(asked));
        // If no broker answers, fetches and heartbeats tell it.
        if (!metadata && metadata.error().retriable) return false;
        if (!metadata) return metadata.error();
        std::map<std::string, std::size_t> counts;
        for (const auto& topic : metadata->topics)
            if (topic.name && topic.error_code == kafka::ErrorCode::none
                && options_.choice.wants(*topic.name))
                counts[*topic.name] = topic.partitions.size();
        std::vector<std::string> names;
        for (const auto& word : options_.choice.words)
            if (!is_glob(word)) names.push_back(word);
        for (const auto& [name, count] : counts)
            if (std::ranges::find(names, name) == names.end()) names.push_back(name);
        member_.subscribe(std::move(names));
        return std::exchange(counts_, counts) != counts;
    }

    Result<std::vector<client::ReadRange>> ranges_of(
        const std::vector<client::TopicPartition>& partitions) {
        auto held = client::offset_ranges(cluster_, partitions, !options_.uncommitted);
        if (!held) return held.error();
        auto begin = offsets_of(cluster_, options_.range.from, *held);
        if (!begin) return begin.error();
        auto committed = client::committed_offsets(cluster_, options_.group);
        if (!committed) return committed.error();
        std::vector<client::ReadRange> ranges;
        committed_.clear();
        for (const auto& each : *committed) committed_[each.partition] = each.offset;
        for (std::size_t i = 0; i < held->size(); ++i) {
            const auto at = committed_.find(partitions[i]);
            ranges.push_back(
                {.partition = partitions[i],
                 .from = at == committed_.end() ? (*begin)[i] : at->second,
                 .until = options_.exit_at_end ? (*held)[i].end : client::without_end});
        }
        return ranges;
    }

    std::map<client::TopicPartition, std::int64_t> positions() const {
        std::map<client::TopicPartition, std::int64_t> at;
        for (const auto& range : reader_->ranges()) at[range.partition] = range.from;
        return at;
    }

    Result<void> commit() {
        std::vector<client::CommittedOffset> moved;
        for (const auto& [partition, offset] : written_)
            if (const auto at = committed_.find(partition);
                at == committed_.end() || at->second != offset)
                moved.push_back({.partition = partition, .offset = offset});
        const auto done = member_.commit(moved);
        if (!done) return done.error();
        if (!*done)
            tell("the group went on without this member: what it printed last may come again");
        committed_ = written_;
        return {};
    }

    client::Cluster& cluster_;
    const ConsumeOptions& options_;
    RecordPrinter& printer_;
    const Interrupt& interrupt_;
    client::GroupMember member_;
    std::optional<client::TopicReader> reader_;
    std::map<std::string, std::size_t> counts_;
    std::map<client::TopicPartition, std::int64_t> written_, committed_;
    MonoTime next_commit_, next_topics_;
    bool over_ = false;
    bool away_ = false;
};

}  // namespace

int consume_in_group(client::Cluster& cluster, const ConsumeOptions& options,
                     RecordPrinter& printer) {
    const Interrupt interrupt;
    cluster.set_interrupt(interrupt.descriptor());
    GroupConsumer consumer{cluster, options, printer, interrupt};
    auto done = consumer.run();
    // The goodbye is not to be interrupted, but for a second signal, which kills.
    cluster.set_interrupt(-1);
    auto ended = consumer.end();
    if (!done && !interrupt.came()) return report(done.error());
    return ended ? static_cast<int>(exit_ok) : static_cast<int>(report(ended.error()));
}

}  // namespace leat::cli
