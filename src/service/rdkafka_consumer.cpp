#include "service/rdkafka_consumer.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "base/check.hpp"
#include "service/rdkafka_handles.hpp"

namespace leat::rdkafka {
namespace {

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

}  // namespace

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

bool Message::failed() const { return message_->err != RD_KAFKA_RESP_ERR_NO_ERROR; }

Trouble Message::trouble() const {
    return trouble_of(message_->err, rd_kafka_message_errstr(message_));
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

std::vector<HeaderView> Message::headers() const { return headers_of(*message_); }

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

// librdkafka before 2.3.0 aborts when a member is destroyed between the answer to its first join
// and its first assignment (librdkafka issue 4312, cooperative-sticky only). Such a client is
// silenced and left to the end of the process, which has closed it already.
Consumer::~Consumer() {
    if (client_ == nullptr) return;
    rd_kafka_queue_io_event_enable(queue_, -1, nullptr, 0);
    rd_kafka_queue_destroy(queue_);
    constexpr int fixed_in = 0x02030000;
    if (!assigned_ && rd_kafka_version() < fixed_in) {
        rd_kafka_set_log_level(client_, 0);
        return;
    }
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
            case RD_KAFKA_EVENT_REBALANCE:
                rebalance(code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS,
                          from_list(rd_kafka_event_topic_partition_list(event.get())));
                break;
            case RD_KAFKA_EVENT_OFFSET_COMMIT: {
                const auto* list = rd_kafka_event_topic_partition_list(event.get());
                events_->on_committed(from_list(list), commit_error(code, list));
                break;
            }
            case RD_KAFKA_EVENT_ERROR:
                events_->on_error(trouble_in(event.get()));
                break;
            default:
                break;
        }
    }
}

// A broker that turns the credentials of a working member down is one that is set up otherwise than
// the rest: others lead the member's partitions, or will.
Trouble Consumer::trouble_in(rd_kafka_op_s* event) const {
    const auto code = rd_kafka_event_error(event);
    auto trouble = trouble_of(code, rd_kafka_event_error_string(event));
    if (assigned_ && code == RD_KAFKA_RESP_ERR__AUTHENTICATION) trouble.refusal = Refusal::unclear;
    if (rd_kafka_event_error_is_fatal(event) != 0 || code == RD_KAFKA_RESP_ERR__FATAL)
        trouble.refusal = Refusal::permanent;
    return trouble;
}

bool Consumer::cooperative() const {
    return std::string_view{rd_kafka_rebalance_protocol(client_)} == "COOPERATIVE";
}

// KIP-429: what is taken away from a cooperative member can be assigned to another one only when
// all have joined again. librdkafka gives the member the rest of its assignment in between.
void Consumer::rebalance(bool assign, const TopicPartitions& partitions) {
    if (assign) {
        events_->on_assigned(partitions, !std::exchange(rejoins_, false));
        return;
    }
    const bool lost = rd_kafka_assignment_lost(client_) != 0;
    rejoins_ = cooperative() && !lost;
    events_->on_revoked(partitions, lost);
}

PartitionQueue Consumer::open_partition(const std::string& topic, std::int32_t partition) {
    auto* queue = rd_kafka_queue_get_partition(client_, topic.c_str(), partition);
    check(queue != nullptr, "an assigned partition has a queue");
    rd_kafka_queue_forward(queue, nullptr);
    rd_kafka_queue_io_event_enable(queue, wake_fd_, &wake_payload, sizeof wake_payload);
    return PartitionQueue{queue};
}

void Consumer::confirm_assigned(const TopicPartitions& partitions) {
    assigned_ = true;
    const auto list = to_list(partitions);
    if (cooperative())
        const ErrorPtr ignored{rd_kafka_incremental_assign(client_, list.get())};
    else
        rd_kafka_assign(client_, list.get());
}

void Consumer::confirm_revoked(const TopicPartitions& partitions) {
    if (cooperative())
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
        return Error{Errc::io, "The commit was refused: " + why + ".",
                     why == rebalance_in_progress};
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
