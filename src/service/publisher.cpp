#include "service/publisher.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <thread>

#include "base/check.hpp"
#include "base/log.hpp"
#include "service/coroutine.hpp"
#include "service/messaging_metrics.hpp"

namespace leat::service {
namespace {

int make_eventfd() {
    const int fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    check(fd >= 0, "eventfd() gives a descriptor");
    return fd;
}

std::vector<rdkafka::HeaderView> views_of(const Headers& headers) {
    std::vector<rdkafka::HeaderView> views;
    views.reserve(headers.size());
    for (const auto& h : headers) views.push_back({h.name, h.value});
    return views;
}

}  // namespace

publish_error error_of(const rdkafka::DeliveryReport& report, const std::string& topic) {
    using cause = publish_error::cause;
    const auto why = report.queue_full                               ? cause::overloaded
                     : report.refusal == rdkafka::Refusal::passing   ? cause::away
                     : report.refusal == rdkafka::Refusal::permanent ? cause::refused
                                                                     : cause::unclear;
    return {"publishing to " + topic + " failed: " + report.error + " (" + report.error_name + ")",
            why};
}

Publisher::Publisher(std::unique_ptr<rdkafka::Producer> producer,
                     const boost::asio::any_io_executor& executor, Metrics& metrics,
                     Open open_single)
    : producer_(std::move(producer)),
      open_single_(std::move(open_single)),
      event_(executor, make_eventfd()),
      alive_(std::make_shared<std::atomic<bool>>(true)),
      metrics_(metrics),
      queue_records_(metrics.gauge("leat_producer_queue_records",
                                   "Records handed to the producer and not acknowledged",
                                   {{"client", producer_->client_id()}})),
      queue_bytes_(metrics.gauge("leat_producer_queue_bytes", "Keys and values of those records",
                                 {{"client", producer_->client_id()}})) {
    producer_->when_too_large([this](const rdkafka::Outgoing& record, rdkafka::Delivery* delivery) {
        return send_alone(record, delivery);
    });
    attach(*producer_);
    listen();
}

void Publisher::attach(rdkafka::Producer& producer) {
    producer.observe([this](std::string_view topic, const rdkafka::DeliveryReport& report) {
        count(topic, report);
    });
    producer.signal(event_.native_handle());
}

bool Publisher::send_alone(const rdkafka::Outgoing& record, rdkafka::Delivery* delivery) {
    if (!open_single_) return false;
    if (!owned_single_) {
        auto opened = open_single_();
        if (!opened) {
            log::warn("no producer for single records", {{"error", opened.error().what}});
            open_single_ = nullptr;
            return false;
        }
        owned_single_ = std::move(*opened);
        attach(*owned_single_);
        single_ = owned_single_.get();
    }
    return !owned_single_->send(record, delivery);
}

Publisher::~Publisher() {
    *alive_ = false;
    producer_.reset();
    owned_single_.reset();
}

void Publisher::listen() {
    event_.async_wait(event_.wait_read, [this, alive = alive_](boost::system::error_code failed) {
        if (failed || !*alive) return;
        drain();
        listen();
    });
}

void Publisher::drain() {
    mark_executor_thread();
    std::uint64_t count = 0;
    while (::read(event_.native_handle(), &count, sizeof count) > 0) {
    }
    while (producer_->drain()) retry_waiting();
    if (owned_single_)
        while (owned_single_->drain()) {
        }
    retry_waiting();
}

void Publisher::count(std::string_view topic, const rdkafka::DeliveryReport& report) {
    const auto& error = report.error_name;
    const auto took = std::chrono::duration<double>{report.took}.count();
    for (auto& sent : sent_) {
        if (sent.topic != topic || sent.error != error) continue;
        sent.count.add();
        sent.duration.observe(took);
        return;
    }
    Labels labels{{"messaging_system", "kafka"},
                  {"messaging_operation_name", "send"},
                  {"messaging_destination_name", std::string{topic}}};
    if (!error.empty()) labels.emplace("error_type", error);
    sent_.push_back(
        {std::string{topic}, error,
         metrics_.counter("messaging_client_sent_messages_total",
                          "Records that the broker has acknowledged or refused", labels),
         operation_duration(metrics_, "send", "send", std::string{topic})});
    sent_.back().count.add();
    sent_.back().duration.observe(took);
}

std::optional<rdkafka::DeliveryReport> Publisher::send(const rdkafka::Outgoing& record,
                                                       rdkafka::Delivery* delivery) {
    return producer_->send(record, delivery);
}

bool Publisher::try_send(const Letter& letter, rdkafka::Delivery& delivery) {
    const auto headers = views_of(letter.headers);
    const auto refused = producer_->send(
        {letter.topic, letter.key, letter.value, headers, letter.timestamp_ms}, &delivery);
    if (refused && refused->queue_full) return false;
    if (refused) delivery.delivered(*refused);
    return true;
}

void Publisher::send_when_possible(Letter letter, rdkafka::Delivery& delivery) {
    {
        const std::lock_guard lock{mutex_};
        if (!waiting_.empty()) {
            waiting_.push_back({std::move(letter), &delivery});
            return;
        }
    }
    if (try_send(letter, delivery)) return;
    {
        const std::lock_guard lock{mutex_};
        waiting_.push_back({std::move(letter), &delivery});
    }
    // The last report may have come by before the record began to wait.
    boost::asio::post(event_.get_executor(), [this, alive = alive_] {
        if (*alive) retry_waiting();
    });
}

// A full queue means that deliveries are still to be reported, and each report comes by here:
// nothing waits for ever.
void Publisher::retry_waiting() {
    for (;;) {
        Waiting next;
        {
            const std::lock_guard lock{mutex_};
            if (waiting_.empty()) return;
            next = std::move(waiting_.front());
            waiting_.pop_front();
        }
        if (try_send(next.letter, *next.delivery)) continue;
        const std::lock_guard lock{mutex_};
        waiting_.push_front(std::move(next));
        return;
    }
}

std::size_t Publisher::outstanding() const {
    const std::lock_guard lock{mutex_};
    const auto* single = single_.load();
    return producer_->outstanding() + waiting_.size() + (single ? single->outstanding() : 0);
}

std::size_t Publisher::outstanding_bytes() const {
    const std::lock_guard lock{mutex_};
    auto bytes = producer_->outstanding_bytes();
    if (const auto* single = single_.load()) bytes += single->outstanding_bytes();
    for (const auto& [letter, delivery] : waiting_)
        bytes += (letter.key ? letter.key->size() : 0) + (letter.value ? letter.value->size() : 0);
    return bytes;
}

bool Publisher::flush(std::chrono::milliseconds limit) {
    constexpr std::chrono::milliseconds rest{500};
    producer_->flush(limit);
    if (auto* single = single_.load()) single->flush(rest);
    if (outstanding() == 0) return true;
    producer_->purge();
    producer_->flush(rest);
    if (auto* single = single_.load()) {
        single->purge();
        single->flush(rest);
    }
    return false;
}

void Publisher::measure() {
    queue_records_.set(static_cast<double>(outstanding()));
    queue_bytes_.set(static_cast<double>(outstanding_bytes()));
}

}  // namespace leat::service
