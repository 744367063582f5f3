// Routing: which broker answers which question, and when to ask again.
#include "client/cluster.hpp"

#include <algorithm>

#include "client/bootstrap.hpp"
#include "kafka/messages/group.hpp"

namespace leat::client {
namespace {

using kafka::ErrorCode;

// Metadata v0 has no controller and v1 no cluster id; both are optional to us.
constexpr std::int32_t unknown_node = -1;

// How long a broker may take to create a topic that was asked for by name.
constexpr std::chrono::milliseconds creation_time{5'000};

std::string joined(const std::vector<HostPort>& peers) {
    std::string text;
    for (const auto& peer : peers) text.append(text.empty() ? "" : ", ").append(peer.to_string());
    return text;
}

Error cannot_reach(const std::vector<HostPort>& peers, const Error& last) {
    std::string what = peers.size() == 1 ? "cannot reach " : "cannot reach any of ";
    what.append(joined(peers)).append(": ").append(last.what);
    what.append(
        "; is the broker running there, and is the address right (--bootstrap or "
        "LEAT_BOOTSTRAP)?");
    return {last.code == Errc::timed_out ? Errc::timed_out : Errc::unavailable, what, true};
}

}  // namespace

Error broker_error(std::string_view doing, ErrorCode code,
                   const std::optional<std::string>& message) {
    Errc kind = Errc::invalid_argument;
    switch (code) {
        case ErrorCode::unknown_topic_or_partition:
        case ErrorCode::unknown_topic_id:
        case ErrorCode::group_id_not_found:
        case ErrorCode::transactional_id_not_found:
            kind = Errc::not_found;
            break;
        case ErrorCode::topic_already_exists:
            kind = Errc::already_exists;
            break;
        default:
            if (kafka::is_retriable(code)) kind = Errc::unavailable;
    }
    std::string what = "cannot ";
    what.append(doing).append(": ").append(name_of(code));
    if (message && !message->empty()) what.append(": ").append(*message);
    return {kind, what, kafka::is_retriable(code)};
}

Result<Cluster> Cluster::connect(ClusterOptions options) {
    auto bootstrap = parse_bootstrap(options.bootstrap);
    if (!bootstrap) return bootstrap.error();
    Cluster cluster{std::move(options), std::move(*bootstrap)};
    const auto patience = now() + cluster.options_.first_contact;
    for (;;) {
        auto reached = cluster.refresh_brokers(now() + cluster.options_.timeout);
        if (reached) return cluster;
        if (!reached.error().retriable || now() >= patience) return reached.error();
        pause_for(cluster.options_.retry_backoff);
    }
}

void Cluster::set_interrupt(int descriptor) {
    options_.connection.interrupt = descriptor;
    any_.reset();
    nodes_.clear();
}

Result<Connection*> Cluster::connection_to_node(std::int32_t node_id) {
    return node_connection(node_id, now() + options_.timeout);
}

bool Cluster::wait_to_retry(const Target& target, MonoTime deadline) {
    if (now() + options_.retry_backoff >= deadline) return false;
    pause_for(options_.retry_backoff, options_.connection.interrupt);
    topics_.clear();
    coordinators_.erase({target.kind, target.key});
    if (target.kind == Target::Kind::controller) controller_id_ = unknown_node;
    return true;
}

Result<Connection*> Cluster::connection_to(const Target& target, MonoTime deadline) {
    switch (target.kind) {
        case Target::Kind::any:
            return any_connection(deadline);
        case Target::Kind::node:
            return node_connection(target.node_id, deadline);
        case Target::Kind::controller: {
            if (controller_id_ == unknown_node)
                if (auto fresh = refresh_brokers(deadline); !fresh) return fresh.error();
            if (controller_id_ == unknown_node) return any_connection(deadline);
            return node_connection(controller_id_, deadline);
        }
        case Target::Kind::group_coordinator:
        case Target::Kind::transaction_coordinator: {
            auto node = coordinator_of(target, deadline);
            if (!node) return node.error();
            return node_connection(*node, deadline);
        }
    }
    return any_connection(deadline);
}

Result<Connection*> Cluster::any_connection(MonoTime deadline) {
    if (any_ && !any_->broken()) return any_.get();
    std::vector<HostPort> peers = bootstrap_;
    for (const auto& broker : brokers_) {
        HostPort peer{broker.host, static_cast<std::uint16_t>(broker.port)};
        if (std::ranges::find(peers, peer) == peers.end()) peers.push_back(std::move(peer));
    }
    Error last;
    for (const auto& peer : peers) {
        const auto until = std::min(deadline, now() + options_.connect_timeout);
        auto opened = Connection::open(peer, options_.connection, until);
        if (opened) {
            any_ = std::make_unique<Connection>(std::move(*opened));
            return any_.get();
        }
        last = opened.error();
        if (last.code == Errc::unsupported || last.code == Errc::corrupt
            || last.code == Errc::cancelled)
            return last;
    }
    return cannot_reach(peers, last);
}

Result<Connection*> Cluster::node_connection(std::int32_t node_id, MonoTime deadline) {
    auto& known = nodes_[node_id];
    if (known && !known->broken()) return known.get();
    const auto find = [&] {
        return std::ranges::find(brokers_, node_id, &Metadata::MetadataResponseBroker::node_id);
    };
    if (known || find() == brokers_.end())
        if (auto fresh = refresh_brokers(deadline); !fresh) return fresh.error();
    const auto broker = find();
    if (broker == brokers_.end())
        return Error{Errc::unavailable,
                     "broker " + std::to_string(node_id) + " is not in the cluster now", true};
    const HostPort peer{broker->host, static_cast<std::uint16_t>(broker->port)};
    const auto until = std::min(deadline, now() + options_.connect_timeout);
    auto opened = Connection::open(peer, options_.connection, until);
    if (!opened) {
        if (!opened.error().retriable) return opened.error();
        auto error = cannot_reach({peer}, opened.error());
        error.what +=
            " It is the address that the cluster gives for broker " + std::to_string(node_id) + ".";
        return error;
    }
    known = std::make_unique<Connection>(std::move(*opened));
    return known.get();
}

Result<std::int32_t> Cluster::coordinator_of(const Target& target, MonoTime deadline) {
    const std::pair name{target.kind, target.key};
    if (const auto known = coordinators_.find(name); known != coordinators_.end())
        return known->second;
    const bool is_group = target.kind == Target::Kind::group_coordinator;
    kafka::FindCoordinatorRequest request;
    request.key = target.key;
    request.key_type = is_group ? 0 : 1;
    request.coordinator_keys = {target.key};
    auto response = attempt<kafka::FindCoordinatorResponse>(Target::any(), request, deadline,
                                                            Connection::any_version);
    if (!response) return response.error();
    auto code = response->error_code;
    auto message = response->error_message;
    auto node = response->node_id;
    if (!response->coordinators.empty()) {
        code = response->coordinators.front().error_code;
        message = response->coordinators.front().error_message;
        node = response->coordinators.front().node_id;
    }
    if (code != ErrorCode::none)
        return broker_error(std::string{"find the coordinator of "}
                                + (is_group ? "group '" : "transactional id '") + target.key + "'",
                            code, message);
    return coordinators_[name] = node;
}

Result<Metadata> Cluster::ask_metadata(const kafka::MetadataRequest& request, MonoTime deadline) {
    auto response = attempt<Metadata>(Target::any(), request, deadline, Connection::any_version);
    if (response) learn(*response);
    return response;
}

Result<void> Cluster::refresh_brokers(MonoTime deadline) {
    kafka::MetadataRequest request;
    request.topics.emplace();
    request.allow_auto_topic_creation = false;
    auto response = ask_metadata(request, deadline);
    if (!response) return response.error();
    return {};
}

void Cluster::learn(const Metadata& metadata) {
    if (!metadata.brokers.empty()) brokers_ = metadata.brokers;
    controller_id_ = metadata.controller_id;
    if (metadata.cluster_id) cluster_id_ = *metadata.cluster_id;
    for (const auto& topic : metadata.topics)
        if (topic.error_code == ErrorCode::none && topic.name) topics_[*topic.name] = topic;
}

Result<Metadata> Cluster::metadata(std::optional<std::vector<std::string>> topics, bool create) {
    kafka::MetadataRequest request;
    request.allow_auto_topic_creation = create;
    if (topics) {
        request.topics.emplace();
        for (auto& name : *topics) request.topics->push_back({{}, std::move(name)});
    }
    auto response = call<Metadata>(Target::any(), request, {.retry_codes = false});
    if (response) learn(*response);
    return response;
}

Result<Topic> Cluster::topic(const std::string& name, bool create) {
    if (const auto known = topics_.find(name); known != topics_.end()) return known->second;
    const auto started = now();
    for (;;) {
        auto response = metadata(std::vector{name}, create);
        if (!response) return response.error();
        if (response->topics.empty())
            return Error{Errc::corrupt, "the broker did not answer for topic '" + name + "'"};
        auto& found = response->topics.front();
        if (found.error_code == ErrorCode::none) return found;
        // A topic in the making is unknown or without a leader for a moment.
        const bool unknown = found.error_code == ErrorCode::unknown_topic_or_partition;
        const bool soon = unknown ? create : found.error_code == ErrorCode::leader_not_available;
        const auto patience =
            unknown ? std::min(creation_time, options_.timeout) : options_.timeout;
        if (soon && now() - started < patience) {
            pause_for(options_.retry_backoff, options_.connection.interrupt);
            continue;
        }
        if (!unknown) return broker_error("use topic '" + name + "'", found.error_code);
        return Error{Errc::not_found, "topic '" + name + "' does not exist; create it with 'leat "
                                      "topic create " + name + "'"};
    }
}

Result<std::int32_t> Cluster::leader_of(const std::string& name, std::int32_t partition) {
    auto found = topic(name);
    if (!found) return found.error();
    const auto at = std::ranges::find(found->partitions, partition,
                                      &Topic::MetadataResponsePartition::partition_index);
    const auto label = "partition " + std::to_string(partition) + " of topic '" + name + "'";
    if (at == found->partitions.end())
        return Error{Errc::not_found, label + " does not exist; the topic has "
                                          + std::to_string(found->partitions.size())
                                          + " partitions"};
    if (at->leader_id < 0) {
        topics_.erase(name);
        return Error{Errc::unavailable, label + " has no leader now", true};
    }
    return at->leader_id;
}

}  // namespace leat::client
