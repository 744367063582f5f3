#include "service/rdkafka_producer.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/log.hpp"
#include "service/rdkafka_handles.hpp"

namespace leat::rdkafka {
namespace {

void put_error(DeliveryReport& report, rd_kafka_resp_err_t code) {
    report.error_name = rd_kafka_err2name(code);
    report.error = rd_kafka_err2str(code);
    report.refusal = refusal_of(code);
    report.too_large = code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
    report.queue_full = code == RD_KAFKA_RESP_ERR__QUEUE_FULL;
}

DeliveryReport report_of(const rd_kafka_message_t& message) {
    DeliveryReport report;
    report.delivered = message.err == RD_KAFKA_RESP_ERR_NO_ERROR;
    report.partition = message.partition;
    report.offset = message.offset;
    report.took =
        std::chrono::microseconds{std::max<std::int64_t>(0, rd_kafka_message_latency(&message))};
    if (!report.delivered) put_error(report, message.err);
    return report;
}

Trouble logged(rd_kafka_event_t* event) {
    const auto code = rd_kafka_event_error(event);
    log::warn("kafka client error", {{"error_type", rd_kafka_err2name(code)},
                                     {"error", rd_kafka_event_error_string(event)}});
    return trouble_of(code, rd_kafka_event_error_string(event));
}

}  // namespace

Result<std::unique_ptr<Producer>> Producer::open(const Settings& settings) {
    auto conf = make_conf(settings, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
    if (!conf) return conf.error();
    auto client = make_client(RD_KAFKA_PRODUCER, std::move(*conf));
    if (!client) return client.error();
    std::unique_ptr<Producer> producer{new Producer};
    producer->client_ = *client;
    producer->events_ = rd_kafka_queue_get_main(*client);
    return producer;
}

Producer::~Producer() {
    if (client_ == nullptr) return;
    rd_kafka_purge(client_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    while (drain()) {
    }
    rd_kafka_queue_io_event_enable(events_, -1, nullptr, 0);
    rd_kafka_queue_destroy(events_);
    rd_kafka_destroy(client_);
}

void Producer::signal(int fd) {
    rd_kafka_queue_io_event_enable(events_, fd, &wake_payload, sizeof wake_payload);
    // librdkafka signals a queue that was empty, and never again one that had events before.
    if (::write(fd, &wake_payload, sizeof wake_payload) < 0) {
        // A full eventfd is readable already.
    }
}

std::optional<DeliveryReport> Producer::send(const Outgoing& record, Delivery* delivery) {
    rd_kafka_headers_t* headers = nullptr;
    if (!record.headers.empty()) {
        headers = rd_kafka_headers_new(record.headers.size());
        for (const auto& h : record.headers)
            rd_kafka_header_add(headers, h.name.data(), static_cast<ssize_t>(h.name.size()),
                                h.value ? h.value->data() : nullptr,
                                h.value ? static_cast<ssize_t>(h.value->size()) : -1);
    }
    // A zero-length key or value is not null, so it needs an address.
    static char nothing = 0;
    const auto address = [](const std::optional<std::string_view>& text) {
        if (!text) return static_cast<void*>(nullptr);
        return text->empty() ? static_cast<void*>(&nothing)
                             : const_cast<void*>(static_cast<const void*>(text->data()));
    };
    const std::string topic{record.topic};
    std::array<rd_kafka_vu_t, 8> values{};
    std::size_t count = 0;
    const auto add = [&](rd_kafka_vtype_t type) -> rd_kafka_vu_t& {
        values[count].vtype = type;
        return values[count++];
    };
    add(RD_KAFKA_VTYPE_TOPIC).u.cstr = topic.c_str();
    add(RD_KAFKA_VTYPE_MSGFLAGS).u.i = RD_KAFKA_MSG_F_COPY;
    add(RD_KAFKA_VTYPE_OPAQUE).u.ptr = delivery;
    auto& key = add(RD_KAFKA_VTYPE_KEY);
    key.u.mem = {address(record.key), record.key ? record.key->size() : 0};
    auto& value = add(RD_KAFKA_VTYPE_VALUE);
    value.u.mem = {address(record.value), record.value ? record.value->size() : 0};
    if (record.timestamp_ms > 0) add(RD_KAFKA_VTYPE_TIMESTAMP).u.i64 = record.timestamp_ms;
    if (headers != nullptr) add(RD_KAFKA_VTYPE_HEADERS).u.headers = headers;

    // Counted before the report can take it off again.
    const auto bytes = key.u.mem.size + value.u.mem.size;
    ++records_;
    bytes_ += bytes;
    const ErrorPtr error{rd_kafka_produceva(client_, values.data(), count)};
    if (error == nullptr) return std::nullopt;
    --records_;
    bytes_ -= bytes;
    if (headers != nullptr) rd_kafka_headers_destroy(headers);
    DeliveryReport refused;
    put_error(refused, rd_kafka_error_code(error.get()));
    return refused;
}

bool Producer::send_another_way(const rd_kafka_message_s& message) {
    if (!other_way_ || message.err != RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) return false;
    const auto headers = headers_of(message);
    Outgoing record;
    record.topic = rd_kafka_topic_name(message.rkt);
    if (message.key != nullptr)
        record.key = std::string_view{static_cast<const char*>(message.key), message.key_len};
    if (message.payload != nullptr)
        record.value = std::string_view{static_cast<const char*>(message.payload), message.len};
    record.headers = headers;
    record.timestamp_ms = std::max<std::int64_t>(0, rd_kafka_message_timestamp(&message, nullptr));
    return other_way_(record, static_cast<Delivery*>(message._private));
}

void Producer::report_deliveries(rd_kafka_op_s* event) {
    while (const auto* message = rd_kafka_event_message_next(event)) {
        const auto bytes = message->len + message->key_len;
        if (!send_another_way(*message)) {
            const auto report = report_of(*message);
            if (observer_) observer_(rd_kafka_topic_name(message->rkt), report);
            if (message->_private != nullptr)
                static_cast<Delivery*>(message->_private)->delivered(report);
        }
        --records_;
        bytes_ -= bytes;
    }
}

bool Producer::drain() {
    const Event event{rd_kafka_queue_poll(events_, 0)};
    if (event == nullptr) return false;
    switch (rd_kafka_event_type(event.get())) {
        case RD_KAFKA_EVENT_DR:
            report_deliveries(event.get());
            break;
        case RD_KAFKA_EVENT_ERROR:
            note(logged(event.get()));
            break;
        default:
            break;
    }
    return true;
}

std::string Producer::client_id() const {
    std::array<char, 256> id{};
    std::size_t size = id.size();
    rd_kafka_conf_get(rd_kafka_conf(client_), "client.id", id.data(), &size);
    return id.data();
}

void Producer::flush(std::chrono::milliseconds limit) {
    rd_kafka_flush(client_, static_cast<int>(limit.count()));
}

void Producer::purge() {
    rd_kafka_purge(client_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
}

bool Producer::broker_answers(std::chrono::milliseconds limit) {
    const rd_kafka_metadata_t* metadata = nullptr;
    // Of the topics in use alone.
    const auto code =
        rd_kafka_metadata(client_, 0, nullptr, &metadata, static_cast<int>(limit.count()));
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
    rd_kafka_metadata_destroy(metadata);
    return true;
}

Result<std::vector<std::string>> Producer::list_topics(std::chrono::milliseconds limit) {
    const rd_kafka_metadata_t* metadata = nullptr;
    const auto code =
        rd_kafka_metadata(client_, 1, nullptr, &metadata, static_cast<int>(limit.count()));
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        note(trouble_of(code, rd_kafka_err2str(code)));
        return error_of(code, "No broker answers");
    }
    std::vector<std::string> names;
    for (const auto& topic :
         std::span{metadata->topics, static_cast<std::size_t>(metadata->topic_cnt)})
        names.emplace_back(topic.topic);
    rd_kafka_metadata_destroy(metadata);
    return names;
}

namespace {

struct NewTopicDeleter {
    void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
};
using NewTopicPtr = std::unique_ptr<rd_kafka_NewTopic_t, NewTopicDeleter>;

Result<NewTopicPtr> to_new_topic(const NewTopic& topic) {
    std::array<char, 512> why{};
    NewTopicPtr made{rd_kafka_NewTopic_new(topic.name.c_str(), topic.partitions, topic.replication,
                                           why.data(), why.size())};
    if (made == nullptr)
        return Error{Errc::invalid_argument, "Topic " + topic.name + ": " + why.data() + "."};
    for (const auto& [name, value] : topic.configs)
        rd_kafka_NewTopic_set_config(made.get(), name.c_str(), value.c_str());
    return made;
}

std::vector<TopicResult> topic_results(const rd_kafka_event_t* event) {
    std::size_t count = 0;
    const auto* result = rd_kafka_event_CreateTopics_result(const_cast<rd_kafka_event_t*>(event));
    const auto** topics = rd_kafka_CreateTopics_result_topics(result, &count);
    std::vector<TopicResult> results;
    for (const auto* topic : std::span{topics, count}) {
        const auto code = rd_kafka_topic_result_error(topic);
        TopicResult one;
        one.name = rd_kafka_topic_result_name(topic);
        one.created = code == RD_KAFKA_RESP_ERR_NO_ERROR;
        one.existed = code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS;
        if (!one.created && !one.existed) {
            const char* text = rd_kafka_topic_result_error_string(topic);
            one.error = std::string{text != nullptr ? text : rd_kafka_err2str(code)} + " ("
                        + rd_kafka_err2name(code) + ")";
            one.refusal = refusal_of(code);
        }
        results.push_back(std::move(one));
    }
    return results;
}

}  // namespace

Result<std::vector<TopicResult>> Producer::create_topics(const std::vector<NewTopic>& topics,
                                                         std::chrono::milliseconds limit) {
    std::vector<NewTopicPtr> owned;
    std::vector<rd_kafka_NewTopic_t*> made;
    for (const auto& topic : topics) {
        auto one = to_new_topic(topic);
        if (!one) return one.error();
        made.push_back(one->get());
        owned.push_back(std::move(*one));
    }
    const Queue queue{rd_kafka_queue_new(client_)};
    struct OptionsDeleter {
        void operator()(rd_kafka_AdminOptions_t* o) const { rd_kafka_AdminOptions_destroy(o); }
    };
    const std::unique_ptr<rd_kafka_AdminOptions_t, OptionsDeleter> options{
        rd_kafka_AdminOptions_new(client_, RD_KAFKA_ADMIN_OP_CREATETOPICS)};
    std::array<char, 256> why{};
    const auto ms = static_cast<int>(limit.count());
    rd_kafka_AdminOptions_set_request_timeout(options.get(), ms, why.data(), why.size());
    rd_kafka_AdminOptions_set_operation_timeout(options.get(), ms, why.data(), why.size());
    rd_kafka_CreateTopics(client_, made.data(), made.size(), options.get(), queue.get());
    const Event event{rd_kafka_queue_poll(queue.get(), ms + 1000)};
    if (event == nullptr)
        return Error{Errc::timed_out, "No answer to the creation of topics.", true};
    if (const auto code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        if (code == RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE)
            return Error{Errc::unsupported, "the broker does not offer the creation of topics"};
        return error_of(code, "Cannot create topics");
    }
    return topic_results(event.get());
}

void Producer::note(const Trouble& trouble) {
    if (trouble.refusal != Refusal::permanent) return;
    const std::lock_guard lock{mutex_};
    if (!refused_) refused_ = trouble;
}

std::optional<Trouble> Producer::refused() const {
    const std::lock_guard lock{mutex_};
    return refused_;
}

std::optional<std::string> Producer::fatal_error() const {
    std::array<char, 512> why{};
    const auto code = rd_kafka_fatal_error(client_, why.data(), why.size());
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
    return std::string{rd_kafka_err2name(code)} + ": " + why.data();
}

}  // namespace leat::rdkafka
