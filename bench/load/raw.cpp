// Produce requests that were encoded beforehand: the broker's own speed.
#include "load/raw.hpp"

#include <algorithm>

#include "kafka/header.hpp"
#include "kafka/messages/produce.hpp"
#include "kafka/record_batch.hpp"
#include "load/exchange.hpp"

namespace leat::bench {
namespace {

// The last that names topics, so that nobody need be asked for ids.
constexpr std::int16_t version = 12;
constexpr int under_way = 5;

std::int64_t records_in_batch(const Options& options) {
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(options.batch / options.size));
}

Bytes request_for(const Options& options, std::int32_t partition) {
    const Bytes value(options.size, std::byte{'x'});
    const std::vector<kafka::NewRecord> records(
        static_cast<std::size_t>(records_in_batch(options)),
        {.timestamp = SystemClock{}.wall_ms(), .key = {}, .value = value, .headers = {}});
    return produce_frame(options.topic, partition, kafka::build_batch(records), version);
}

void take(ByteView frame) {
    const auto opened = kafka::open_response<kafka::ProduceResponse>(frame, version);
    if (!opened) give_up("an answer to Produce is malformed");
    const auto error = opened->second.responses.at(0).partition_responses.at(0).error_code;
    if (error != kafka::ErrorCode::none) give_up(std::string{name_of(error)});
}

void send_all(const Options& options, const std::vector<Bytes>& requests, std::size_t first,
              std::int64_t batches) {
    Exchange exchange{options};
    for (std::int64_t i = 0; i < batches + under_way; ++i) {
        if (i >= under_way && i - under_way < batches) take(exchange.receive());
        if (i < batches)
            exchange.send(requests[(first + static_cast<std::size_t>(i)) % requests.size()]);
    }
}

}  // namespace

void run_raw(const Options& options) {
    {
        auto cluster = reach(options);
        wait_for_ends(cluster, options.topic, options.partitions);
    }
    std::vector<Bytes> requests;
    requests.reserve(static_cast<std::size_t>(options.partitions));
    for (int p = 0; p < options.partitions; ++p) requests.push_back(request_for(options, p));
    const auto each = options.count / records_in_batch(options) / options.connections;
    const auto from_all = [&](std::int64_t batches) {
        std::vector<std::jthread> threads;
        threads.reserve(static_cast<std::size_t>(options.connections));
        for (int c = 0; c < options.connections; ++c)
            threads.emplace_back([&, c] {
                const auto share = requests.size() / static_cast<std::size_t>(options.connections);
                send_all(options, requests, static_cast<std::size_t>(c) * share, batches);
            });
    };
    from_all(options.partitions);  // the files are there before it counts
    const auto cpu = cpu_seconds();
    const auto begin = Clock::now();
    from_all(each);
    const auto records =
        static_cast<double>(each * options.connections * records_in_batch(options));
    print_throughput({.records = records,
                      .bytes = records * static_cast<double>(options.size),
                      .took = Clock::now() - begin,
                      .client_cpu = cpu_seconds() - cpu});
}

}  // namespace leat::bench
