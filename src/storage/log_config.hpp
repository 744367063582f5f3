// A topic's settings as its logs see them: Kafka's topic keys as fields.
#pragma once

#include <cstdint>
#include <limits>

namespace leat::storage {

/// `message.timestamp.type`.
enum class TimestampType { create_time, log_append_time };

/// When appended records count as safe, and so when the high watermark passes them.
enum class Durability {
    sync,        // after fdatasync (the default)
    page_cache,  // once the operating system has them, as Kafka does; flush.messages still holds
};

/// Kafka's defaults. Sizes in bytes, times in milliseconds; -1 in `retention_*` means no limit.
struct LogConfig {
    std::int64_t segment_bytes = std::int64_t{1} << 30;                 // segment.bytes
    std::int64_t segment_ms = std::int64_t{7} * 24 * 3600 * 1000;       // segment.ms
    std::int64_t segment_index_bytes = std::int64_t{10} * 1024 * 1024;  // segment.index.bytes
    std::int64_t index_interval_bytes = 4096;                           // index.interval.bytes
    std::int64_t retention_bytes = -1;                                  // retention.bytes
    std::int64_t retention_ms = std::int64_t{7} * 24 * 3600 * 1000;     // retention.ms
    bool cleanup_compact = false;                   // has compact: offsets may have gaps
    bool cleanup_delete = true;                     // cleanup.policy has delete
    std::int64_t file_delete_delay_ms = 60'000;     // file.delete.delay.ms
    std::int64_t delete_retention_ms = 86'400'000;  // delete.retention.ms
    std::int64_t min_compaction_lag_ms = 0;         // min.compaction.lag.ms
    std::int64_t max_compaction_lag_ms = std::numeric_limits<std::int64_t>::max();
    double min_cleanable_dirty_ratio = 0.5;  // min.cleanable.dirty.ratio
    std::int64_t flush_messages = std::numeric_limits<std::int64_t>::max();  // flush.messages
    std::int64_t flush_ms = std::numeric_limits<std::int64_t>::max();        // flush.ms
    TimestampType timestamp_type = TimestampType::create_time;  // message.timestamp.type
    std::int64_t producer_id_expiration_ms = 86'400'000;  // producer.id.expiration.ms (broker)
    Durability durability = Durability::sync;             // no Kafka key: Leat's switch
    /// How much may be appended before indexes and producer state are saved and, in page-cache
    /// mode, synced: bounds the work of a recovery.
    std::int64_t checkpoint_bytes = std::int64_t{64} * 1024 * 1024;
    /// In page-cache mode not sooner after the last sync than this, when the kernel has begun to
    /// write it anyway (vm.dirty_expire_centisecs): a burst is not held up by the disk.
    std::int64_t checkpoint_ms = 30'000;
};

}  // namespace leat::storage
