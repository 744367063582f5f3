// librdkafka's handles, owned.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "record.hpp"

namespace leat::crash {

using Settings = std::vector<std::pair<std::string, std::string>>;

struct DestroyClient {
    void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};
using RdClient = std::unique_ptr<rd_kafka_t, DestroyClient>;

struct DestroyList {
    void operator()(rd_kafka_topic_partition_list_t* list) const {
        rd_kafka_topic_partition_list_destroy(list);
    }
};
using RdList = std::unique_ptr<rd_kafka_topic_partition_list_t, DestroyList>;
inline RdList make_list() { return RdList{rd_kafka_topic_partition_list_new(8)}; }

struct DestroyMessage {
    void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};
using RdMessage = std::unique_ptr<rd_kafka_message_t, DestroyMessage>;

/// A configuration with `settings` that comes back within 100 ms of the broker and logs nothing.
rd_kafka_conf_t* make_conf(const std::string& bootstrap, const Settings& settings);
/// A client of `conf`, which it takes over.
RdClient make_client(rd_kafka_type_t type, rd_kafka_conf_t* conf);

/// A record to be sent, as text.
struct TextToSend {
    const std::string& topic;
    int partition = 0;
    const std::string& key;
    const std::string& value;
    /// For the delivery report.
    void* opaque = nullptr;
};
/// Copies it to the producer's queue.
rd_kafka_resp_err_t send(const RdClient& producer, const TextToSend& text);

struct DestroyError {
    void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
};
using RdError = std::unique_ptr<rd_kafka_error_t, DestroyError>;

/// The text in a consumed message.
std::string text_in(const rd_kafka_message_t& message);
/// The record in a consumed message.
TestRecord record_of(const rd_kafka_message_t& message);

}  // namespace leat::crash
