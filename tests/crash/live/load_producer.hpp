// A producer under load: sends for ever, journals what it sends and what is acknowledged.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "judge.hpp"
#include "rdkafka.hpp"

namespace leat::crash {

struct ProducerPlan {
    std::string bootstrap;
    HistoryChecker::Kind kind = HistoryChecker::Kind::plain;
    int number = 0;
    std::uint64_t seed = 0;
    std::string codec = "none";
    /// About how many records a second.
    int rate = 1000;
};

class LoadProducer {
public:
    LoadProducer(Judge& judge, ProducerPlan plan);
    /// Stops without waiting for what is not acknowledged.
    ~LoadProducer();
    LoadProducer(const LoadProducer&) = delete;
    LoadProducer& operator=(const LoadProducer&) = delete;

    /// Sends nothing new from here on.
    void pause();
    /// After pause(): whether everything sent is acknowledged within `limit`.
    bool wait_acknowledged(std::chrono::milliseconds limit);
    void resume();
    /// How long each acknowledgement since the last call took, in milliseconds; waits for `least`.
    std::vector<double> take_latencies(std::size_t least);
    /// Errors of any kind that the client was told of, lost connections too.
    int errors() const { return errors_; }

private:
    struct Sent {
        std::size_t place;
        std::string value;
    };
    void run();
    void send_one();
    void delivered(const rd_kafka_message_t& message);
    void failed(rd_kafka_resp_err_t error, const char* why);

    Judge& judge_;
    ProducerPlan plan_;
    std::mt19937_64 random_;
    RdClient client_;
    int next_number_ = 0;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t outstanding_ = 0;
    bool paused_ = false;
    bool stopping_ = false;
    std::vector<double> latencies_;
    std::atomic<int> errors_{0};
    std::thread thread_;
};

}  // namespace leat::crash
