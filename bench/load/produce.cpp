// As fast as the broker acknowledges.
#include "load/produce.hpp"

#include <cstdio>
#include <vector>

namespace leat::bench {

void run_produce(const Options& options) {
    const auto producer = open_producer(options);
    auto* topic = rd_kafka_topic_new(producer.get(), options.topic.c_str(), nullptr);
    const std::vector<char> payload(options.size, 'x');
    std::atomic<std::int64_t> acknowledged{0};
    DeliveryThread deliveries{producer.get(), [&](const auto&) { ++acknowledged; }};

    const auto send = [&](std::int64_t count) {
        const auto goal = acknowledged.load() + count;
        for (std::int64_t i = 0; i < count; ++i)
            while (rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_BLOCK,
                                    const_cast<char*>(payload.data()), payload.size(), nullptr, 0,
                                    nullptr)
                   != 0)
                if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
                    give_up(rd_kafka_err2str(rd_kafka_last_error()));
        rd_kafka_flush(producer.get(), 120'000);
        while (acknowledged < goal) std::this_thread::yield();
    };
    send(options.partitions * 10);  // connections, leaders and files are there before it counts
    const auto cpu = cpu_seconds();
    const auto begin = Clock::now();
    send(options.count);
    const std::chrono::duration<double> took = Clock::now() - begin;
    const auto records = static_cast<double>(options.count);
    std::printf(
        R"({"records_per_s": %.0f, "mb_per_s": %.2f, "seconds": %.3f, "gb": %.4f, "client_cpu_s": %.2f})"
        "\n",
        records / took.count(), records * static_cast<double>(options.size) / 1e6 / took.count(),
        took.count(), records * static_cast<double>(options.size) / 1e9, cpu_seconds() - cpu);
    rd_kafka_topic_destroy(topic);
}

}  // namespace leat::bench
