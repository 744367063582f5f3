// librdkafka's consumer behind owning handles: a queue for each partition, explicit rebalances.
#pragma once

#include <chrono>
#include <memory>

#include "service/rdkafka.hpp"

namespace leat::rdkafka {

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
    /// Whether an error came in place of a record; trouble() is it.
    bool failed() const;
    Trouble trouble() const;
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

/// The name of the error that refuses commits while the group agrees on a new generation.
inline constexpr const char* rebalance_in_progress = "REBALANCE_IN_PROGRESS";

/// Hears of a consumer's events inside serve().
class ConsumerEvents {
public:
    /// To be answered by confirm_assigned() at once. `settled`: the rebalance is over for this
    /// member; else it joins again at once, since it had to give partitions back first.
    virtual void on_assigned(const TopicPartitions& partitions, bool settled) = 0;
    /// To be answered by confirm_revoked(), at once or later. `lost`: another member may own them
    /// already, commits will be refused.
    virtual void on_revoked(const TopicPartitions& partitions, bool lost) = 0;
    /// An asynchronous commit has ended; `error` is empty on success, and per partition as well.
    virtual void on_committed(const TopicPartitions& partitions, const std::string& error) = 0;
    /// Permanent: the member will never get what it is here for.
    virtual void on_error(const Trouble& trouble) = 0;

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
    /// Commits and waits for the answer, for up to `limit`. The error is retriable if the group is
    /// in the middle of a rebalance.
    Result<void> commit_and_wait(const TopicPartitions& offsets, std::chrono::milliseconds limit);

    /// The end of the partition as the last fetch saw it; nothing when not known.
    std::optional<std::int64_t> high_watermark(const std::string& topic,
                                               std::int32_t partition) const;

    /// Starts to leave the group; on_revoked() follows in serve().
    void close();
    bool closed() const;

private:
    Consumer() = default;
    bool cooperative() const;
    Trouble trouble_in(rd_kafka_op_s* event) const;
    void rebalance(bool assign, const TopicPartitions& partitions);
    rd_kafka_s* client_ = nullptr;
    rd_kafka_queue_s* queue_ = nullptr;
    ConsumerEvents* events_ = nullptr;
    int wake_fd_ = -1;
    bool assigned_ = false;  // ever
    bool rejoins_ = false;   // after the next assignment
};

}  // namespace leat::rdkafka
