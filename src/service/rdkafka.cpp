#include "service/rdkafka.hpp"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "base/log.hpp"

namespace leat::rdkafka {
namespace {

constexpr std::uint64_t wake_payload = 1;

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

void write_log(const rd_kafka_t* client, int level, const char* facility, const char* text) {
    const auto ours = level <= 3   ? log::Level::error
                      : level <= 5 ? log::Level::warn
                      : level == 6 ? log::Level::info
                                   : log::Level::debug;
    if (!log::enabled(ours)) return;
    log::write(
        ours, text,
        {{"client", client == nullptr ? "" : rd_kafka_name(client)}, {"facility", facility}});
}

Result<void> set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
    std::array<char, 512> why{};
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why.data(), why.size())
        == RD_KAFKA_CONF_OK)
        return {};
    return Error{Errc::invalid_argument,
                 "librdkafka refuses " + name + "=" + value + ": " + why.data() + "."};
}

Result<Conf> make_conf(const Settings& settings, int events) {
    Conf conf{rd_kafka_conf_new()};
    for (const auto& [name, value] : settings)
        if (auto done = set(conf.get(), name, value); !done) return done.error();
    rd_kafka_conf_set_events(conf.get(), events);
    rd_kafka_conf_set_log_cb(conf.get(), write_log);
    return conf;
}

Result<rd_kafka_t*> make_client(rd_kafka_type_t type, Conf conf) {
    std::array<char, 512> why{};
    auto* client = rd_kafka_new(type, conf.get(), why.data(), why.size());
    if (client == nullptr)
        return Error{Errc::invalid_argument,
                     std::string{"The Kafka client cannot be made: "} + why.data() + "."};
    (void)conf.release();  // the client owns it now
    return client;
}

List to_list(const TopicPartitions& partitions) {
    List list{rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size()))};
    for (const auto& p : partitions)
        rd_kafka_topic_partition_list_add(list.get(), p.topic.c_str(), p.partition)->offset =
            p.offset;
    return list;
}

TopicPartitions from_list(const rd_kafka_topic_partition_list_t* list) {
    TopicPartitions partitions;
    if (list == nullptr) return partitions;
    for (const auto& entry : std::span{list->elems, static_cast<std::size_t>(list->cnt)})
        partitions.push_back({entry.topic, entry.partition, entry.offset});
    return partitions;
}

// A commit may succeed as a whole and fail for one partition.
std::string commit_error(rd_kafka_resp_err_t whole, const rd_kafka_topic_partition_list_t* list) {
    if (whole != RD_KAFKA_RESP_ERR_NO_ERROR) return rd_kafka_err2name(whole);
    if (list != nullptr)
        for (const auto& entry : std::span{list->elems, static_cast<std::size_t>(list->cnt)})
            if (entry.err != RD_KAFKA_RESP_ERR_NO_ERROR) return rd_kafka_err2name(entry.err);
    return {};
}

Error error_of(rd_kafka_resp_err_t code, const std::string& doing) {
    const std::string what =
        doing + ": " + rd_kafka_err2str(code) + " (" + rd_kafka_err2name(code) + ").";
    switch (code) {
        case RD_KAFKA_RESP_ERR__QUEUE_FULL:
            return {Errc::unavailable, what, true};
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
            return {Errc::too_large, what};
        case RD_KAFKA_RESP_ERR__TIMED_OUT:
            return {Errc::timed_out, what, true};
        case RD_KAFKA_RESP_ERR__TRANSPORT:
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
            return {Errc::unavailable, what, true};
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
        case RD_KAFKA_RESP_ERR__INVALID_ARG:
            return {Errc::invalid_argument, what};
        default:
            return {Errc::io, what};
    }
}

DeliveryReport report_of(const rd_kafka_message_t& message) {
    DeliveryReport report;
    report.delivered = message.err == RD_KAFKA_RESP_ERR_NO_ERROR;
    report.partition = message.partition;
    report.offset = message.offset;
    if (!report.delivered) {
        report.error_name = rd_kafka_err2name(message.err);
        report.error = rd_kafka_err2str(message.err);
        report.too_large = message.err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
    }
    return report;
}

void report_deliveries(rd_kafka_event_t* event) {
    while (const auto* message = rd_kafka_event_message_next(event))
        if (message->_private != nullptr)
            static_cast<Delivery*>(message->_private)->delivered(report_of(*message));
}

void log_error(rd_kafka_event_t* event) {
    const auto code = rd_kafka_event_error(event);
    log::warn("kafka client error", {{"error_type", rd_kafka_err2name(code)},
                                     {"error", rd_kafka_event_error_string(event)}});
}

}  // namespace

Result<void> check_setting(const std::string& name, const std::string& value) {
    const Conf conf{rd_kafka_conf_new()};
    return set(conf.get(), name, value);
}

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
}

Result<void> Producer::send(const Outgoing& record, Delivery* delivery) {
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

    const ErrorPtr error{rd_kafka_produceva(client_, values.data(), count)};
    if (error == nullptr) return {};
    if (headers != nullptr) rd_kafka_headers_destroy(headers);
    return error_of(rd_kafka_error_code(error.get()), "Cannot send to topic " + topic);
}

