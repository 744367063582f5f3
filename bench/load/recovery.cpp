// When a broker that was killed serves again, and whether it has all that it acknowledged.
#include "load/recovery.hpp"

#include <array>
#include <cstdio>

#include "client/fetch.hpp"
#include "client/producer.hpp"
#include "load/cluster.hpp"

namespace leat::bench {
namespace {

// A batch that was acknowledged before must get the next offset: the end is where it was.
void produce_one(client::Cluster& cluster, const Options& options) {
    const Bytes value(options.size, std::byte{'x'});
    const std::array records{kafka::NewRecord{
        .timestamp = SystemClock{}.wall_ms(), .key = {}, .value = value, .headers = {}}};
    const auto answers =
        must(client::produce(cluster, {{.partition = {options.topic, 0},
                                        .batch = SharedSlice::of(kafka::build_batch(records))}}));
    const auto& answer = answers.front();
    if (answer.error_code != kafka::ErrorCode::none)
        give_up(client::broker_error("produce", answer.error_code, answer.error_message).what);
    if (answer.base_offset != options.ends.front())
        give_up("partition 0 ended at " + std::to_string(options.ends.front()) + ", now at "
                + std::to_string(answer.base_offset));
}

void fetch_last(client::Cluster& cluster, const Options& options, std::int32_t partition) {
    const auto wanted = options.ends[static_cast<std::size_t>(partition)] - 1;
    if (wanted < 0) return;
    const auto fetched =
        must(client::fetch(cluster, {{.partition = {options.topic, partition}, .offset = wanted}}));
    bool same = false;
    must(client::for_each_record(
        fetched.front(), wanted, [&](const kafka::BatchHeader&, const kafka::RecordView& record) {
            const auto value = as_text(record.value.value_or(ByteView{}));
            same = record.offset == wanted && value == std::string(options.size, 'x');
            return false;
        }));
    if (!same)
        give_up("record " + std::to_string(wanted) + " of partition " + std::to_string(partition)
                + " is lost or another one");
}

}  // namespace

void run_recovery(const Options& options) {
    if (options.ends.size() != static_cast<std::size_t>(options.partitions))
        give_up("--ends takes one number for each partition");
    auto cluster = reach(options);
    produce_one(cluster, options);
    const auto acknowledged = monotonic_seconds();
    // Not the partition that has just been written to.
    fetch_last(cluster, options, options.partitions - 1);
    const auto fetched = monotonic_seconds();
    for (int p = 0; p + 1 < options.partitions; ++p) fetch_last(cluster, options, p);
    std::printf(R"({"acknowledged_at": %.4f, "fetched_at": %.4f})"
                "\n",
                acknowledged, fetched);
}

}  // namespace leat::bench
