// Kafka's keys that a single node accepts without effect, and those that it refuses by name.
#include <algorithm>
#include <array>

#include "broker/config_keys.hpp"

namespace leat::broker {
namespace {

struct Reason {
    std::string_view prefix;  // of the key; a whole key matches itself
    std::string_view why;
};

constexpr std::string_view one_node = "there is one node, so nothing is replicated or elected";
constexpr std::string_view one_core = "one core thread serves all connections; nothing is pooled";
constexpr std::string_view later = "the feature that it tunes is not part of this broker yet";
constexpr std::string_view own_metrics = "metrics are served in Prometheus' format at /metrics";
constexpr std::string_view automatic = "the broker adapts this by itself";

constexpr std::array meaningless = {
    Reason{"add.partitions.to.txn.", later},
    Reason{"alter.log.dirs.", one_node},
    Reason{"auto.leader.rebalance.enable", one_node},
    Reason{"background.threads", one_core},
    Reason{"broker.heartbeat.interval.ms", one_node},
    Reason{"broker.rack", one_node},
    Reason{"broker.session.timeout.ms", one_node},
    Reason{"compression.gzip.level", automatic},
    Reason{"compression.lz4.level", automatic},
    Reason{"compression.zstd.level", automatic},
    Reason{"controlled.shutdown.", one_node},
    Reason{"controller.", one_node},
    Reason{"delete.records.purgatory.", one_core},
    Reason{"fetch.purgatory.", one_core},
    Reason{"group.consumer.", later},
    Reason{"group.coordinator.", one_core},
    Reason{"group.share.", later},
    Reason{"group.streams.", later},
    Reason{"initial.broker.registration.timeout.ms", one_node},
    Reason{"inter.broker.", one_node},
    Reason{"kafka.metrics.", own_metrics},
    Reason{"leader.imbalance.", one_node},
    Reason{"listener.security.protocol.map", "every listener is PLAINTEXT"},
    Reason{"log.cleaner.", later},
    Reason{"log.dir.failure.timeout.ms", one_node},
    Reason{"log.flush.scheduler.interval.ms", automatic},
    Reason{"log.flush.start.offset.checkpoint.interval.ms",
           "log starts are saved before a deletion is acknowledged"},
    Reason{"log.preallocate", automatic},
    Reason{"log.roll.jitter.", one_node},
    Reason{"metadata.", one_node},
    Reason{"metric.reporters", own_metrics},
    Reason{"metrics.", own_metrics},
    Reason{"num.io.threads", one_core},
    Reason{"num.network.threads", one_core},
    Reason{"num.recovery.threads.per.data.dir", automatic},
    Reason{"num.replica.", one_node},
    Reason{"offsets.commit.timeout.ms", "a commit is answered when it is synced"},
    Reason{"offsets.load.buffer.size", automatic},
    Reason{"offsets.topic.compression.codec", automatic},
    Reason{"offsets.topic.replication.factor", one_node},
    Reason{"process.roles", one_node},
    Reason{"producer.purgatory.", one_core},
    Reason{"queued.max.request.bytes", "leat.request.memory.bytes bounds the memory of requests"},
    Reason{"quota.window.", later},
    Reason{"replica.", one_node},
    Reason{"replication.quota.", one_node},
    Reason{"request.timeout.ms", one_node},
    Reason{"security.inter.broker.protocol", one_node},
    Reason{"share.", later},
    Reason{"socket.connection.setup.", one_node},
    Reason{"socket.receive.buffer.bytes", "the operating system tunes socket buffers"},
    Reason{"socket.send.buffer.bytes", "the operating system tunes socket buffers"},
    Reason{"telemetry.max.bytes", later},
    Reason{"transaction.", later},
    Reason{"transactional.id.expiration.ms", later},
    Reason{"unclean.leader.election.enable", one_node},
    // Of topics:
    Reason{"delete.retention.ms", later},
    Reason{"follower.replication.", one_node},
    Reason{"leader.replication.", one_node},
    Reason{"local.retention.", later},
    Reason{"max.compaction.lag.ms", later},
    Reason{"min.cleanable.dirty.ratio", later},
    Reason{"min.compaction.lag.ms", later},
    Reason{"preallocate", automatic},
    Reason{"segment.jitter.ms", one_node},
};

constexpr std::string_view unprotected =
    "this broker has no TLS, SASL or ACLs yet and will not start as if it had; take the key away "
    "and keep the listener on a trusted network";
constexpr std::string_view no_plugins = "this broker loads no Java classes; take the key away";
constexpr std::string_view no_tiers = "there is no tiered storage; take the key away";

constexpr std::array refused = {
    Reason{"alter.config.policy.class.name", no_plugins},
    Reason{"authorizer.class.name", unprotected},
    Reason{"allow.everyone.if.no.acl.found", unprotected},
    Reason{"client.quota.callback.class", no_plugins},
    Reason{"connection.failed.authentication.", unprotected},
    Reason{"connections.max.reauth.ms", unprotected},
    Reason{"create.topic.policy.class.name", no_plugins},
    Reason{"delegation.token.", unprotected},
    Reason{"early.start.listeners", unprotected},
    Reason{"principal.builder.class", no_plugins},
    Reason{"remote.", no_tiers},
    Reason{"sasl.", unprotected},
    Reason{"security.providers", unprotected},
    Reason{"ssl.", unprotected},
    Reason{"super.users", unprotected},
};

std::optional<std::string_view> reason_in(std::span<const Reason> rows, std::string_view name) {
    const auto at = std::ranges::find_if(rows, [&](const Reason& row) {
        return row.prefix.ends_with('.') ? name.starts_with(row.prefix) : name == row.prefix;
    });
    if (at == rows.end()) return std::nullopt;
    return at->why;
}

}  // namespace

std::optional<std::string_view> why_meaningless(std::string_view name) {
    return reason_in(meaningless, name);
}
std::optional<std::string_view> why_refused(std::string_view name) {
    return reason_in(refused, name);
}

}  // namespace leat::broker
