// Fetch requests and nothing more: of what comes, only the batches' lengths and the last header are
// looked at, which tell the next offset.
#include "load/fetch.hpp"

#include <algorithm>
#include <limits>

#include "kafka/header.hpp"
#include "kafka/messages/fetch.hpp"
#include "kafka/record_batch.hpp"
#include "load/exchange.hpp"

namespace leat::bench {
namespace {

// The last that names topics, so that nobody need be asked for ids.
constexpr std::int16_t version = 12;

struct Position {
    std::int32_t partition = 0;
    std::int64_t next = 0;
    std::int64_t end = std::numeric_limits<std::int64_t>::max();  // known after the first answer
    bool done() const { return next >= end; }
};

/// Bytes of the whole batches in front of `records`; `at` goes behind them. What the broker cut off
/// comes again and does not count.
std::size_t pass(ByteView records, Position& at) {
    std::size_t passed = 0;
    ByteView last;
    while (records.size() >= kafka::batch_header_size) {
        const auto length = load_be<std::int32_t>(records.data() + sizeof(std::int64_t));
        const auto size = kafka::batch_prefix_size + static_cast<std::size_t>(length);
        if (size < kafka::batch_header_size) give_up("the broker sent a batch without a header");
        if (size > records.size()) break;
        last = records.first(size);
        records = records.subspan(size);
        passed += size;
    }
    if (!last.empty()) at.next = kafka::BatchHeader::read(last)->next_offset();
    return passed;
}

/// One connection and its share of the partitions.
class Fetcher {
public:
    Fetcher(const Options& options, const std::vector<std::int32_t>& partitions)
        : options_(options), exchange_(options) {
        for (const auto partition : partitions) positions_.push_back({.partition = partition});
    }

    void run() {
        while (!positions_.empty()) {
            send();
            take(exchange_.receive());
            std::erase_if(positions_, [](const Position& each) { return each.done(); });
        }
    }
    std::size_t bytes() const { return bytes_; }
    std::int64_t records() const { return records_; }

private:
    void send() {
        kafka::FetchRequest request;
        request.max_wait_ms = 500;
        request.min_bytes = 1;
        auto& topic = request.topics.emplace_back();
        topic.topic = options_.topic;
        for (const auto& each : positions_)
            topic.partitions.push_back({.partition = each.partition,
                                        .fetch_offset = each.next,
                                        .partition_max_bytes = options_.partition_bytes,
                                        .replica_directory_id = {}});
        exchange_.send(kafka::request_frame(request, version, 1, "bench").flat());
    }

    void take(ByteView frame) {
        const auto opened = kafka::open_response<kafka::FetchResponse>(frame, version);
        if (!opened) give_up("an answer to Fetch is malformed");
        std::size_t passed = 0;
        for (const auto& topic : opened->second.responses)
            for (const auto& answer : topic.partitions) passed += take(answer);
        if (passed == 0 && std::ranges::none_of(positions_, &Position::done))
            give_up("nothing came in an answer to Fetch: is a batch larger than it?");
        bytes_ += passed;
    }
    std::size_t take(const kafka::FetchResponse::FetchableTopicResponse::PartitionData& answer) {
        if (answer.error_code != kafka::ErrorCode::none)
            give_up(std::string{name_of(answer.error_code)});
        const auto at = std::ranges::find(positions_, answer.partition_index, &Position::partition);
        if (at == positions_.end())
            give_up("an answer tells of a partition that was not asked for");
        if (at->end == std::numeric_limits<std::int64_t>::max()) at->end = answer.high_watermark;
        const auto before = at->next;
        const auto passed = pass(answer.records.bytes(), *at);
        records_ += at->next - before;
        return passed;
    }

    const Options& options_;
    Exchange exchange_;
    std::vector<Position> positions_;
    std::size_t bytes_ = 0;
    std::int64_t records_ = 0;
};

std::vector<std::unique_ptr<Fetcher>> fetchers_of(const Options& options) {
    std::vector<std::vector<std::int32_t>> shares(static_cast<std::size_t>(options.connections));
    for (int p = 0; p < options.partitions; ++p)
        shares[static_cast<std::size_t>(p) % shares.size()].push_back(p);
    std::vector<std::unique_ptr<Fetcher>> fetchers;
    fetchers.reserve(shares.size());
    for (const auto& share : shares) fetchers.push_back(std::make_unique<Fetcher>(options, share));
    return fetchers;
}

}  // namespace

void run_fetch(const Options& options) {
    const auto fetchers = fetchers_of(options);
    const auto cpu = cpu_seconds();
    const auto begin = Clock::now();
    {
        std::vector<std::jthread> threads;
        threads.reserve(fetchers.size());
        for (const auto& fetcher : fetchers) threads.emplace_back([&fetcher] { fetcher->run(); });
    }
    Throughput all{.took = Clock::now() - begin, .client_cpu = cpu_seconds() - cpu};
    for (const auto& fetcher : fetchers) {
        all.records += static_cast<double>(fetcher->records());
        all.bytes += static_cast<double>(fetcher->bytes());
    }
    print_throughput(all);
}

}  // namespace leat::bench
