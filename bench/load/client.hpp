// librdkafka as the load programs use it: handles that clean up, one thread that hears of
// deliveries.
#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace leat::bench {

using Clock = std::chrono::steady_clock;

struct Options {
    std::string bootstrap;
    std::string topic = "bench";
    int partitions = 12;
    std::size_t size = 1024;                    // bytes a record
    std::int64_t count = 1'000'000;             // records of a throughput run
    int producers = 1;                          // clients of a throughput run
    double rate = 1000;                         // records a second of an open loop
    double seconds = 10;                        // of an open loop, after its warm-up
    int connections = 4;                        // that fetch, or that are active
    int idle = 9900;                            // connections that only exist
    int pid = 0;                                // the broker's, whose memory is told
    std::int32_t partition_bytes = 1 << 20;     // that one fetch asks for
    int topics = 1;                             // named topic-0, topic-1, …
    bool create = false;                        // the topics are made first
    bool write = false;                         // a record into each of their partitions
    std::size_t batch = 256 * 1024;             // bytes of a batch that was encoded beforehand
    int records = 10;                           // of a transaction
    bool offsets = false;                       // of a group, in each transaction
    std::vector<std::int64_t> ends;             // of the partitions, before the broker died
    std::map<std::string, std::string> client;  // librdkafka's keys, for the measured client
};

/// Ends the program with a sentence: a benchmark that cannot do its work has nothing to say.
[[noreturn]] void give_up(const std::string& what);

struct DestroyClient {
    void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};
using Client = std::unique_ptr<rd_kafka_t, DestroyClient>;

/// How a producer tells of deliveries: as events for a DeliveryThread, not at all, or to a callback
/// that does nothing, without which a flush of librdkafka's notices its end up to 10 ms late.
enum class Reports { none, events, callback };
Client open_producer(const Options& options, Reports reports);
/// `more` are further keys of librdkafka's. It reads nothing before it is told to.
Client open_consumer(const Options& options, const std::map<std::string, std::string>& more = {});
/// Reads all partitions of the topic from `offset` on, which may be RD_KAFKA_OFFSET_END.
void read_from(rd_kafka_t* consumer, const Options& options, std::int64_t offset);

/// Where each partition of the topic ends: as the topics of benchmarks begin at 0, its records.
std::vector<std::int64_t> ends_of(rd_kafka_t* client, const Options& options);

/// Calls `heard` for every delivery report of `producer` on a thread of its own, until destroyed.
class DeliveryThread {
public:
    using Heard = std::function<void(const rd_kafka_message_t&)>;
    DeliveryThread(rd_kafka_t* producer, Heard heard);
    ~DeliveryThread();

private:
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

/// The value below which `share` of `values` lie; there is at least one.
double percentile(std::vector<double> values, double share);

/// What was moved, and at what cost.
struct Throughput {
    double records = 0;
    double bytes = 0;
    std::chrono::duration<double> took;
    double client_cpu = 0;  // seconds
};
/// The figures, a JSON line.
void print_throughput(const Throughput& seen);

/// User and system time of this process, in seconds.
double cpu_seconds();

}  // namespace leat::bench
