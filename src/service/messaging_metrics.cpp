#include "service/messaging_metrics.hpp"

namespace leat::service {

Histogram operation_duration(Metrics& metrics, const std::string& type, const std::string& name,
                             const std::string& topic) {
    Labels labels{{"messaging_system", "kafka"},
                  {"messaging_operation_type", type},
                  {"messaging_operation_name", name}};
    if (!topic.empty()) labels.emplace("messaging_destination_name", topic);
    return metrics.histogram("messaging_client_operation_duration_seconds",
                             "send: from the producer's queue to the delivery report; commit: from "
                             "the request to the group's answer",
                             labels, Metrics::duration_bounds());
}

MemberMetrics::MemberMetrics(Metrics& metrics, const std::string& group,
                             const std::vector<Subscription*>& subscriptions)
    // One commit is for the partitions of all the member's topics.
    : commit(operation_duration(metrics, "settle", "commit",
                                subscriptions.size() == 1 ? subscriptions.front()->topic : "")),
      rebalance(metrics.histogram(
          "leat_rebalance_duration_seconds",
          "From asking to join, or from having to give partitions back, to the assignment that "
          "ends the rebalance",
          {{"group", group}}, Metrics::duration_bounds())) {}

}  // namespace leat::service
