// Sends records and tells when they were delivered: the producer on the service's executor.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "leat/event.hpp"
#include "service/dead_letter.hpp"
#include "service/rdkafka_producer.hpp"

namespace leat::service {

/// An owned record to send.
struct Letter {
    std::string topic;
    std::optional<std::string> key;
    std::optional<std::string> value;
    Headers headers;
    std::int64_t timestamp_ms = 0;
};

/// What a publication that was not delivered throws.
publish_error error_of(const rdkafka::DeliveryReport& report, const std::string& topic);

/// The service's producer. A broker refuses a batch as a whole: what it finds too large is sent
/// once more, alone, before that is believed. Deliveries are reported on the executor, in batches,
/// as librdkafka's queue signals them. Any thread.
class Publisher {
public:
    /// `open_single` opens a producer that sends each record alone, when one is needed; may be
    /// null.
    using Open = std::function<Result<std::unique_ptr<rdkafka::Producer>>()>;
    Publisher(std::unique_ptr<rdkafka::Producer> producer,
              const boost::asio::any_io_executor& executor, Metrics& metrics,
              Open open_single = nullptr);
    ~Publisher();
    Publisher(const Publisher&) = delete;
    Publisher& operator=(const Publisher&) = delete;

    /// Hands over at once; gives why not if the producer does not take it.
    std::optional<rdkafka::DeliveryReport> send(const rdkafka::Outgoing& record,
                                                rdkafka::Delivery* delivery);
    /// Hands over as soon as the queue has room; other failures are reported to `delivery`. What
    /// waits is bounded by the records in flight, since each waits for its deliveries.
    void send_when_possible(Letter letter, rdkafka::Delivery& delivery);

    /// Waits until all is delivered or failed, for up to `limit`; fails the rest. False if some had
    /// to be failed. Not on the executor.
    bool flush(std::chrono::milliseconds limit);

    rdkafka::Producer& producer() { return *producer_; }
    std::size_t outstanding() const;
    /// Bytes of their keys and values.
    std::size_t outstanding_bytes() const;
    /// Updates the gauges.
    void measure();

private:
    struct Waiting {
        Letter letter;
        rdkafka::Delivery* delivery;
    };
    struct Sent {
        std::string topic;
        std::string error;
        Counter count;
        Histogram duration;
    };
    void attach(rdkafka::Producer& producer);
    bool send_alone(const rdkafka::Outgoing& record, rdkafka::Delivery* delivery);
    void listen();
    void drain();
    void count(std::string_view topic, const rdkafka::DeliveryReport& report);
    void retry_waiting();
    /// False: the queue is full, nothing happened.
    bool try_send(const Letter& letter, rdkafka::Delivery& delivery);

    std::unique_ptr<rdkafka::Producer> producer_;
    Open open_single_;
    std::unique_ptr<rdkafka::Producer> owned_single_;
    std::atomic<rdkafka::Producer*> single_{nullptr};
    boost::asio::posix::stream_descriptor event_;
    std::shared_ptr<std::atomic<bool>> alive_;
    Metrics& metrics_;
    Gauge queue_records_;
    Gauge queue_bytes_;
    std::vector<Sent> sent_;  // few; only inside drain()
    mutable std::mutex mutex_;
    std::deque<Waiting> waiting_;
};

}  // namespace leat::service
