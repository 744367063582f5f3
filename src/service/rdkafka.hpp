// librdkafka behind owning handles: the only place that knows its API.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

struct rd_kafka_s;
struct rd_kafka_queue_s;
struct rd_kafka_message_s;
struct rd_kafka_topic_partition_list_s;

namespace leat::rdkafka {

/// librdkafka configuration properties, in order; a later one wins.
using Settings = std::vector<std::pair<std::string, std::string>>;

/// Whether librdkafka knows this property and takes this value; the error says which it does not.
Result<void> check_setting(const std::string& name, const std::string& value);

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

/// A record to send; all views are copied by send().
struct Outgoing {
    std::string_view topic;
    /// Nothing: no key, and librdkafka chooses the partition. With a key: Java's murmur2.
    std::optional<std::string_view> key;
    std::optional<std::string_view> value;
    std::span<const HeaderView> headers;
    /// 0: now.
    std::int64_t timestamp_ms = 0;
};

/// What became of a record.
struct DeliveryReport {
    bool delivered = false;
    std::int32_t partition = -1;
    std::int64_t offset = -1;
    /// Kafka's error name and the sentence for it, when not delivered.
    std::string error_name;
    std::string error;
    bool too_large = false;
};

/// The intrusive promise of a send: its address travels with the record.
class Delivery {
public:
    /// Called exactly once for each accepted send, inside drain().
    virtual void delivered(const DeliveryReport& report) = 0;

protected:
    ~Delivery() = default;
};

/// A topic to create.
struct NewTopic {
    std::string name;
    std::int32_t partitions = 1;
    std::int16_t replication = -1;  // -1: the broker's default
    std::vector<std::pair<std::string, std::string>> configs;
};

struct TopicResult {
    std::string name;
    bool created = false;
    bool existed = false;
    std::string error;  // empty unless neither
};

/// A producer. All methods are safe from any thread.
class Producer {
public:
    static Result<std::unique_ptr<Producer>> open(const Settings& settings);
    /// Drops what is queued without reports: drain first.
    ~Producer();
    Producer(const Producer&) = delete;
    Producer& operator=(const Producer&) = delete;

    /// Writes eight bytes to `fd` (an eventfd) whenever reports begin to wait for drain().
    void signal(int fd);

    /// Hands the record to librdkafka's queue without waiting. Errors: `unavailable` (retriable)
    /// when the queue is full, `too_large`, `invalid_argument`, `io` when the client is dead.
    Result<void> send(const Outgoing& record, Delivery* delivery);

    /// Reports deliveries that are known; true if more may wait. Never blocks. One thread at a
    /// time.
    bool drain();

    /// Records that were accepted and not reported.
    std::size_t outstanding() const;
    /// Makes lingering records leave now; waits for their reports for up to `limit` while another
    /// thread drains.
    void flush(std::chrono::milliseconds limit);
    /// Fails all records that are not sent yet, so that drain() reports them.
    void purge();

    /// Waits for up to `limit` for any broker to answer: the names of the cluster's topics.
    Result<std::vector<std::string>> list_topics(std::chrono::milliseconds limit);
    /// Asks for the topics to be created; blocks for up to `limit`.
    Result<std::vector<TopicResult>> create_topics(const std::vector<NewTopic>& topics,
                                                   std::chrono::milliseconds limit);
    /// The error that ended this client for good, if there is one (KIP-360).
    std::optional<std::string> fatal_error() const;

private:
    Producer() = default;
    rd_kafka_s* client_ = nullptr;
    rd_kafka_queue_s* events_ = nullptr;
};

/// A consumed record; owns librdkafka's message. Views live as long as it does. May be read and
/// destroyed on any thread, by one at a time.
class Message {
public:
    Message() = default;
    explicit Message(rd_kafka_message_s* message) : message_(message) {}
    Message(Message&& other) noexcept : message_(std::exchange(other.message_, nullptr)) {}
    Message& operator=(Message&& other) noexcept;
    ~Message() { reset(); }

