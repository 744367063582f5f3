// From the beginning to the end of a topic with librdkafka, as a service that was away catches up.
#include "load/consume.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <span>

namespace leat::bench {
namespace {

constexpr int patience_ms = 30'000;

// librdkafka 2.0 stops fetching for a second when its queue is full, which would be all that is
// measured: the queue is larger than what can collect in it.
std::map<std::string, std::string> consumer_keys(const Options& options) {
    std::map<std::string, std::string> keys{{"queued.min.messages", "1000000"},
                                            {"queued.max.messages.kbytes", "1048576"}};
    for (const auto& [key, value] : options.client) keys[key] = value;
    return keys;
}

struct DestroyQueue {
    void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
};

struct Consumed {
    std::int64_t records = 0;
    std::size_t bytes = 0;
};

class Consumer {
public:
    explicit Consumer(const Options& options)
        : client_(open_consumer(options, consumer_keys(options))),
          queue_(rd_kafka_queue_get_consumer(client_.get())) {}
    ~Consumer() {
        queue_.reset();
        rd_kafka_consumer_close(client_.get());
    }
    rd_kafka_t* client() const { return client_.get(); }

    /// What comes next, `most` records at most. librdkafka waits until it has as many as fit.
    Consumed next(std::int64_t most) {
        const auto room = std::min(batch_.size(), static_cast<std::size_t>(most));
        const auto count =
            rd_kafka_consume_batch_queue(queue_.get(), patience_ms, batch_.data(), room);
        if (count <= 0) give_up("no record came for 30 s");
        Consumed consumed;
        for (auto* message : std::span{batch_}.first(static_cast<std::size_t>(count))) {
            if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
                give_up(rd_kafka_message_errstr(message));
            ++consumed.records;
            consumed.bytes += message->len;
            rd_kafka_message_destroy(message);
        }
        return consumed;
    }

private:
    Client client_;
    std::unique_ptr<rd_kafka_queue_t, DestroyQueue> queue_;
    std::array<rd_kafka_message_t*, 4096> batch_{};
};

}  // namespace

void run_consume(const Options& options) {
    Consumer consumer{options};
    const auto ends = ends_of(consumer.client(), options);
    const auto wanted = std::accumulate(ends.begin(), ends.end(), std::int64_t{0});
    const auto cpu = cpu_seconds();
    const auto begin = Clock::now();
    read_from(consumer.client(), options, 0);
    Consumed consumed;
    while (consumed.records < wanted) {
        const auto more = consumer.next(wanted - consumed.records);
        consumed.records += more.records;
        consumed.bytes += more.bytes;
    }
    print_throughput({.records = static_cast<double>(consumed.records),
                      .bytes = static_cast<double>(consumed.bytes),
                      .took = Clock::now() - begin,
                      .client_cpu = cpu_seconds() - cpu});
}

}  // namespace leat::bench
