#include "service/broker_watch.hpp"

#include <pthread.h>

#include "base/log.hpp"

namespace leat::service {
namespace {

using std::chrono::milliseconds;

// Together below three seconds.
constexpr milliseconds patience{2000};
constexpr milliseconds pause{500};

}  // namespace

BrokerWatch::BrokerWatch(rdkafka::Producer& producer, const Clock& clock)
    : producer_(producer), clock_(clock), last_answer_(clock.now()), thread_([this] { watch(); }) {
    pthread_setname_np(thread_.native_handle(), "leat-watch");
}

BrokerWatch::~BrokerWatch() {
    stop();
    thread_.join();
}

void BrokerWatch::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    changed_.notify_all();
}

void BrokerWatch::watch() {
    std::unique_lock lock{mutex_};
    while (!stopping_) {
        lock.unlock();
        const bool answered = producer_.broker_answers(patience);
        note(answered, clock_.now());
        lock.lock();
        changed_.wait_for(lock, pause, [this] { return stopping_; });
    }
}

void BrokerWatch::note(bool answered, MonoTime now) {
    const auto away = std::chrono::duration_cast<milliseconds>(now - last_answer_).count();
    if (answered) last_answer_ = now;
    if (answers_.exchange(answered) == answered) return;
    if (answered)
        log::info("Kafka answers again", {{"away_ms", away}});
    else
        log::warn("Kafka does not answer: the service is not ready until it does",
                  {{"away_ms", away}});
}

}  // namespace leat::service
