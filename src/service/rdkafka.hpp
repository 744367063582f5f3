// What all uses of librdkafka share: settings and the names of places. librdkafka's own header is
// included by rdkafka*.cpp and rdkafka_handles.hpp alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

struct rd_kafka_s;
struct rd_kafka_queue_s;
struct rd_kafka_op_s;
struct rd_kafka_message_s;

namespace leat::rdkafka {

/// librdkafka configuration properties, in order; a later one wins.
using Settings = std::vector<std::pair<std::string, std::string>>;

/// Whether librdkafka knows this property and takes this value; the error says which it does not.
Result<void> check_setting(const std::string& name, const std::string& value);

/// Whether what Kafka has refused may be taken at another time. This is the one place that decides.
enum class Refusal {
    passing,    // of the moment: the broker is away, busy or changing. It is worth to wait.
    unclear,    // of the broker's inside or a topic that is not there: worth some more attempts
    permanent,  // of what was asked, or of the cluster's rules: the same will be refused again
};

/// What Kafka says went wrong: a clause with the error's name, and a sentence on what helps.
struct Trouble {
    std::string what;
    std::string cure;
    Refusal refusal = Refusal::unclear;
};

struct TopicPartition {
    std::string topic;
    std::int32_t partition = 0;
    std::int64_t offset = -1001;  // RD_KAFKA_OFFSET_INVALID: where the group stands
};
using TopicPartitions = std::vector<TopicPartition>;

/// A record header as views; `value` is nothing for null.
struct HeaderView {
    std::string_view name;
    std::optional<std::string_view> value;
};

}  // namespace leat::rdkafka
