// What app.on() declares: one handler of one topic in one group, with its options and counters.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "base/metrics.hpp"
#include "leat/handler.hpp"
#include "leat/options.hpp"

namespace leat::service {

/// The series of one handler; see the table of metrics in ARCHITECTURE.md.
struct HandlerMetrics {
    HandlerMetrics(Metrics& metrics, const std::string& topic, const std::string& group,
                   const std::string& handler);
    Counter consumed, ok, skip, retry, reject, defer, timeout, retries, dead_letters;
    Gauge inflight_records, inflight_bytes, queued_records;
    Histogram process, queue_wait, end_to_end;
};

struct Subscription {
    std::string topic;
    std::string group;
    std::string name;
    std::string to;
    std::string dead_letter;
    detail::erased_handler handler;
    std::optional<retry_options> retry;  // complete once the service starts
    order ordering = order::by_key;
    std::size_t concurrency = 0;
    std::optional<std::chrono::milliseconds> timeout;
    std::unique_ptr<HandlerMetrics> metrics;
    std::size_t running = 0;  // runs that are out, without those that wait; poll thread
};

}  // namespace leat::service
