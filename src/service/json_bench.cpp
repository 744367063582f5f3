// The cost of encoding and decoding an order of about 200 bytes.
#include <benchmark/benchmark.h>

#include "leat/json.hpp"

namespace {

struct Line {
    std::string sku;
    int quantity;
    leat::decimal price;
};
struct PlacedOrder {
    std::string id;
    std::string customer;
    leat::timestamp placed_at;
    std::vector<Line> lines;
    leat::decimal total;
};

PlacedOrder placed() {
    return {"o-0069659",
            "c-00001",
            leat::timestamp{std::chrono::microseconds{1'706'691'600'123'456}},
            {{"cd-4711", 1, leat::decimal{"11.77"}}, {"cd-0815", 2, leat::decimal{"12.00"}}},
            leat::decimal{"35.77"}};
}

void encode_order(benchmark::State& state) {
    const auto order = placed();
    std::string text;
    for (auto _ : state) {
        text.clear();
        leat::json::append(text, order);
        benchmark::DoNotOptimize(text.data());
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(encode_order);

void decode_order(benchmark::State& state) {
    const auto text = leat::json::encode(placed());
    for (auto _ : state) {
        auto order = leat::json::decode<PlacedOrder>(text);
        benchmark::DoNotOptimize(order);
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(decode_order);

}  // namespace
