// librdkafka's handles with their deleters, for the sources that talk to it.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>

#include "service/rdkafka.hpp"

namespace leat::rdkafka {

/// The payload of wake-ups: what an eventfd takes.
inline constexpr std::uint64_t wake_payload = 1;

struct ConfDeleter {
    void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};
using Conf = std::unique_ptr<rd_kafka_conf_t, ConfDeleter>;

struct ListDeleter {
    void operator()(rd_kafka_topic_partition_list_t* list) const {
        rd_kafka_topic_partition_list_destroy(list);
    }
};
using List = std::unique_ptr<rd_kafka_topic_partition_list_t, ListDeleter>;

struct EventDeleter {
    void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
};
using Event = std::unique_ptr<rd_kafka_event_t, EventDeleter>;

struct QueueDeleter {
    void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
};
using Queue = std::unique_ptr<rd_kafka_queue_t, QueueDeleter>;

struct ErrorDeleter {
    void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
};
using ErrorPtr = std::unique_ptr<rd_kafka_error_t, ErrorDeleter>;

/// A client's configuration: the settings, which events to deliver, and the log.
Result<Conf> make_conf(const Settings& settings, int events);
Result<rd_kafka_t*> make_client(rd_kafka_type_t type, Conf conf);

/// All headers of a message in their order, as views into it. Parsed on the first call.
std::vector<HeaderView> headers_of(const rd_kafka_message_t& message);

/// What an error means for whoever asked.
Refusal refusal_of(rd_kafka_resp_err_t code);

/// The error with what librdkafka says of it and what would help.
Trouble trouble_of(rd_kafka_resp_err_t code, const std::string& said);

/// librdkafka's error as ours, retriable if it is passing; `doing` says what failed.
Error error_of(rd_kafka_resp_err_t code, const std::string& doing);

}  // namespace leat::rdkafka
