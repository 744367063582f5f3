#include "load/client.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace leat::bench {
namespace {

Client open(rd_kafka_type_t type, Reports reports, const std::map<std::string, std::string>& keys) {
    auto* conf = rd_kafka_conf_new();
    char why[512];
    for (const auto& [key, value] : keys)
        if (rd_kafka_conf_set(conf, key.c_str(), value.c_str(), why, sizeof why)
            != RD_KAFKA_CONF_OK)
            give_up(why);
    if (reports == Reports::events) rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR);
    if (reports == Reports::callback)
        rd_kafka_conf_set_dr_msg_cb(conf, [](rd_kafka_t*, const rd_kafka_message_t*, void*) {});
    Client client{rd_kafka_new(type, conf, why, sizeof why)};
    if (!client) give_up(why);
    return client;
}

}  // namespace

void give_up(const std::string& what) {
    std::fprintf(stderr, "bench_load: %s\n", what.c_str());
    std::exit(1);
}

Client open_producer(const Options& options, Reports reports) {
    std::map<std::string, std::string> keys{{"bootstrap.servers", options.bootstrap},
                                            {"acks", "all"},
                                            {"socket.nagle.disable", "true"},
                                            {"queue.buffering.max.messages", "1000000"},
                                            {"queue.buffering.max.kbytes", "262144"}};
    for (const auto& [key, value] : options.client) keys[key] = value;
    return open(RD_KAFKA_PRODUCER, reports, keys);
}

Client open_consumer(const Options& options, const std::map<std::string, std::string>& more) {
    std::map<std::string, std::string> keys{{"bootstrap.servers", options.bootstrap},
                                            {"group.id", "bench"},
                                            {"enable.auto.commit", "false"},
                                            {"socket.nagle.disable", "true"},
                                            {"fetch.wait.max.ms", "100"}};
    for (const auto& [key, value] : more) keys[key] = value;
    auto client = open(RD_KAFKA_CONSUMER, Reports::none, keys);
    rd_kafka_poll_set_consumer(client.get());
    return client;
}

void read_from(rd_kafka_t* consumer, const Options& options, std::int64_t offset) {
    auto* list = rd_kafka_topic_partition_list_new(options.partitions);
    for (int p = 0; p < options.partitions; ++p)
        rd_kafka_topic_partition_list_add(list, options.topic.c_str(), p)->offset = offset;
    rd_kafka_assign(consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
}

std::vector<std::int64_t> ends_of(rd_kafka_t* client, const Options& options) {
    std::vector<std::int64_t> ends;
    for (int p = 0; p < options.partitions; ++p) {
        std::int64_t low = 0;
        const auto error = rd_kafka_query_watermark_offsets(client, options.topic.c_str(), p, &low,
                                                            &ends.emplace_back(), 30'000);
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) give_up(rd_kafka_err2str(error));
    }
    return ends;
}

DeliveryThread::DeliveryThread(rd_kafka_t* producer, Heard heard)
    : thread_([this, producer, heard = std::move(heard)] {
          auto* queue = rd_kafka_queue_get_main(producer);
          while (!stop_) {
              auto* event = rd_kafka_queue_poll(queue, 100);
              if (event == nullptr) continue;
              while (const auto* message = rd_kafka_event_message_next(event)) {
                  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
                      give_up(rd_kafka_err2str(message->err));
                  heard(*message);
              }
              rd_kafka_event_destroy(event);
          }
          rd_kafka_queue_destroy(queue);
      }) {}

DeliveryThread::~DeliveryThread() {
    stop_ = true;
    thread_.join();
}

double percentile(std::vector<double> values, double share) {
    std::ranges::sort(values);
    const auto index = static_cast<std::size_t>(share * static_cast<double>(values.size()));
    return values[std::min(values.size() - 1, index)];
}

void print_throughput(const Throughput& seen) {
    const auto seconds = seen.took.count();
    std::printf(
        R"({"records_per_s": %.0f, "mb_per_s": %.2f, "seconds": %.3f, "gb": %.4f, "client_cpu_s": %.2f})"
        "\n",
        seen.records / seconds, seen.bytes / 1e6 / seconds, seconds, seen.bytes / 1e9,
        seen.client_cpu);
}

double cpu_seconds() {
    rusage use{};
    getrusage(RUSAGE_SELF, &use);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(use.ru_utime) + seconds(use.ru_stime);
}

}  // namespace leat::bench
