// The series of a group member and of Kafka clients in general, in one place for all who set them.
#pragma once

#include <string>
#include <vector>

#include "base/metrics.hpp"
#include "service/subscription.hpp"

namespace leat::service {

/// How long a client's operations take. `type` and `name` are OpenTelemetry's words; an empty
/// `topic` leaves it out, since the operations are for several.
Histogram operation_duration(Metrics& metrics, const std::string& type, const std::string& name,
                             const std::string& topic);

/// The series of one group member that are not of a partition.
struct MemberMetrics {
    MemberMetrics(Metrics& metrics, const std::string& group,
                  const std::vector<Subscription*>& subscriptions);
    Histogram commit, rebalance;
};

}  // namespace leat::service