    void reset();
    explicit operator bool() const { return message_ != nullptr; }
    /// The consumer error that came in place of a record; empty for a record.
    std::string error() const;
    std::optional<std::string_view> key() const;
    std::optional<std::string_view> value() const;
    std::int64_t offset() const;
    std::int64_t timestamp_ms() const;
    bool log_append_time() const;
    std::size_t bytes() const;
    /// All headers in their order. Parsed on the first call.
    std::vector<HeaderView> headers() const;
    /// The last header of this name.
    std::optional<std::string_view> header(const char* name) const;

private:
    rd_kafka_message_s* message_ = nullptr;
};

/// One partition's fetched records, apart from the consumer's other events, so that one partition
/// can be left waiting (back-pressure) while the others flow and rebalances are served.
class PartitionQueue {
public:
    PartitionQueue() = default;
    explicit PartitionQueue(rd_kafka_queue_s* queue) : queue_(queue) {}
    PartitionQueue(PartitionQueue&& other) noexcept
        : queue_(std::exchange(other.queue_, nullptr)) {}
    PartitionQueue& operator=(PartitionQueue&& other) noexcept;
    ~PartitionQueue();

    /// Up to `max` records, without waiting, into `into`.
    std::size_t take(std::vector<Message>& into, std::size_t max);
    std::size_t waiting() const;

private:
    rd_kafka_queue_s* queue_ = nullptr;
};

/// Hears of a consumer's events inside serve().
class ConsumerEvents {
public:
    /// To be answered by confirm_assigned() at once.
    virtual void on_assigned(const TopicPartitions& partitions) = 0;
    /// To be answered by confirm_revoked(), at once or later. `lost`: another member may own them
    /// already, commits will be refused.
    virtual void on_revoked(const TopicPartitions& partitions, bool lost) = 0;
    /// An asynchronous commit has ended; `error` is empty on success, and per partition as well.
    virtual void on_committed(const TopicPartitions& partitions, const std::string& error) = 0;
    virtual void on_error(const std::string& what, bool fatal) = 0;

protected:
    ~ConsumerEvents() = default;
};

/// A group member. All methods belong to one thread, and none runs user code.
class Consumer {
public:
    /// `wake_fd`: an eventfd that is written whenever serve() or a partition queue has news.
    static Result<std::unique_ptr<Consumer>> open(const Settings& settings, ConsumerEvents& events,
                                                  int wake_fd);
    ~Consumer();
    Consumer(const Consumer&) = delete;
    Consumer& operator=(const Consumer&) = delete;

    Result<void> subscribe(const std::vector<std::string>& topics);
    /// Delivers waiting events. Never blocks. To be called at least every max.poll.interval.ms.
    void serve();

    /// The queue of a partition that is about to be assigned.
    PartitionQueue open_partition(const std::string& topic, std::int32_t partition);
    void confirm_assigned(const TopicPartitions& partitions);
    void confirm_revoked(const TopicPartitions& partitions);

    /// Starts a commit; its end is on_committed().
    Result<void> commit(const TopicPartitions& offsets);
    /// Commits and waits for the answer, for up to `limit`.
    Result<void> commit_and_wait(const TopicPartitions& offsets, std::chrono::milliseconds limit);

    /// The end of the partition as the last fetch saw it; nothing when not known.
    std::optional<std::int64_t> high_watermark(const std::string& topic,
                                               std::int32_t partition) const;

    /// Starts to leave the group; on_revoked() follows in serve().
    void close();
    bool closed() const;

private:
    Consumer() = default;
    rd_kafka_s* client_ = nullptr;
    rd_kafka_queue_s* queue_ = nullptr;
    ConsumerEvents* events_ = nullptr;
    int wake_fd_ = -1;
};

}  // namespace leat::rdkafka
