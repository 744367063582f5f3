// bench_load produce|latency --bootstrap HOST:PORT --topic NAME [--size N] … [-X
// librdkafka.key=value]
#include <CLI/CLI.hpp>

#include "load/latency.hpp"
#include "load/produce.hpp"

int main(int argc, char** argv) {
    leat::bench::Options options;
    std::vector<std::string> client;
    CLI::App app{"Loads a Kafka broker and prints what was seen as one JSON line"};
    app.require_subcommand(1);
    auto* produce = app.add_subcommand("produce", "As fast as the broker acknowledges");
    auto* latency = app.add_subcommand("latency", "At a fixed rate, in an open loop");
    for (auto* verb : {produce, latency}) {
        verb->add_option("--bootstrap", options.bootstrap, "HOST:PORT")->required();
        verb->add_option("--topic", options.topic, "It must exist")->required();
        verb->add_option("--partitions", options.partitions, "That the topic has");
        verb->add_option("--size", options.size, "Bytes a record");
        verb->add_option("-X", client, "key=value for librdkafka's producer");
    }
    produce->add_option("--count", options.count, "Records");
    produce->add_option("--producers", options.producers, "Clients that share them");
    latency->add_option("--rate", options.rate, "Records a second");
    latency->add_option("--seconds", options.seconds, "That are measured");
    CLI11_PARSE(app, argc, argv);
    for (const auto& pair : client) {
        const auto equals = pair.find('=');
        if (equals == std::string::npos) leat::bench::give_up("-X takes key=value, not " + pair);
        options.client[pair.substr(0, equals)] = pair.substr(equals + 1);
    }
    produce->parsed() ? leat::bench::run_produce(options) : leat::bench::run_latency(options);
}
