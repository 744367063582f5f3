// librdkafka's producer behind an owning handle, with an intrusive promise for each record.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <span>

#include "service/rdkafka.hpp"

namespace leat::rdkafka {

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
    Refusal refusal = Refusal::unclear;  // if not delivered
    bool too_large = false;
    bool queue_full = false;  // ours: nothing was sent
    /// From send() to the moment of this report.
    std::chrono::microseconds took{0};
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
    std::int32_t partitions = -1;   // -1: the broker's default
    std::int16_t replication = -1;  // -1: the broker's default
    std::vector<std::pair<std::string, std::string>> configs;
};

struct TopicResult {
    std::string name;
    bool created = false;
    bool existed = false;
    std::string error;  // empty unless neither
    Refusal refusal = Refusal::unclear;
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

    /// Hands the record to librdkafka's queue without waiting. Gives nothing if it was accepted;
    /// else what became of it, and `delivery` hears of it no more.
    std::optional<DeliveryReport> send(const Outgoing& record, Delivery* delivery);

    /// Hears of every report before its Delivery does, inside drain(). Set before the first send.
    using Observer = std::function<void(std::string_view topic, const DeliveryReport& report)>;
    void observe(Observer observer) { observer_ = std::move(observer); }

    /// Is asked, inside drain(), about each record that the broker found too large: it may only
    /// have shared a batch that was. True: the record goes another way, which reports it. Set
    /// before the first send.
    using OtherWay = std::function<bool(const Outgoing& record, Delivery* delivery)>;
    void when_too_large(OtherWay other_way) { other_way_ = std::move(other_way); }

    /// Reports deliveries that are known; true if more may wait. Never blocks. One thread at a
    /// time.
    bool drain();

    /// Records that were accepted and not reported.
    std::size_t outstanding() const { return records_; }
    /// Bytes of their keys and values.
    std::size_t outstanding_bytes() const { return bytes_; }
    /// The client.id that the broker sees.
    std::string client_id() const;
    /// Makes lingering records leave now; waits for their reports for up to `limit` while another
    /// thread drains.
    void flush(std::chrono::milliseconds limit);
    /// Fails all records that are not sent yet, so that drain() reports them.
    void purge();

    /// Whether a broker answers within `limit`.
    bool broker_answers(std::chrono::milliseconds limit);
    /// Waits for up to `limit` for any broker to answer: the names of the cluster's topics.
    Result<std::vector<std::string>> list_topics(std::chrono::milliseconds limit);
    /// Asks for the topics to be created; blocks for up to `limit`.
    Result<std::vector<TopicResult>> create_topics(const std::vector<NewTopic>& topics,
                                                   std::chrono::milliseconds limit);
    /// The error that ended this client for good, if there is one (KIP-360).
    std::optional<std::string> fatal_error() const;
    /// What a broker has refused this client as a whole for good, such as its credentials, if
    /// anything. Hears of it in drain() and list_topics().
    std::optional<Trouble> refused() const;

private:
    Producer() = default;
    void note(const Trouble& trouble);
    void report_deliveries(rd_kafka_op_s* event);
    bool send_another_way(const rd_kafka_message_s& message);
    rd_kafka_s* client_ = nullptr;
    rd_kafka_queue_s* events_ = nullptr;
    Observer observer_;
    OtherWay other_way_;
    // Our own count: librdkafka's takes its errors for records, too.
    std::atomic<std::size_t> records_{0};
    std::atomic<std::size_t> bytes_{0};
    mutable std::mutex mutex_;
    std::optional<Trouble> refused_;  // guarded by mutex_
};

}  // namespace leat::rdkafka
