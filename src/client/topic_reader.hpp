// Reads ranges of partitions front to back, one fetch after another. One thread.
#pragma once

#include <limits>

#include "client/fetch.hpp"

namespace leat::client {

inline constexpr std::int64_t without_end = std::numeric_limits<std::int64_t>::max();

struct ReadRange {
    TopicPartition partition;
    /// The next offset to read.
    std::int64_t from = 0;
    /// The first offset not to read; without_end follows for ever.
    std::int64_t until = without_end;
    /// The topic of that name that is read; zero until the first fetch.
    Uuid topic_id = {};
};

/// A record in its batch; the views die with the visit.
struct ReadRecord {
    const TopicPartition& partition;
    const kafka::BatchHeader& batch;
    const kafka::RecordView& record;
    /// The broker that it came from.
    std::int32_t node_id = -1;
};

class TopicReader {
public:
    using Visit = std::function<bool(const ReadRecord&)>;
    /// Is told, in a sentence, what is left out.
    using Note = std::function<void(const std::string&)>;

    /// `cluster` must outlive the reader.
    TopicReader(Cluster& cluster, std::vector<ReadRange> ranges, FetchOptions options, Note note)
        : cluster_(cluster),
          ranges_(std::move(ranges)),
          options_(options),
          note_(std::move(note)) {}

    /// One round of fetches: calls `visit` for what came until it returns false. Gives whether more
    /// may come: false once every range is read, or after `visit` returned false. Offsets that
    /// retention took are left out; a topic that was made anew is read from its beginning, unless
    /// its range had an end: then that range is over. Errors: those of fetch() and
    /// for_each_record(), and what the broker says of a partition. After an error that is
    /// retriable, read() may be called again.
    Result<bool> read(const Visit& visit);

    /// Where each range stands.
    const std::vector<ReadRange>& ranges() const { return ranges_; }

    void add(ReadRange range) { ranges_.push_back(std::move(range)); }
    /// Reads `partition` no more.
    void drop(const TopicPartition& partition);

private:
    Result<bool> take(ReadRange& range, const FetchedPartition& fetched, const Visit& visit);
    Result<bool> go_back_inside(ReadRange& range);
    void start_anew(ReadRange& range, const FetchedPartition& fetched);

    Cluster& cluster_;
    std::vector<ReadRange> ranges_;
    FetchOptions options_;
    Note note_;
    std::size_t first_ = 0;  // who is asked for first, in turn: a full answer leaves the rest out
};

}  // namespace leat::client
