// An open loop: a record's time runs from when it was meant to be sent, so that a stall is seen by
// every record that it holds up.
#include "load/latency.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <vector>

namespace leat::bench {
namespace {

constexpr double warm_up_seconds = 2;
constexpr auto patience = std::chrono::seconds{60};
constexpr double never_ms = 60'000;

struct Stamp {
    std::int64_t number;
    std::int64_t meant_ns;
};

/// Milliseconds by record number, written by one thread; `done` counts.
struct Times {
    explicit Times(std::size_t count) : ms(count, never_ms) {}
    std::vector<double> ms;
    std::atomic<std::size_t> done{0};

    void add(const void* payload) {
        Stamp stamp;
        std::memcpy(&stamp, payload, sizeof stamp);
        if (stamp.number < 0) return;
        const auto now = Clock::now().time_since_epoch();
        ms[static_cast<std::size_t>(stamp.number)] =
            static_cast<double>(std::chrono::nanoseconds{now}.count() - stamp.meant_ns) / 1e6;
        ++done;
    }
};

class Reader {
public:
    Reader(const Options& options, Times& times) : client_(open_consumer(options)) {
        read_from(client_.get(), options, RD_KAFKA_OFFSET_END);
        thread_ = std::thread{[this, &times] { read(times); }};
    }
    ~Reader() {
        stop_ = true;
        thread_.join();
        rd_kafka_consumer_close(client_.get());
    }
    bool has_seen_any() const { return seen_; }

private:
    void read(Times& times) {
        while (!stop_) {
            auto* message = rd_kafka_consumer_poll(client_.get(), 100);
            if (message == nullptr) continue;
            if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
                seen_ = true;
                times.add(message->payload);
            }
            rd_kafka_message_destroy(message);
        }
    }

    Client client_;
    std::atomic<bool> stop_{false};
    std::atomic<bool> seen_{false};
    std::thread thread_;
};

class Writer {
public:
    explicit Writer(const Options& options)
        : options_(options),
          producer_(open_producer(options, Reports::events)),
          topic_(rd_kafka_topic_new(producer_.get(), options.topic.c_str(), nullptr)),
          payload_(std::max(options.size, sizeof(Stamp)), 'x') {}
    ~Writer() { rd_kafka_topic_destroy(topic_); }
    rd_kafka_t* client() { return producer_.get(); }

    void send(std::int64_t number, Clock::time_point meant) {
        const Stamp stamp{number, std::chrono::nanoseconds{meant.time_since_epoch()}.count()};
        std::memcpy(payload_.data(), &stamp, sizeof stamp);
        const auto partition = static_cast<int>(next_++ % options_.partitions);
        while (rd_kafka_produce(topic_, partition, RD_KAFKA_MSG_F_COPY, payload_.data(),
                                payload_.size(), nullptr, 0, nullptr)
               != 0)
            std::this_thread::yield();
    }
    /// `count` records at the rate, numbered from 0 if they count.
    void pace(std::int64_t count, bool counts) {
        const auto begin = Clock::now();
        for (std::int64_t i = 0; i < count; ++i) {
            const auto meant = begin
                               + std::chrono::nanoseconds{static_cast<std::int64_t>(
                                   static_cast<double>(i) * 1e9 / options_.rate)};
            std::this_thread::sleep_until(meant);
            send(counts ? i : -1, meant);
        }
    }

private:
    const Options& options_;
    Client producer_;
    rd_kafka_topic_t* topic_;
    std::vector<char> payload_;
    std::int64_t next_ = 0;
};

void print(const char* name, const Times& times, const char* end) {
    std::printf(R"("%s": {"p50": %.3f, "p99": %.3f, "p999": %.3f, "max": %.3f}%s)", name,
                percentile(times.ms, 0.5), percentile(times.ms, 0.99), percentile(times.ms, 0.999),
                percentile(times.ms, 1), end);
}

}  // namespace

void run_latency(const Options& options) {
    const auto count = static_cast<std::int64_t>(options.rate * options.seconds);
    Times acknowledged{static_cast<std::size_t>(count)};
    Times received{static_cast<std::size_t>(count)};
    {
        Reader reader{options, received};
        Writer writer{options};
        DeliveryThread deliveries{writer.client(), [&](const rd_kafka_message_t& message) {
                                      acknowledged.add(message.payload);
                                  }};
        // The ends from which the consumer reads are known once it has got something.
        const auto begin = Clock::now();
        while (!reader.has_seen_any() && Clock::now() - begin < patience) {
            writer.send(-1, Clock::now());
            std::this_thread::sleep_for(std::chrono::milliseconds{20});
        }
        writer.pace(static_cast<std::int64_t>(options.rate * warm_up_seconds), false);
        writer.pace(count, true);
        const auto end = Clock::now();
        // What is late is still measured; nobody tells when the last has come.
        while ((received.done < static_cast<std::size_t>(count)
                || acknowledged.done < static_cast<std::size_t>(count))
               && Clock::now() - end < patience)
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    std::printf("{");
    print("ack_ms", acknowledged, ", ");
    print("e2e_ms", received, ", ");
    std::printf(R"("gb": %.4f})"
                "\n",
                static_cast<double>(count) * static_cast<double>(options.size) / 1e9);
}

}  // namespace leat::bench
