// As fast as the broker acknowledges.
#include "load/produce.hpp"

#include <numeric>
#include <vector>

namespace leat::bench {
namespace {

std::int64_t records_of(rd_kafka_t* client, const Options& options) {
    const auto ends = ends_of(client, options);
    return std::accumulate(ends.begin(), ends.end(), std::int64_t{0});
}

// Without delivery reports a record costs the client least, so that the broker is what is measured;
// that every record was acknowledged is seen in the offsets afterwards.
class Producer {
public:
    explicit Producer(const Options& options)
        : options_(options),
          client_(open_producer(options, Reports::none)),
          topic_(rd_kafka_topic_new(client_.get(), options.topic.c_str(), nullptr)),
          payload_(options.size, 'x') {}
    ~Producer() { rd_kafka_topic_destroy(topic_); }

    rd_kafka_t* client() const { return client_.get(); }

    void send(std::int64_t count) {
        for (std::int64_t i = 0; i < count; ++i)
            while (rd_kafka_produce(topic_, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_BLOCK,
                                    payload_.data(), payload_.size(), nullptr, 0, nullptr)
                   != 0)
                if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
                    give_up(rd_kafka_err2str(rd_kafka_last_error()));
        const auto error = rd_kafka_flush(client_.get(), 120'000);
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) give_up(rd_kafka_err2str(error));
    }

private:
    const Options& options_;
    Client client_;
    rd_kafka_topic_t* topic_;
    std::vector<char> payload_;
};

void send_from_all(std::vector<std::unique_ptr<Producer>>& producers, std::int64_t count_each) {
    std::vector<std::jthread> threads;
    threads.reserve(producers.size());
    for (auto& producer : producers)
        threads.emplace_back([&producer, count_each] { producer->send(count_each); });
}

}  // namespace

void run_produce(const Options& options) {
    std::vector<std::unique_ptr<Producer>> producers;
    producers.reserve(static_cast<std::size_t>(options.producers));
    for (int i = 0; i < options.producers; ++i)
        producers.push_back(std::make_unique<Producer>(options));
    // Connections, leaders and files are there before it counts.
    send_from_all(producers, std::int64_t{options.partitions} * 10);
    const auto before = records_of(producers.front()->client(), options);
    const auto each = options.count / options.producers;
    const auto cpu = cpu_seconds();
    const auto begin = Clock::now();
    send_from_all(producers, each);
    const std::chrono::duration<double> took = Clock::now() - begin;
    const auto sent = each * options.producers;
    const auto stored = records_of(producers.front()->client(), options) - before;
    if (stored != sent)
        give_up("sent " + std::to_string(sent) + ", stored " + std::to_string(stored));
    print_throughput({.records = static_cast<double>(sent),
                      .bytes = static_cast<double>(sent) * static_cast<double>(options.size),
                      .took = took,
                      .client_cpu = cpu_seconds() - cpu});
}

}  // namespace leat::bench
