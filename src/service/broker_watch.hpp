// Whether Kafka answers: asked all the time, so that nobody has to find out by waiting.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/clock.hpp"
#include "service/rdkafka_producer.hpp"

namespace leat::service {

/// Asks the cluster twice a second on a thread of its own. A broker that was killed, and one that
/// hangs, is noticed within three seconds; one that is back, within one of librdkafka's
/// reconnections. Any thread.
class BrokerWatch {
public:
    /// Both outlive it. Takes it that the cluster answers until it does not.
    BrokerWatch(rdkafka::Producer& producer, const Clock& clock);
    /// stop(), and waits for the answer to the last question, for up to two seconds.
    ~BrokerWatch();
    BrokerWatch(const BrokerWatch&) = delete;
    BrokerWatch& operator=(const BrokerWatch&) = delete;

    bool answers() const { return answers_; }
    /// Asks no more.
    void stop();

private:
    void watch();
    void note(bool answered, MonoTime now);

    rdkafka::Producer& producer_;
    const Clock& clock_;
    std::atomic<bool> answers_{true};
    MonoTime last_answer_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace leat::service
