// Kafka's broker keys that a single node accepts without effect, and those that it refuses by name.
#include <algorithm>
#include <array>

#include "broker/config_keys.hpp"

namespace leat::broker {
namespace {

struct Reason {
    std::string_view prefix;  // of the key; a whole key matches itself
    std::string_view why;
};

constexpr std::string_view one_core = "one core thread serves all connections; nothing is pooled";
constexpr std::string_view no_zookeeper =
    "the broker keeps its metadata itself, in log.dirs; the key may go";
constexpr std::string_view one_format = "there is one message format, the newest; the key may go";
constexpr std::string_view own_metrics = "metrics are served in Prometheus' format at /metrics";

constexpr std::array meaningless = {
    Reason{"add.partitions.to.txn.", not_yet},
    Reason{"alter.log.dirs.", one_node},
    Reason{"auto.leader.rebalance.enable", one_node},
    Reason{"background.threads", one_core},
    Reason{"broker.heartbeat.interval.ms", one_node},
    Reason{"broker.rack", one_node},
    Reason{"broker.session.timeout.ms", one_node},
    Reason{"control.plane.listener.name", one_node},
    Reason{"controlled.shutdown.", one_node},
    Reason{"controller.", one_node},
    Reason{"delete.records.purgatory.", one_core},
    Reason{"fetch.purgatory.", one_core},
    Reason{"group.consumer.", not_yet},
    Reason{"group.coordinator.rebalance.protocols",
           "groups use the classic protocol; consumers set group.protocol=classic"},
    Reason{"group.coordinator.", one_core},
    Reason{"group.share.", not_yet},
    Reason{"group.streams.", not_yet},
    Reason{"initial.broker.registration.timeout.ms", one_node},
    Reason{"inter.broker.", one_node},
    Reason{"kafka.metrics.", own_metrics},
    Reason{"leader.imbalance.", one_node},
    Reason{"log.cleaner.io.buffer.size", automatic},
    Reason{"log.cleaner.threads", "one log is compacted at a time"},
    Reason{"log.cleanup.interval.mins", "log.retention.check.interval.ms took its place"},
    Reason{"log.dir.failure.timeout.ms", one_node},
    Reason{"log.flush.scheduler.interval.ms", automatic},
    Reason{"log.flush.start.offset.checkpoint.interval.ms",
           "log starts are saved before a deletion is acknowledged"},
    Reason{"log.message.downconversion.enable", one_format},
    Reason{"log.message.format.version", one_format},
    Reason{"max.connection.creation.rate",
           "new connections are not slowed down; max.connections bounds how many there are"},
    Reason{"metadata.", one_node},
    Reason{"metric.reporters", own_metrics},
    Reason{"metrics.", own_metrics},
    Reason{"num.io.threads", one_core},
    Reason{"num.network.threads", one_core},
    Reason{"num.recovery.threads.per.data.dir", automatic},
    Reason{"num.replica.", one_node},
    Reason{"offsets.commit.required.acks", "a commit is answered when it is synced"},
    Reason{"offsets.commit.timeout.ms", "a commit is answered when it is synced"},
    Reason{"offsets.load.buffer.size", automatic},
    Reason{"offsets.topic.compression.codec", automatic},
    Reason{"offsets.topic.replication.factor", one_node},
    Reason{"process.roles", one_node},
    Reason{"producer.purgatory.", one_core},
    Reason{"queued.max.request.bytes", "leat.request.memory.bytes bounds the memory of requests"},
    Reason{"quota.window.", not_yet},
    Reason{"replica.", one_node},
    Reason{"replication.quota.", one_node},
    Reason{"request.timeout.ms", one_node},
    Reason{"security.inter.broker.protocol", one_node},
    Reason{"share.coordinator.state.topic.min.isr", one_node},
    Reason{"share.coordinator.state.topic.replication.factor", one_node},
    Reason{"share.", not_yet},
    Reason{"socket.connection.setup.", one_node},
    Reason{"socket.receive.buffer.bytes", "the operating system tunes socket buffers"},
    Reason{"socket.send.buffer.bytes", "the operating system tunes socket buffers"},
    Reason{"telemetry.max.bytes", not_yet},
    Reason{"unstable.", not_yet},
    Reason{"transaction.state.log.load.buffer.size", automatic},
    Reason{"transaction.state.log.min.isr", one_node},
    Reason{"transaction.state.log.replication.factor", one_node},
    Reason{"transaction.two.phase.commit.enable", not_yet},
    Reason{"zookeeper.", no_zookeeper},
};

constexpr std::string_view unprotected =
    "this broker has no TLS, SASL or ACLs yet and will not start as if it had; take the key away "
    "and keep the listener on a trusted network";
constexpr std::string_view no_plugins = "this broker loads no Java classes; take the key away";
constexpr std::string_view no_tiers = "there is no tiered storage; take the key away";

constexpr std::string_view by_listeners =
    "Kafka 3 took it away; write listeners=PLAINTEXT://HOST:PORT";
constexpr std::string_view by_advertised =
    "Kafka 3 took it away; write advertised.listeners=PLAINTEXT://HOST:PORT";
constexpr std::string_view per_listener =
    "settings of one listener are not part of this broker yet; take the key away, or set it "
    "without "
    "listener.name.NAME. for all";

constexpr std::array refused_keys = {
    Reason{"advertised.host.name", by_advertised},
    Reason{"advertised.port", by_advertised},
    Reason{"alter.config.policy.class.name", no_plugins},
    Reason{"authorizer.class.name", unprotected},
    Reason{"allow.everyone.if.no.acl.found", unprotected},
    Reason{"client.quota.callback.class", no_plugins},
    Reason{"config.providers", no_plugins},
    Reason{"config.providers.", no_plugins},
    Reason{"connection.failed.authentication.", unprotected},
    Reason{"connections.max.reauth.ms", unprotected},
    Reason{"create.topic.policy.class.name", no_plugins},
    Reason{"delegation.token.", unprotected},
    Reason{"early.start.listeners", unprotected},
    Reason{"host.name", by_listeners},
    Reason{"listener.name.", per_listener},
    Reason{"log.message.timestamp.difference.max.ms",
           "Kafka 4 took it away; set log.message.timestamp.before.max.ms and "
           "log.message.timestamp.after.max.ms"},
    Reason{"max.connections.per.ip.overrides",
           "one limit holds for every address: set max.connections.per.ip, or take the key away"},
    Reason{"port", by_listeners},
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
    return reason_in(refused_keys, name);
}

}  // namespace leat::broker
