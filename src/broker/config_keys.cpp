#include "broker/config_keys.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <vector>

#include "base/nearest.hpp"
#include "base/text.hpp"

namespace leat::broker {
namespace {

using T = ConfigType;

constexpr std::array broker_rows = {
    ConfigKey{
        "advertised.listeners", T::string, std::nullopt,
        "NAME://HOST:PORT for each listener whose clients are to be told another address than "
        "the listener's own. Without it, clients of a wildcard (0.0.0.0, [::], an empty host) "
        "are told the address on which they came in. Needed where clients reach the broker "
        "under an address that this machine does not have: a container's published port, a "
        "load balancer, NAT. Port 0: the one that is bound."},
    ConfigKey{"auto.create.topics.enable", T::boolean, "true",
              "Create a topic when a client that allows it asks for its metadata.", 0, 0, "", true},
    ConfigKey{"broker.id", T::int32, "1", "The number of this node.", 0, int_max},
    ConfigKey{"compression.gzip.level", T::int32, "-1", "Default of the topic key.", -1, 9,
              gzip_levels, true},
    ConfigKey{"compression.lz4.level", T::int32, "9", "Default of the topic key.", 1, 17, "", true},
    ConfigKey{"compression.type", T::string, "producer", "Default of the topic key.", 0, 0, codecs,
              true},
    ConfigKey{"compression.zstd.level", T::int32, "3", "Default of the topic key.", -131072, 22, "",
              true},
    ConfigKey{"connections.max.idle.ms", T::int64, "600000",
              "Close a connection on which nothing happened for this long; -1: never.", -1,
              long_max},
    ConfigKey{"controller.listener.names", T::string, "CONTROLLER",
              "Listeners of these names are skipped: one node has no controllers to talk to."},
    ConfigKey{"default.replication.factor", T::int32, "1",
              "Accepted for Kafka's sake: one node holds one replica.", 1, int_max, "", false, "",
              one_node},
    ConfigKey{"delete.topic.enable", T::boolean, "true", "Whether topics may be deleted."},
    ConfigKey{"fetch.max.bytes", T::int32, "57671680",
              "The most bytes that one fetch is answered with, whatever it asks for.", 1024,
              int_max},
    ConfigKey{"group.initial.rebalance.delay.ms", T::int32, "0",
              "How long a new group waits for more members. Kafka ships 3000; here a first record "
              "need not wait.",
              0, int_max},
    ConfigKey{"group.max.session.timeout.ms", T::int32, "1800000",
              "The longest session that a member may ask for.", 1, int_max},
    ConfigKey{"group.max.size", T::int32, "2147483647", "The most members of one group.", 1,
              int_max},
    ConfigKey{"group.min.session.timeout.ms", T::int32, "6000",
              "The shortest session that a member may ask for.", 1, int_max},
    ConfigKey{"leat.accept.any.replication.factor", T::boolean, "true",
              "Create a topic asked for with a replication factor above 1, with 1; false refuses "
              "it with INVALID_REPLICATION_FACTOR."},
    ConfigKey{"leat.admin.listener", T::string, "127.0.0.1:9644",
              "Where /metrics and /health are served; empty: nowhere."},
    ConfigKey{"leat.disk.threads", T::int32, "4", "Threads for syncs, and as many for cold reads.",
              1, 256},
    ConfigKey{"leat.durability", T::string, "sync",
              "sync: acks=all answers after fdatasync; page-cache: as Kafka, when the operating "
              "system has the bytes.",
              0, 0, "sync,page-cache"},
    ConfigKey{
        "leat.fetch.memory.bytes", T::int64, "268435456",
        "Fetched records that wait to be sent over all connections; the nearer to it, the less "
        "a fetch brings, down to one batch.",
        0, long_max},
    ConfigKey{"leat.free.space.floor.bytes", T::int64, "268435456",
              "Refuse to produce while the disk has fewer free bytes.", 0, long_max},
    ConfigKey{"leat.journal.bytes", T::int64, "33554432",
              "Bytes of the journal, through which what many partitions were given is synced at "
              "once; 0: none, the files of each partition are synced.",
              0, 1 << 30},
    ConfigKey{"leat.max.partitions", T::int32, "100000", "The most partitions of all topics.", 1,
              int_max},
    ConfigKey{"leat.request.memory.bytes", T::int64, "536870912",
              "Bytes of requests held in memory over all connections; beyond, reading pauses.",
              1 << 20, long_max},
    ConfigKey{"leat.tail.cache.bytes", T::int64, "134217728",
              "Memory for the youngest batches, from which consumers at the tail are served.", 0,
              long_max},
    ConfigKey{
        "listener.security.protocol.map", T::string, std::nullopt,
        "NAME:PROTOCOL for each listener, with commas between; by default the names are those "
        "of the protocols. PLAINTEXT is the only protocol today."},
    ConfigKey{"listeners", T::string, "PLAINTEXT://127.0.0.1:9092",
              "NAME://HOST:PORT to listen on, with commas between several, which have different "
              "names and ports. An empty host: every address, IPv4 and IPv6; IPv6 stands in "
              "brackets; port 0 takes a free one."},
    ConfigKey{"log.cleaner.backoff.ms", T::int64, "15000",
              "How long to wait when no log is to be compacted.", 0, long_max, "", true},
    ConfigKey{"log.cleaner.dedupe.buffer.size", T::int64, "134217728",
              "The most memory for the keys of one compaction, 24 bytes each; what does not fit is "
              "left to the next.",
              1024, long_max, "", true},
    ConfigKey{"log.cleaner.delete.retention.ms", T::int64, "86400000",
              "Default of delete.retention.ms.", 0, long_max, "", true},
    ConfigKey{"log.cleaner.enable", T::boolean, "true",
              "Whether logs with cleanup.policy=compact are compacted."},
    ConfigKey{"log.cleaner.io.buffer.load.factor", T::floating, "0.9",
              "How much of log.cleaner.dedupe.buffer.size may be filled.", 0, 1, "", true},
    ConfigKey{"log.cleaner.io.max.bytes.per.second", T::floating, "1.7976931348623157E308",
              "The most bytes that compaction reads and writes in a second.", 1, long_max, "",
              true},
    ConfigKey{"log.cleaner.max.compaction.lag.ms", T::int64, long_max_text,
              "Default of max.compaction.lag.ms.", 1, long_max, "", true},
    ConfigKey{"log.cleaner.min.cleanable.ratio", T::floating, "0.5",
              "Default of min.cleanable.dirty.ratio.", 0, 1, "", true},
    ConfigKey{"log.cleaner.min.compaction.lag.ms", T::int64, "0",
              "Default of min.compaction.lag.ms.", 0, long_max, "", true},
    ConfigKey{"log.cleanup.policy", T::list, "delete", "Default of cleanup.policy.", 0, 0,
              "delete,compact", true},
    ConfigKey{"log.dirs", T::string, "leat-data", "The data directory: one."},
    ConfigKey{"log.flush.interval.messages", T::int64, long_max_text, "Default of flush.messages.",
              1, long_max, "", true},
    ConfigKey{"log.flush.interval.ms", T::int64, std::nullopt, "Default of flush.ms.", 0, long_max,
              "", true},
    ConfigKey{"log.flush.offset.checkpoint.interval.ms", T::int32, "60000",
              "How often recovery points are saved.", 0, int_max},
    ConfigKey{"log.index.interval.bytes", T::int32, "4096", "Default of index.interval.bytes.", 0,
              int_max, "", true},
    ConfigKey{"log.index.size.max.bytes", T::int32, "10485760", "Default of segment.index.bytes.",
              4, int_max, "", true},
    ConfigKey{"log.local.retention.bytes", T::int64, "-2", "Default of local.retention.bytes.", -2,
              long_max, "", true, "", no_tiered_storage},
    ConfigKey{"log.local.retention.ms", T::int64, "-2", "Default of local.retention.ms.", -2,
              long_max, "", true, "", no_tiered_storage},
    ConfigKey{"log.message.timestamp.after.max.ms", T::int64, "3600000",
              "Default of message.timestamp.after.max.ms.", 0, long_max, "", true},
    ConfigKey{"log.message.timestamp.before.max.ms", T::int64, long_max_text,
              "Default of message.timestamp.before.max.ms.", 0, long_max, "", true},
    ConfigKey{"log.message.timestamp.type", T::string, "CreateTime",
              "Default of message.timestamp.type.", 0, 0, "CreateTime,LogAppendTime", true},
    ConfigKey{"log.preallocate", T::boolean, "false", "Default of preallocate.", 0, 0, "", true, "",
              automatic},
    ConfigKey{"log.retention.bytes", T::int64, "-1", "Default of retention.bytes.", long_min,
              long_max, "", true},
    ConfigKey{"log.retention.check.interval.ms", T::int64, "300000",
              "How often retention is applied.", 1, long_max},
    ConfigKey{"log.retention.hours", T::int32, "168",
              "Default of retention.ms, in hours, if neither minutes nor ms are given.", -1,
              int_max},
    ConfigKey{"log.retention.minutes", T::int32, std::nullopt,
              "Default of retention.ms, in minutes, if ms are not given.", -1, int_max},
    ConfigKey{"log.retention.ms", T::int64, std::nullopt, "Default of retention.ms.", -1, long_max,
              "", true},
    ConfigKey{"log.roll.hours", T::int32, "168",
              "Default of segment.ms, in hours, if ms are not given.", 1, int_max},
    ConfigKey{"log.roll.jitter.hours", T::int32, "0",
              "Default of segment.jitter.ms, in hours, if ms are not given.", 0, int_max, "", false,
              "", automatic},
    ConfigKey{"log.roll.jitter.ms", T::int64, std::nullopt, "Default of segment.jitter.ms.", 0,
              long_max, "", true, "", automatic},
    ConfigKey{"log.roll.ms", T::int64, std::nullopt, "Default of segment.ms.", 1, long_max, "",
              true},
    ConfigKey{"log.segment.bytes", T::int32, "1073741824", "Default of segment.bytes.", 1 << 14,
              int_max, "", true},
    ConfigKey{"log.segment.delete.delay.ms", T::int64, "60000", "Default of file.delete.delay.ms.",
              0, long_max, "", true},
    ConfigKey{
        "max.connections", T::int32, "10000",
        "The most open connections, at most half of the files that the process may open; a further "
        "one is closed at once.",
        1, int_max, "", true},
    ConfigKey{"max.connections.per.ip", T::int32, "2147483647",
              "The most open connections of one address.", 1, int_max, "", true},
    ConfigKey{"max.incremental.fetch.session.cache.slots", T::int32, "1000",
              "The most fetch sessions (KIP-227) held at once.", 0, int_max},
    ConfigKey{"max.request.partition.size.limit", T::int32, "2000",
              "The most partitions that one DescribeTopicPartitions answers with.", 1, int_max},
    ConfigKey{"message.max.bytes", T::int32, "1048588", "Default of max.message.bytes.", 0, int_max,
              "", true},
    ConfigKey{"min.insync.replicas", T::int32, "1",
              "Accepted for Kafka's sake: one node is its own in-sync set.", 1, int_max, "", true,
              "", one_node},
    ConfigKey{"node.id", T::int32, "1", "The number of this node.", 0, int_max},
    ConfigKey{"num.partitions", T::int32, "1", "Partitions of a topic that names no number.", 1,
              int_max, "", true},
    ConfigKey{"offset.metadata.max.bytes", T::int32, "4096",
              "The longest metadata of a committed offset.", 0, int_max},
    ConfigKey{"offsets.retention.check.interval.ms", T::int64, "600000",
              "How often expired offsets are looked for.", 1, long_max},
    ConfigKey{"offsets.retention.minutes", T::int32, "10080",
              "How long offsets outlive their group's last member.", 1, int_max},
    ConfigKey{"offsets.topic.num.partitions", T::int32, "50",
              "Partitions of __consumer_offsets, fixed when it is created.", 1, 1000},
    ConfigKey{"offsets.topic.segment.bytes", T::int32, "104857600",
              "segment.bytes of __consumer_offsets.", 1 << 14, int_max},
    ConfigKey{"producer.id.expiration.ms", T::int32, "86400000",
              "How long the state of a silent idempotent producer is kept.", 1, int_max, "", true},
    ConfigKey{"queued.max.requests", T::int32, "64",
              "Requests of one connection that may wait for answers; beyond, it is not read.", 1,
              int_max},
    ConfigKey{"socket.listen.backlog.size", T::int32, "1024",
              "Connections that may wait to be accepted.", 1, int_max},
    ConfigKey{"socket.request.max.bytes", T::int32, "104857600",
              "The largest request; a larger one closes its connection.", 1, int_max},
    ConfigKey{
        "transaction.abort.timed.out.transaction.cleanup.interval.ms", T::int32, "10000",
        "How often transactions that are older than their timeout are looked for, and aborted.", 1,
        int_max},
    ConfigKey{"transaction.max.timeout.ms", T::int32, "900000",
              "The longest timeout of its transactions that a producer may ask for.", 1, int_max},
    ConfigKey{"transaction.partition.verification.enable", T::boolean, "true",
              "Refuse a transactional batch for a partition that was not added to the transaction.",
              0, 0, "", true},
    ConfigKey{"transaction.remove.expired.transaction.cleanup.interval.ms", T::int32, "3600000",
              "How often transactional ids that are not used any more are looked for.", 1, int_max},
    ConfigKey{"transaction.state.log.num.partitions", T::int32, "50",
              "Partitions of __transaction_state; not to be changed once it exists.", 1, int_max},
    ConfigKey{"transaction.state.log.segment.bytes", T::int32, "104857600",
              "Segment size of __transaction_state.", 1, int_max},
    ConfigKey{"transactional.id.expiration.ms", T::int32, "604800000",
              "A transactional id that was not used for so long is forgotten.", 1, int_max},
    ConfigKey{"unclean.leader.election.enable", T::boolean, "false", "Default of the topic key.", 0,
              0, "", true, "", one_node},
};

const ConfigKey* find(std::span<const ConfigKey> rows, std::string_view name) {
    const auto at = std::ranges::find(rows, name, &ConfigKey::name);
    return at == rows.end() ? nullptr : &*at;
}

Error unknown(std::span<const ConfigKey> rows, std::string_view name) {
    std::vector<std::string_view> names;
    for (const auto& row : rows) names.push_back(row.name);
    return {Errc::invalid_argument, unknown_name("configuration key", name, names)};
}

Error bad_value(const ConfigKey& key, std::string_view value, const std::string& rule) {
    return {Errc::invalid_argument, "invalid value '" + std::string{value} + "' for "
                                        + std::string{key.name} + ": it must be " + rule};
}

bool is_one_of(std::string_view value, std::string_view choices) {
    while (!choices.empty()) {
        const auto comma = std::min(choices.find(','), choices.size());
        if (choices.substr(0, comma) == value) return true;
        choices.remove_prefix(std::min(comma + 1, choices.size()));
    }
    return false;
}

// One plus may stand before a number.
std::string_view without_plus(std::string_view value) {
    return value.substr(value.starts_with('+') && !value.starts_with("+-") ? 1 : 0);
}

Result<std::string> canonical_integer(const ConfigKey& key, std::string_view value) {
    std::int64_t number = 0;
    const auto digits = without_plus(value);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc{} || end != digits.data() + digits.size())
        return bad_value(key, value, "a whole number");
    const auto most = key.type == T::int64 ? key.max : std::min<std::int64_t>(key.max, int_max);
    if (number < key.min || number > most)
        return bad_value(key, value,
                         "between " + std::to_string(key.min) + " and " + std::to_string(most));
    if (!key.one_of.empty() && !is_one_of(std::to_string(number), key.one_of))
        return bad_value(key, value, "one of: " + std::string{key.one_of});
    return std::to_string(number);
}

// As Java writes a double: digits with a point, and an exponent if it is small or large.
std::string as_java_double(double number) {
    std::array<char, 32> buffer{};
    const auto size = std::abs(number);
    const bool plain = number == 0 || (size >= 1e-3 && size < 1e7);
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number,
                                   plain ? std::chars_format::fixed : std::chars_format::scientific)
                         .ptr;
    std::string_view text{buffer.data(), end};
    const auto mantissa = text.substr(0, text.find('e'));
    std::string shown{mantissa};
    if (mantissa.find('.') == std::string_view::npos) shown += ".0";
    if (mantissa.size() == text.size()) return shown;
    auto exponent = text.substr(mantissa.size() + 1);
    const bool negative = exponent.front() == '-';
    exponent.remove_prefix(std::min(exponent.find_first_of("123456789"), exponent.size()));
    return shown.append(negative ? "E-" : "E").append(exponent);
}

