// Writing batches with acknowledgement: single batches for checkers, a small producer for tools.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <span>

#include "client/leaders.hpp"
#include "kafka/record_batch.hpp"

namespace leat::client {

struct OutgoingBatch {
    TopicPartition partition;
    SharedSlice batch;
};

struct ProducedBatch {
    kafka::ErrorCode error_code = kafka::ErrorCode::none;
    std::optional<std::string> error_message;
    std::int64_t base_offset = -1;
    std::int64_t log_append_time_ms = -1;
    std::int64_t log_start_offset = -1;
};

struct ProduceOptions {
    /// -1 (all) or 1.
    std::int16_t acks = -1;
    /// Send again after what may pass; without an idempotent producer id a batch may then be
    /// written twice.
    bool retry = true;
    std::optional<std::chrono::milliseconds> timeout = {};
};

/// Sends whole batches, one per partition at most, and waits for the answers, which come in the
/// same order. Errors: invalid_argument (acks), not_found, unavailable, timed_out.
Result<std::vector<ProducedBatch>> produce(Cluster& cluster,
                                           const std::vector<OutgoingBatch>& batches,
                                           const ProduceOptions& options = {});

/// A new id for an idempotent producer. Errors: unavailable, unsupported, invalid_argument.
struct ProducerIdentity {
    std::int64_t id = kafka::no_producer_id;
    std::int16_t epoch = kafka::no_producer_epoch;
};
Result<ProducerIdentity> new_producer_id(Cluster& cluster);

/// A record that owns its bytes.
struct OutgoingRecord {
    std::optional<Bytes> key = {};
    std::optional<Bytes> value = {};
    std::vector<kafka::Header> headers = {};
    /// The time of sending if absent.
    std::optional<TimestampMs> timestamp = {};
    /// What an error calls it, such as "line 7".
    std::string label = {};

    std::size_t size() const;
};

struct ProducerOptions {
    kafka::Codec codec = kafka::Codec::none;
    std::int16_t acks = -1;
    /// No record is written twice, whatever is sent again.
    bool idempotent = true;
    /// A batch is sent when it would grow beyond this.
    std::size_t batch_bytes = 512 << 10;
    /// All batches are sent when they would together grow beyond this: one request carries those
    /// of a broker, and brokers bound its size.
    std::size_t pending_bytes = 16 << 20;
};

/// What a producer has written to one partition.
struct WrittenRange {
    std::int64_t first_offset = -1;
    std::int64_t last_offset = -1;
    std::int64_t records = 0;
};

/// Collects records into batches, one in flight per partition. Records without a partition go where
/// Kafka's clients put them: by murmur2 of the key, or without a key in turn by batch.
class Producer {
public:
    /// `cluster` must outlive the producer.
    Producer(Cluster& cluster, std::string topic, ProducerOptions options);

    /// Takes a record; sends what is full. Errors: those of flush(), not_found.
    Result<void> send(std::optional<std::int32_t> partition, OutgoingRecord record);

    /// Sends all and waits until it is acknowledged. A batch that the broker refuses for its size
    /// is sent in halves, down to single records. Error: the first failure, naming the record if it
    /// is too large (Errc::too_large); what is not yet acknowledged is not written then.
    Result<void> flush();

    /// How many partitions the topic has; creates the topic if the broker does so. Errors:
    /// not_found, unavailable.
    Result<std::int32_t> partition_count();

    /// What has been acknowledged, by partition.
    const std::map<std::int32_t, WrittenRange>& written() const { return written_; }

private:
    struct Pending {
        std::vector<OutgoingRecord> records;
        std::size_t bytes = 0;
        std::size_t sent = 0;   // acknowledged
        std::size_t chunk = 0;  // how many the next batch takes

        std::span<const OutgoingRecord> next() const {
            return std::span{records}.subspan(sent, std::min(chunk, records.size() - sent));
        }
    };
    using PendingByPartition = std::map<std::int32_t, Pending>;

    Result<void> prepare();
    std::int32_t place(const OutgoingRecord& record) const;
    bool has_room(std::int32_t partition, std::size_t size) const;
    Result<void> send_round(PendingByPartition& pending);
    SharedSlice batch_of(std::int32_t partition, std::span<const OutgoingRecord> records);
    Result<void> take_answer(std::int32_t partition, Pending& pending, const ProducedBatch& answer);
    void note(std::int32_t partition, std::size_t count, const ProducedBatch& answer);

    Cluster& cluster_;
    std::string topic_;
    ProducerOptions options_;
    std::optional<ProducerIdentity> identity_;
    std::int32_t partition_count_ = 0;
    std::int32_t keyless_partition_ = 0;
    PendingByPartition pending_;
    std::size_t pending_bytes_ = 0;
    std::map<std::int32_t, std::int32_t> next_sequence_;
    std::map<std::int32_t, WrittenRange> written_;
};

}  // namespace leat::client
