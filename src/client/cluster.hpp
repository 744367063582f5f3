// A Kafka cluster as tools see it: finds brokers, leaders and coordinators, and asks again while a
// failure may pass. Blocking; one thread per Cluster.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/connection.hpp"
#include "client/error_scan.hpp"
#include "kafka/messages/metadata.hpp"

namespace leat::client {

struct ClusterOptions {
    /// host:port, with commas between several.
    std::string bootstrap = "127.0.0.1:9092";
    ConnectionOptions connection;
    /// How long one call may take, its repetitions included.
    std::chrono::milliseconds timeout{30'000};
    std::chrono::milliseconds connect_timeout{5'000};
    /// Between two attempts.
    std::chrono::milliseconds retry_backoff{100};
    /// How long connect() keeps trying when no broker answers; 0 tries each address once.
    std::chrono::milliseconds first_contact{0};
};

/// Who is asked.
struct Target {
    enum class Kind { any, controller, node, group_coordinator, transaction_coordinator };
    Kind kind = Kind::any;
    std::int32_t node_id = -1;
    std::string key;  // the id whose coordinator it is

    static Target any() { return {}; }
    static Target controller() { return {Kind::controller, -1, {}}; }
    static Target node(std::int32_t id) { return {Kind::node, id, {}}; }
    static Target coordinator_of(std::string group) {
        return {Kind::group_coordinator, -1, std::move(group)};
    }
    static Target coordinator_of_transactions(std::string transactional_id) {
        return {Kind::transaction_coordinator, -1, std::move(transactional_id)};
    }
};

struct CallOptions {
    /// The call's deadline; ClusterOptions::timeout if absent.
    std::optional<std::chrono::milliseconds> timeout = {};
    std::int16_t max_version = Connection::any_version;
    /// Ask again after an error code of which Kafka says that a retry may help.
    bool retry_codes = true;
    /// Ask again after a failed connection: the broker may then see the request twice.
    bool retry_transport = true;
};

using Metadata = kafka::MetadataResponse;
using Topic = kafka::MetadataResponse::MetadataResponseTopic;

class Cluster {
public:
    /// Reaches one broker of the bootstrap list and learns the cluster's brokers. Errors:
    /// invalid_argument (the list), unavailable (whom it tried, why, and what to do), timed_out.
    static Result<Cluster> connect(ClusterOptions options);

    /// Sends `request` to `target`. Connections that fail and errors that may pass are tried again
    /// until the deadline; then the last response is returned as it is, or the last error. Other
    /// error codes are the caller's to read: see broker_error().
    template <class Response, class Request>
    Result<Response> call(const Target& target, const Request& request, CallOptions options = {}) {
        const auto deadline = now() + options.timeout.value_or(options_.timeout);
        std::optional<Response> said;  // by the tries before
        for (;;) {
            auto result = attempt<Response>(target, request, deadline, options.max_version);
            const bool again = result.ok()
                                   ? options.retry_codes && is_passing(retriable_error(*result))
                                   : options.retry_transport && result.error().retriable;
            if (again && wait_to_retry(target, deadline)) {
                if (result.ok()) said = std::move(*result);
                continue;
            }
            const bool cut_short = !result.ok() && result.error().code == Errc::timed_out;
            if (cut_short && said) return std::move(*said);
            return result;
        }
    }

    /// Fresh metadata of `topics`, or of every topic if there is no list. A topic that is not there
    /// carries its error code. `create` lets the broker create missing topics, if it does so.
    Result<Metadata> metadata(std::optional<std::vector<std::string>> topics, bool create = false);

    /// One topic, from memory if it is known. Waits while a new topic has no leader. Errors:
    /// not_found, invalid_argument (the broker refuses the name).
    Result<Topic> topic(const std::string& name, bool create = false);

    /// The broker that leads a partition. Errors: not_found, unavailable (no leader now).
    Result<std::int32_t> leader_of(const std::string& topic, std::int32_t partition);

    /// Forgets what is known of topics, so that the next question is asked afresh.
    void forget_topics() { topics_.clear(); }

    /// From now on every wait ends once `descriptor` is readable: calls give Errc::cancelled. -1
    /// ends that, and fresh connections are made.
    void set_interrupt(int descriptor);

    /// A connection to the broker of that id. Errors: unavailable, timed_out, cancelled.
    Result<Connection*> connection_to_node(std::int32_t node_id);

    const std::vector<Metadata::MetadataResponseBroker>& brokers() const { return brokers_; }
    const std::string& cluster_id() const { return cluster_id_; }
    std::int32_t controller_id() const { return controller_id_; }
    const ClusterOptions& options() const { return options_; }

private:
    explicit Cluster(ClusterOptions options, std::vector<HostPort> bootstrap)
        : options_(std::move(options)), bootstrap_(std::move(bootstrap)) {}

    template <class Response, class Request>
    Result<Response> attempt(const Target& target, const Request& request, MonoTime deadline,
                             std::int16_t max_version) {
        auto connection = connection_to(target, deadline);
        if (!connection) return connection.error();
        return (*connection)->template call<Response>(request, deadline, max_version);
    }

    static bool is_passing(kafka::ErrorCode code) { return code != kafka::ErrorCode::none; }
    bool wait_to_retry(const Target& target, MonoTime deadline);
    Result<Connection*> connection_to(const Target& target, MonoTime deadline);
    Result<Connection*> any_connection(MonoTime deadline);
    Result<Connection*> node_connection(std::int32_t node_id, MonoTime deadline);
    Result<std::int32_t> coordinator_of(const Target& target, MonoTime deadline);
    Result<void> refresh_brokers(MonoTime deadline);
    Result<Metadata> ask_metadata(const kafka::MetadataRequest& request, MonoTime deadline);
    void learn(const Metadata& metadata);

    ClusterOptions options_;
    std::vector<HostPort> bootstrap_;
    std::unique_ptr<Connection> any_;
    std::map<std::int32_t, std::unique_ptr<Connection>> nodes_;
    std::map<std::pair<Target::Kind, std::string>, std::int32_t> coordinators_;
    std::vector<Metadata::MetadataResponseBroker> brokers_;
    std::map<std::string, Topic> topics_;
    std::string cluster_id_;
    std::int32_t controller_id_ = -1;
};

/// "cannot <doing>: <Kafka's name of the code>: <message>", with the Errc that tells missing things
/// and existing ones from what the broker refuses (invalid_argument).
Error broker_error(std::string_view doing, kafka::ErrorCode code,
                   const std::optional<std::string>& message = {});

}  // namespace leat::client