Result<std::string> canonical_floating(const ConfigKey& key, std::string_view value) {
    double number = 0;
    auto digits = without_plus(value);
    if (!digits.empty() && std::string_view{"fFdD"}.find(digits.back()) != std::string_view::npos)
        digits.remove_suffix(1);  // Java's suffixes of a literal
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const bool whole = error == std::errc{} && end == digits.data() + digits.size();
    if (!whole || !std::isfinite(number)
        || !(number >= static_cast<double>(key.min)
             && (number <= static_cast<double>(key.max) || key.max == long_max)))
        return bad_value(
            key, value,
            "a number between " + std::to_string(key.min) + " and " + std::to_string(key.max));
    return as_java_double(number);
}

Result<std::string> canonical_boolean(const ConfigKey& key, std::string_view value) {
    std::string lower{value};
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
    if (lower != "true" && lower != "false") return bad_value(key, value, "true or false");
    if (!key.one_of.empty() && lower != key.one_of)
        return bad_value(key, value, std::string{key.one_of});
    return lower;
}

// PARTITION:BROKER, as in Kafka's throttled replicas.
bool is_replica(std::string_view element) {
    constexpr std::string_view digits = "0123456789";
    const auto colon = element.find(':');
    if (colon == 0 || colon == std::string_view::npos || colon + 1 == element.size()) return false;
    return element.substr(0, colon).find_first_not_of(digits) == std::string_view::npos
           && element.substr(colon + 1).find_first_not_of(digits) == std::string_view::npos;
}

