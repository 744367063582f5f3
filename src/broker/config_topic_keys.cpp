// The keys of a topic: those of Kafka's LogConfig, with its ranges.
#include <array>

#include "broker/config_keys.hpp"

namespace leat::broker {
namespace {

using T = ConfigType;

constexpr std::array topic_rows = {
    ConfigKey{"cleanup.policy", T::list, "delete",
              "What happens to old segments; empty keeps them for ever.", 0, 0, "delete,compact",
              true, "log.cleanup.policy"},
    ConfigKey{"compression.gzip.level", T::int32, "-1",
              "How hard gzip tries where compression.type is gzip; -1: as its level 6.", -1, 9,
              gzip_levels, true, "compression.gzip.level"},
    ConfigKey{"compression.lz4.level", T::int32, "9",
              "How hard lz4 tries where compression.type is lz4. As with Kafka, 9 is the fast "
              "compressor, any other the slower, thorough one; above 12 it tries no harder.",
              1, 17, "", true, "compression.lz4.level"},
    ConfigKey{"compression.type", T::string, "producer",
              "How batches are stored: as the producer sent them, or compressed anew if they came "
              "under another codec.",
              0, 0, codecs, true, "compression.type"},
    ConfigKey{"compression.zstd.level", T::int32, "3",
              "How hard zstd tries where compression.type is zstd.", -131072, 22, "", true,
              "compression.zstd.level"},
    ConfigKey{"delete.retention.ms", T::int64, "86400000",
              "How long a compacted topic keeps tombstones.", 0, long_max, "", true,
              "log.cleaner.delete.retention.ms"},
    ConfigKey{"file.delete.delay.ms", T::int64, "60000",
              "How long a deleted segment's files are kept.", 0, long_max, "", true,
              "log.segment.delete.delay.ms"},
    ConfigKey{"flush.messages", T::int64, long_max_text,
              "Sync after this many messages, before they are acknowledged.", 1, long_max, "", true,
              "log.flush.interval.messages"},
    ConfigKey{"flush.ms", T::int64, long_max_text, "Sync what is older than this.", 0, long_max, "",
              true, "log.flush.interval.ms"},
    ConfigKey{"follower.replication.throttled.replicas", T::list, "",
              "Replicas whose fetching is throttled.", 0, 0, replicas_or_all, true, "", one_node},
    ConfigKey{"index.interval.bytes", T::int32, "4096", "Bytes between entries of an index.", 0,
              int_max, "", true, "log.index.interval.bytes"},
    ConfigKey{"leader.replication.throttled.replicas", T::list, "",
              "Replicas whose leader is throttled.", 0, 0, replicas_or_all, true, "", one_node},
    ConfigKey{"local.retention.bytes", T::int64, "-2", "Of tiered storage; -2: as retention.bytes.",
              -2, long_max, "", true, "log.local.retention.bytes", no_tiered_storage},
    ConfigKey{"local.retention.ms", T::int64, "-2", "Of tiered storage; -2: as retention.ms.", -2,
              long_max, "", true, "log.local.retention.ms", no_tiered_storage},
    ConfigKey{"max.compaction.lag.ms", T::int64, long_max_text,
              "The longest that a record stays uncompacted.", 1, long_max, "", true,
              "log.cleaner.max.compaction.lag.ms"},
    ConfigKey{"max.message.bytes", T::int32, "1048588", "The largest batch.", 0, int_max, "", true,
              "message.max.bytes"},
    ConfigKey{"message.timestamp.after.max.ms", T::int64, "3600000",
              "How far a record's time may lie in the future.", 0, long_max, "", true,
              "log.message.timestamp.after.max.ms"},
    ConfigKey{"message.timestamp.before.max.ms", T::int64, long_max_text,
              "How far a record's time may lie in the past.", 0, long_max, "", true,
              "log.message.timestamp.before.max.ms"},
    ConfigKey{"message.timestamp.type", T::string, "CreateTime",
              "Whether records carry the producer's time or the broker's.", 0, 0,
              "CreateTime,LogAppendTime", true, "log.message.timestamp.type"},
    ConfigKey{"min.cleanable.dirty.ratio", T::floating, "0.5",
              "How much of a log must be dirty to be compacted.", 0, 1, "", true,
              "log.cleaner.min.cleanable.ratio"},
    ConfigKey{"min.compaction.lag.ms", T::int64, "0",
              "The shortest that a record stays uncompacted.", 0, long_max, "", true,
              "log.cleaner.min.compaction.lag.ms"},
    ConfigKey{"min.insync.replicas", T::int32, "1",
              "Accepted for Kafka's sake: one node is its own in-sync set.", 1, int_max, "", true,
              "min.insync.replicas", one_node},
    ConfigKey{"preallocate", T::boolean, "false", "Reserve a segment's room when it is begun.", 0,
              0, "", true, "log.preallocate", automatic},
    ConfigKey{"remote.log.copy.disable", T::boolean, "false",
              "Of tiered storage, which there is none of.", 0, 0, "false", true},
    ConfigKey{"remote.log.delete.on.disable", T::boolean, "false",
              "Of tiered storage, which there is none of.", 0, 0, "false", true},
    ConfigKey{"remote.storage.enable", T::boolean, "false",
              "Of tiered storage, which there is none of.", 0, 0, "false", true},
    ConfigKey{"retention.bytes", T::int64, "-1",
              "Delete the oldest segments of a partition larger than this; below 0: no limit.",
              long_min, long_max, "", true, "log.retention.bytes"},
    ConfigKey{"retention.ms", T::int64, "604800000",
              "Delete segments whose records are all older; -1: no limit.", -1, long_max, "", true,
              "log.retention.ms"},
    ConfigKey{"segment.bytes", T::int32, "1073741824", "The largest segment.", 1 << 14, int_max, "",
              true, "log.segment.bytes"},
    ConfigKey{"segment.index.bytes", T::int32, "10485760", "The largest index of a segment.", 4,
              int_max, "", true, "log.index.size.max.bytes"},
    ConfigKey{"segment.jitter.ms", T::int64, "0", "Spreads the starts of new segments.", 0,
              long_max, "", true, "log.roll.jitter.ms", automatic},
    ConfigKey{"segment.ms", T::int64, "604800000", "Start a new segment after this long.", 1,
              long_max, "", true, "log.roll.ms"},
    ConfigKey{"unclean.leader.election.enable", T::boolean, "false",
              "Whether a replica that lags may lead.", 0, 0, "", true,
              "unclean.leader.election.enable", one_node},
};

}  // namespace

std::span<const ConfigKey> topic_keys() { return topic_rows; }

}  // namespace leat::broker
