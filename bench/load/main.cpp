// bench_load VERB --bootstrap HOST:PORT --topic NAME [--partitions N] … [-X librdkafka.key=value]
#include <CLI/CLI.hpp>

#include "load/connections.hpp"
#include "load/consume.hpp"
#include "load/fetch.hpp"
#include "load/latency.hpp"
#include "load/produce.hpp"
#include "load/raw.hpp"
#include "load/recovery.hpp"
#include "load/topics.hpp"
#include "load/transactions.hpp"

namespace {

using leat::bench::Options;
using Run = void (*)(const Options&);

// The verbs, each with the options that all have.
class Verbs {
public:
    Verbs(CLI::App& app, Options& options) : app_(app), options_(options) {}

    CLI::App& add(const char* name, const char* what, Run chosen) {
        auto* verb = app_.add_subcommand(name, what);
        verb->add_option("--bootstrap", options_.bootstrap, "HOST:PORT")->required();
        verb->add_option("--topic", options_.topic, "It must exist")->required();
        verb->add_option("--partitions", options_.partitions, "That the topic has");
        verb->add_option("--size", options_.size, "Bytes a record");
        verb->add_option("-X", client_, "key=value for librdkafka's client");
        verb->callback([this, chosen] { run_ = chosen; });
        return *verb;
    }
    void run() {
        for (const auto& pair : client_) {
            const auto equals = pair.find('=');
            if (equals == std::string::npos)
                leat::bench::give_up("-X takes key=value, not " + pair);
            options_.client[pair.substr(0, equals)] = pair.substr(equals + 1);
        }
        run_(options_);
    }

private:
    CLI::App& app_;
    Options& options_;
    std::vector<std::string> client_;
    Run run_ = nullptr;
};

void add_throughput(Verbs& verbs, Options& options) {
    using namespace leat::bench;
    auto& produce = verbs.add("produce", "As fast as the broker acknowledges", run_produce);
    produce.add_option("--count", options.count, "Records");
    produce.add_option("--producers", options.producers, "Clients that share them");
    auto& raw = verbs.add("raw", "Requests that were encoded beforehand", run_raw);
    raw.add_option("--count", options.count, "Records");
    raw.add_option("--connections", options.connections, "With five requests each under way");
    raw.add_option("--batch", options.batch, "Bytes of each request's batch");
    auto& transactions = verbs.add("transactions", "One after the other", run_transactions);
    transactions.add_option("--count", options.count, "Transactions");
    transactions.add_option("--records", options.records, "In each");
    transactions.add_flag("--offsets", options.offsets, "A group's offset in each, too");
    verbs.add("consume", "The whole topic, with librdkafka", run_consume);
    auto& fetch = verbs.add("fetch", "The whole topic, thrown away undecoded", run_fetch);
    fetch.add_option("--connections", options.connections, "With one request each under way");
    fetch.add_option("--partition-bytes", options.partition_bytes, "That one request asks for");
}

void add_open_loops(Verbs& verbs, Options& options) {
    using namespace leat::bench;
    auto& latency = verbs.add("latency", "At a fixed rate, in an open loop", run_latency);
    auto& connections =
        verbs.add("connections", "Active ones, with and without idle ones", run_connections);
    for (auto* verb : {&latency, &connections}) {
        verb->add_option("--rate", options.rate, "Records a second");
        verb->add_option("--seconds", options.seconds, "That are measured");
    }
    connections.add_option("--connections", options.connections, "That are active");
    connections.add_option("--idle", options.idle, "Connections that only exist");
    connections.add_option("--pid", options.pid, "Of the broker")->required();
}

void add_states(Verbs& verbs, Options& options) {
    using namespace leat::bench;
    auto& topics = verbs.add("topics", "Until each partition tells its end", run_topics);
    topics.add_option("--topics", options.topics, "NAME-0, NAME-1, …");
    topics.add_flag("--create", options.create, "They are made first");
    topics.add_flag("--write", options.write, "A record goes into each partition then");
    verbs.add("recovery", "Until a killed broker serves again", run_recovery)
        .add_option("--ends", options.ends, "Where the partitions ended")
        ->delimiter(',')
        ->required();
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app{"Loads a Kafka broker and prints what was seen as one JSON line"};
    app.require_subcommand(1);
    Verbs verbs{app, options};
    add_throughput(verbs, options);
    add_open_loops(verbs, options);
    add_states(verbs, options);
    CLI11_PARSE(app, argc, argv);
    verbs.run();
}
