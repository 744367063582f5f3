// What reading a produced batch costs, a record of 100 bytes at a time.
#include <benchmark/benchmark.h>

#include "kafka/record_batch.hpp"

namespace leat::kafka {
namespace {

Bytes batch_of(std::int64_t records) {
    const Bytes value(100, std::byte{'x'});
    return build_batch(std::vector<NewRecord>(
        static_cast<std::size_t>(records),
        {.timestamp = 1, .key = {}, .value = ByteView{value}, .headers = {}}));
}

void check_the_header(benchmark::State& state) {
    const auto batch = batch_of(state.range(0));
    for (auto _ : state) benchmark::DoNotOptimize(check_batch(batch, batch.size()));
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(check_the_header)->Arg(10)->Arg(10'000);

void visit_the_records(benchmark::State& state) {
    const auto batch = batch_of(state.range(0));
    for (auto _ : state) {
        std::int64_t sum = 0;
        const auto read = for_each_record(batch, batch.size(), [&](const RecordView& record) {
            sum += record.offset;
            return true;
        });
        benchmark::DoNotOptimize(sum);
        if (!read) state.SkipWithError(read.error().what.c_str());
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(visit_the_records)->Arg(10)->Arg(10'000);

void summarize_the_records(benchmark::State& state) {
    const auto batch = batch_of(state.range(0));
    for (auto _ : state) {
        const auto header = BatchHeader::read(batch);
        const auto summary = summarize_records(*header, *records_of(batch, *header, batch.size()));
        if (!summary || !summary->null_keys) state.SkipWithError("not as built");
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(summarize_the_records)->Arg(10)->Arg(10'000);

}  // namespace
}  // namespace leat::kafka
