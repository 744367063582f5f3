#include "service/subscription.hpp"

namespace leat::service {
namespace {

Counter outcome(Metrics& metrics, const std::string& handler, const std::string& what) {
    return metrics.counter("leat_handler_outcomes_total", "Outcomes of attempts to handle a record",
                           {{"handler", handler}, {"outcome", what}});
}

Labels place(const std::string& topic, const std::string& group) {
    return {{"messaging_system", "kafka"},
            {"messaging_destination_name", topic},
            {"messaging_consumer_group_name", group}};
}

}  // namespace

HandlerMetrics::HandlerMetrics(Metrics& metrics, const std::string& topic, const std::string& group,
                               const std::string& handler)
    : consumed(metrics.counter("messaging_client_consumed_messages_total",
                               "Records delivered to the service", place(topic, group))),
      ok(outcome(metrics, handler, "ok")),
      skip(outcome(metrics, handler, "skip")),
      retry(outcome(metrics, handler, "retry")),
      reject(outcome(metrics, handler, "reject")),
      defer(outcome(metrics, handler, "defer")),
      timeout(outcome(metrics, handler, "timeout")),
      retries(metrics.counter("leat_retry_scheduled_total", "Further attempts that were scheduled",
                              {{"topic", topic}, {"group", group}})),
      dead_letters(metrics.counter("leat_dlq_records_total",
                                   "Records sent to the dead-letter topic",
                                   {{"topic", topic}, {"group", group}})),
      inflight_records(metrics.gauge("leat_handler_inflight_records",
                                     "Records queued, running or waiting for a retry",
                                     {{"handler", handler}})),
      inflight_bytes(metrics.gauge("leat_handler_inflight_bytes", "Bytes of those records",
                                   {{"handler", handler}})),
      queued_records(metrics.gauge("leat_handler_queue_records", "Records waiting in lanes",
                                   {{"handler", handler}})),
      process(metrics.histogram("messaging_process_duration_seconds", "Time of one attempt",
                                place(topic, group), Metrics::duration_bounds())),
      queue_wait(metrics.histogram("leat_handler_queue_wait_seconds",
                                   "From a record's arrival to the start of its first attempt",
                                   {{"handler", handler}}, Metrics::duration_bounds())),
      end_to_end(metrics.histogram("leat_handler_end_to_end_seconds",
                                   "From the record's timestamp to the end of its handling",
                                   {{"handler", handler}}, Metrics::duration_bounds())) {}

}  // namespace leat::service