bool Producer::drain() {
    const Event event{rd_kafka_queue_poll(events_, 0)};
    if (event == nullptr) return false;
    switch (rd_kafka_event_type(event.get())) {
        case RD_KAFKA_EVENT_DR:
            report_deliveries(event.get());
            break;
        case RD_KAFKA_EVENT_ERROR:
            log_error(event.get());
            break;
        default:
            break;
    }
    return true;
}

std::size_t Producer::outstanding() const {
    return static_cast<std::size_t>(rd_kafka_outq_len(client_));
}

void Producer::flush(std::chrono::milliseconds limit) {
    rd_kafka_flush(client_, static_cast<int>(limit.count()));
}

void Producer::purge() {
    rd_kafka_purge(client_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
}

Result<std::vector<std::string>> Producer::list_topics(std::chrono::milliseconds limit) {
    const rd_kafka_metadata_t* metadata = nullptr;
    const auto code =
        rd_kafka_metadata(client_, 1, nullptr, &metadata, static_cast<int>(limit.count()));
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return error_of(code, "No broker answers");
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
            one.error = text != nullptr ? text : rd_kafka_err2name(code);
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
            return Error{Errc::unsupported, "The broker does not offer topic creation."};
        return error_of(code, "Cannot create topics");
    }
    return topic_results(event.get());
}

std::optional<std::string> Producer::fatal_error() const {
    std::array<char, 512> why{};
    const auto code = rd_kafka_fatal_error(client_, why.data(), why.size());
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
    return std::string{rd_kafka_err2name(code)} + ": " + why.data();
}

Message& Message::operator=(Message&& other) noexcept {
    if (this != &other) {
        reset();
        message_ = std::exchange(other.message_, nullptr);
    }
    return *this;
}

void Message::reset() {
    if (message_ != nullptr) rd_kafka_message_destroy(std::exchange(message_, nullptr));
}

