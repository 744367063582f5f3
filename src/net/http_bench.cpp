// What one HTTP request costs: parsing and writing alone, and over loopback with late answers or
// not.
#include <benchmark/benchmark.h>

#include "net/http_parser.hpp"
#include "net/http_server.hpp"
#include "net/http_writer.hpp"
#include "net/io_threads.hpp"
#include "net/test_peer.hpp"

namespace leat::net {
namespace {

const std::string request_bytes =
    "POST /orders HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Type: application/json\r\n"
    "Idempotency-Key: order-0000012345\r\nContent-Length: 200\r\n\r\n"
    + std::string(200, 'x');

void parse_request(benchmark::State& state) {
    http::RequestParser parser{{}};
    for (auto _ : state) {
        parser.feed(request_bytes);
        benchmark::DoNotOptimize(parser.request().body.data());
        parser.reset();
    }
}
BENCHMARK(parse_request);

void write_response(benchmark::State& state) {
    const auto response = http::json(R"({"id":"order-0000012345"})", 202);
    const SystemClock clock;
    std::string out;
    for (auto _ : state) {
        out.clear();
        http::append_response(out, response, {.date_ms = clock.wall_ms()});
        benchmark::DoNotOptimize(out.data());
    }
}
BENCHMARK(write_response);

/// One client thread, one server thread; `range(0)` requests a round trip, pipelined.
void serve_pipelined(benchmark::State& state) {
    const SystemClock clock;
    IoThreads io{1};
    HttpServer server{
        io.executor(),
        {},
        [](const http::Request&, const Responder& respond) { respond(http::text("done", 202)); },
        clock};
    const auto port = server.listen("127.0.0.1", 0);
    auto peer = TestPeer::connect(*port);
    std::string batch;
    for (std::int64_t i = 0; i < state.range(0); ++i) batch += request_bytes;
    for (auto _ : state) {
        peer.send(batch);
        for (std::int64_t i = 0; i < state.range(0); ++i) peer.read_until("\r\n\r\ndone");
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
    peer.close();
    server.drain(std::chrono::seconds{1});
}
BENCHMARK(serve_pipelined)->Arg(1)->Arg(16)->UseRealTime();

}  // namespace
}  // namespace leat::net