Result<std::string> canonical_list(const ConfigKey& key, std::string_view value) {
    std::string list;
    for (const auto element : split_list(value)) {
        const bool replicas = key.one_of == replicas_or_all;
        if (replicas ? element != "*" && !is_replica(element)
                     : !key.one_of.empty() && !is_one_of(element, key.one_of))
            return bad_value(key, element, "of: " + std::string{key.one_of});
        list.append(list.empty() ? "" : ",").append(element);
    }
    return list;
}

}  // namespace

std::span<const ConfigKey> broker_keys() { return broker_rows; }
const ConfigKey* find_broker_key(std::string_view name) { return find(broker_rows, name); }
const ConfigKey* find_topic_key(std::string_view name) { return find(topic_keys(), name); }
Error unknown_broker_key(std::string_view name) { return unknown(broker_rows, name); }
Error unknown_topic_key(std::string_view name) { return unknown(topic_keys(), name); }

Result<std::string> canonical_value(const ConfigKey& key, std::string_view value) {
    value = trimmed(value);
    switch (key.type) {
        case T::boolean:
            return canonical_boolean(key, value);
        case T::int16:
        case T::int32:
        case T::int64:
            return canonical_integer(key, value);
        case T::list:
            return canonical_list(key, value);
        case T::floating:
            return canonical_floating(key, value);
        case T::string:
            break;
    }
    if (!key.one_of.empty() && !is_one_of(value, key.one_of))
        return bad_value(key, value, "one of: " + std::string{key.one_of});
    return std::string{value};
}

std::optional<std::string_view> why_without_effect(const ConfigKey& key, std::string_view value) {
    if (key.no_effect.empty() || value == key.default_value) return std::nullopt;
    return key.no_effect;
}

}  // namespace leat::broker