std::string Message::error() const {
    if (message_->err == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    return std::string{rd_kafka_err2name(message_->err)} + ": " + rd_kafka_message_errstr(message_);
}

std::optional<std::string_view> Message::key() const {
    if (message_->key == nullptr) return std::nullopt;
    return std::string_view{static_cast<const char*>(message_->key), message_->key_len};
}

std::optional<std::string_view> Message::value() const {
    if (message_->payload == nullptr) return std::nullopt;
    return std::string_view{static_cast<const char*>(message_->payload), message_->len};
}

std::int64_t Message::offset() const { return message_->offset; }

std::int64_t Message::timestamp_ms() const {
    return std::max<std::int64_t>(0, rd_kafka_message_timestamp(message_, nullptr));
}

bool Message::log_append_time() const {
    rd_kafka_timestamp_type_t type{};
    rd_kafka_message_timestamp(message_, &type);
    return type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME;
}

std::size_t Message::bytes() const { return message_->len + message_->key_len; }

std::vector<HeaderView> Message::headers() const {
    std::vector<HeaderView> views;
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(message_, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return views;
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
        std::optional<std::string_view> text;
        if (value != nullptr) text = std::string_view{static_cast<const char*>(value), size};
        views.push_back({name, text});
    }
    return views;
}

std::optional<std::string_view> Message::header(const char* name) const {
    rd_kafka_headers_t* headers = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    if (rd_kafka_message_headers(message_, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR
        || rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR
        || value == nullptr)
        return std::nullopt;
    return std::string_view{static_cast<const char*>(value), size};
}

PartitionQueue& PartitionQueue::operator=(PartitionQueue&& other) noexcept {
    std::swap(queue_, other.queue_);
    return *this;
}

PartitionQueue::~PartitionQueue() {
    if (queue_ == nullptr) return;
    rd_kafka_queue_io_event_enable(queue_, -1, nullptr, 0);
    rd_kafka_queue_destroy(queue_);
}

std::size_t PartitionQueue::take(std::vector<Message>& into, std::size_t max) {
    std::array<rd_kafka_message_t*, 1024> taken{};
    const auto got =
        rd_kafka_consume_batch_queue(queue_, 0, taken.data(), std::min(max, taken.size()));
    if (got <= 0) return 0;
    const auto count = static_cast<std::size_t>(got);
    for (std::size_t i = 0; i < count; ++i) into.emplace_back(taken[i]);
    return count;
}

std::size_t PartitionQueue::waiting() const { return rd_kafka_queue_length(queue_); }

Result<std::unique_ptr<Consumer>> Consumer::open(const Settings& settings, ConsumerEvents& events,
                                                 int wake_fd) {
    auto conf = make_conf(
        settings, RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_OFFSET_COMMIT | RD_KAFKA_EVENT_ERROR);
    if (!conf) return conf.error();
    auto client = make_client(RD_KAFKA_CONSUMER, std::move(*conf));
    if (!client) return client.error();
    std::unique_ptr<Consumer> consumer{new Consumer};
    consumer->client_ = *client;
    consumer->events_ = &events;
    consumer->wake_fd_ = wake_fd;
    rd_kafka_poll_set_consumer(*client);
    consumer->queue_ = rd_kafka_queue_get_consumer(*client);
    rd_kafka_queue_io_event_enable(consumer->queue_, wake_fd, &wake_payload, sizeof wake_payload);
    return consumer;
}

Consumer::~Consumer() {
    if (client_ == nullptr) return;
    rd_kafka_queue_io_event_enable(queue_, -1, nullptr, 0);
    rd_kafka_queue_destroy(queue_);
    // A member that did not leave in time must not wait for the group here.
    rd_kafka_destroy_flags(client_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

Result<void> Consumer::subscribe(const std::vector<std::string>& topics) {
    TopicPartitions wanted;
    for (const auto& topic : topics) wanted.push_back({topic, RD_KAFKA_PARTITION_UA});
    const auto code = rd_kafka_subscribe(client_, to_list(wanted).get());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return error_of(code, "Cannot subscribe");
    return {};
}

void Consumer::serve() {
    while (const Event event{rd_kafka_queue_poll(queue_, 0)}) {
        const auto code = rd_kafka_event_error(event.get());
        switch (rd_kafka_event_type(event.get())) {
            case RD_KAFKA_EVENT_REBALANCE: {
                const auto partitions = from_list(rd_kafka_event_topic_partition_list(event.get()));
                if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS)
                    events_->on_assigned(partitions);
                else
                    events_->on_revoked(partitions, rd_kafka_assignment_lost(client_) != 0);
                break;
            }
            case RD_KAFKA_EVENT_OFFSET_COMMIT: {
                const auto* list = rd_kafka_event_topic_partition_list(event.get());
                events_->on_committed(from_list(list), commit_error(code, list));
                break;
            }
            case RD_KAFKA_EVENT_ERROR:
                events_->on_error(std::string{rd_kafka_err2name(code)} + ": "
                                      + rd_kafka_event_error_string(event.get()),
                                  rd_kafka_event_error_is_fatal(event.get()) != 0
                                      || code == RD_KAFKA_RESP_ERR__FATAL);
                break;
            default:
                break;
        }
    }
}

PartitionQueue Consumer::open_partition(const std::string& topic, std::int32_t partition) {
    auto* queue = rd_kafka_queue_get_partition(client_, topic.c_str(), partition);
    check(queue != nullptr, "an assigned partition has a queue");
    rd_kafka_queue_forward(queue, nullptr);
    rd_kafka_queue_io_event_enable(queue, wake_fd_, &wake_payload, sizeof wake_payload);
    return PartitionQueue{queue};
}

void Consumer::confirm_assigned(const TopicPartitions& partitions) {
    const auto list = to_list(partitions);
    if (std::string_view{rd_kafka_rebalance_protocol(client_)} == "COOPERATIVE")
        const ErrorPtr ignored{rd_kafka_incremental_assign(client_, list.get())};
    else
        rd_kafka_assign(client_, list.get());
}

void Consumer::confirm_revoked(const TopicPartitions& partitions) {
    if (std::string_view{rd_kafka_rebalance_protocol(client_)} == "COOPERATIVE")
        const ErrorPtr ignored{rd_kafka_incremental_unassign(client_, to_list(partitions).get())};
    else
        rd_kafka_assign(client_, nullptr);
}

Result<void> Consumer::commit(const TopicPartitions& offsets) {
    const auto code =
        rd_kafka_commit_queue(client_, to_list(offsets).get(), queue_, nullptr, nullptr);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return error_of(code, "Cannot commit");
    return {};
}

Result<void> Consumer::commit_and_wait(const TopicPartitions& offsets,
                                       std::chrono::milliseconds limit) {
    const Queue answers{rd_kafka_queue_new(client_)};
    auto code =
        rd_kafka_commit_queue(client_, to_list(offsets).get(), answers.get(), nullptr, nullptr);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return error_of(code, "Cannot commit");
    const Event event{rd_kafka_queue_poll(answers.get(), static_cast<int>(limit.count()))};
    if (event == nullptr)
        return Error{Errc::timed_out, "The coordinator did not answer the commit in time.", true};
    const auto* list = rd_kafka_event_topic_partition_list(event.get());
    if (const auto why = commit_error(rd_kafka_event_error(event.get()), list); !why.empty())
        return Error{Errc::io, "The commit was refused: " + why + "."};
    return {};
}

std::optional<std::int64_t> Consumer::high_watermark(const std::string& topic,
                                                     std::int32_t partition) const {
    std::int64_t low = RD_KAFKA_OFFSET_INVALID;
    std::int64_t high = RD_KAFKA_OFFSET_INVALID;
    const auto code =
        rd_kafka_get_watermark_offsets(client_, topic.c_str(), partition, &low, &high);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR || high < 0) return std::nullopt;
    return high;
}

void Consumer::close() { const ErrorPtr ignored{rd_kafka_consumer_close_queue(client_, queue_)}; }

bool Consumer::closed() const { return rd_kafka_consumer_closed(client_) != 0; }

}  // namespace leat::rdkafka
