#include "service/rdkafka.hpp"

#include <algorithm>
#include <array>

#include "base/log.hpp"
#include "service/rdkafka_handles.hpp"

namespace leat::rdkafka {
namespace {

void write_log(const rd_kafka_t* client, int level, const char* facility, const char* text) {
    const auto ours = level <= 3   ? log::Level::error
                      : level <= 5 ? log::Level::warn
                      : level == 6 ? log::Level::info
                                   : log::Level::debug;
    if (!log::enabled(ours)) return;
    log::write(
        ours, text,
        {{"client", client == nullptr ? "" : rd_kafka_name(client)}, {"facility", facility}});
}

Result<void> set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
    std::array<char, 512> why{};
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why.data(), why.size())
        == RD_KAFKA_CONF_OK)
        return {};
    return Error{Errc::invalid_argument,
                 "librdkafka refuses " + name + "=" + value + ": " + why.data() + "."};
}

// A client that is dead (_FATAL) says nothing of the record: the service ends by itself.
constexpr std::array passing_errors{RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN,
                                    RD_KAFKA_RESP_ERR__DESTROY,
                                    RD_KAFKA_RESP_ERR__FATAL,
                                    RD_KAFKA_RESP_ERR__IN_PROGRESS,
                                    RD_KAFKA_RESP_ERR__INTR,
                                    RD_KAFKA_RESP_ERR__MSG_TIMED_OUT,
                                    RD_KAFKA_RESP_ERR__OUTDATED,
                                    RD_KAFKA_RESP_ERR__PURGE_INFLIGHT,
                                    RD_KAFKA_RESP_ERR__PURGE_QUEUE,
                                    RD_KAFKA_RESP_ERR__QUEUE_FULL,
                                    RD_KAFKA_RESP_ERR__RESOLVE,
                                    RD_KAFKA_RESP_ERR__RETRY,
                                    RD_KAFKA_RESP_ERR__STATE,
                                    RD_KAFKA_RESP_ERR__TIMED_OUT,
                                    RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE,
                                    RD_KAFKA_RESP_ERR__TRANSPORT,
                                    RD_KAFKA_RESP_ERR__WAIT_CACHE,
                                    RD_KAFKA_RESP_ERR__WAIT_COORD,
                                    RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE,
                                    RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS,
                                    RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
                                    RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
                                    RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH,
                                    RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
                                    RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
                                    RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION,
                                    RD_KAFKA_RESP_ERR_NOT_CONTROLLER,
                                    RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
                                    RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
                                    RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
                                    RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                                    RD_KAFKA_RESP_ERR_PREFERRED_LEADER_NOT_AVAILABLE,
                                    RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS,
                                    RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE,
                                    RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
                                    RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED,
                                    RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH};
constexpr std::array permanent_errors{RD_KAFKA_RESP_ERR__AUTHENTICATION,
                                      RD_KAFKA_RESP_ERR__INVALID_ARG,
                                      RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED,
                                      RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE,
                                      RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
                                      RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
                                      RD_KAFKA_RESP_ERR_INVALID_CONFIG,
                                      RD_KAFKA_RESP_ERR_INVALID_GROUP_ID,
                                      RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE,
                                      RD_KAFKA_RESP_ERR_INVALID_PARTITIONS,
                                      RD_KAFKA_RESP_ERR_INVALID_RECORD,
                                      RD_KAFKA_RESP_ERR_INVALID_REPLICA_ASSIGNMENT,
                                      RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR,
                                      RD_KAFKA_RESP_ERR_INVALID_REQUEST,
                                      RD_KAFKA_RESP_ERR_INVALID_REQUIRED_ACKS,
                                      RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT,
                                      RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP,
                                      RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
                                      RD_KAFKA_RESP_ERR_POLICY_VIOLATION,
                                      RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE,
                                      RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED,
                                      RD_KAFKA_RESP_ERR_SECURITY_DISABLED,
                                      RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
                                      RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION,
                                      RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
                                      RD_KAFKA_RESP_ERR_UNSUPPORTED_COMPRESSION_TYPE,
                                      RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT,
                                      RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM,
                                      RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION};

const char* cure_of(rd_kafka_resp_err_t code) {
    switch (code) {
        case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
            return "Allow its user to read the group, or give it another one with .group().";
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
            return "Allow its user to read the topic.";
        case RD_KAFKA_RESP_ERR_INVALID_GROUP_ID:
            return "Give it another group with .group().";
        case RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT:
            return "Set group.session_timeout to what the broker allows.";
        case RD_KAFKA_RESP_ERR__AUTHENTICATION:
        case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
        case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
            return "Mend the credentials in kafka.sasl.* and kafka.security.protocol.";
        default:
            return "Mend the cause and start again.";
    }
}

}  // namespace

Result<Conf> make_conf(const Settings& settings, int events) {
    Conf conf{rd_kafka_conf_new()};
    for (const auto& [name, value] : settings)
        if (auto done = set(conf.get(), name, value); !done) return done.error();
    rd_kafka_conf_set_events(conf.get(), events);
    rd_kafka_conf_set_log_cb(conf.get(), write_log);
    return conf;
}

Result<rd_kafka_t*> make_client(rd_kafka_type_t type, Conf conf) {
    std::array<char, 512> why{};
    auto* client = rd_kafka_new(type, conf.get(), why.data(), why.size());
    if (client == nullptr)
        return Error{Errc::invalid_argument,
                     std::string{"The Kafka client cannot be made: "} + why.data() + "."};
    (void)conf.release();  // the client owns it now
    return client;
}

std::vector<HeaderView> headers_of(const rd_kafka_message_t& message) {
    std::vector<HeaderView> views;
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return views;
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
        std::optional<std::string_view> text;
        if (value != nullptr) text = std::string_view{static_cast<const char*>(value), size};
        views.push_back({name, text});
    }
    return views;
}

Refusal refusal_of(rd_kafka_resp_err_t code) {
    const auto is_in = [&](const auto& errors) {
        return std::find(errors.begin(), errors.end(), code) != errors.end();
    };
    if (is_in(passing_errors)) return Refusal::passing;
    return is_in(permanent_errors) ? Refusal::permanent : Refusal::unclear;
}

Trouble trouble_of(rd_kafka_resp_err_t code, const std::string& said) {
    return {said + " (" + rd_kafka_err2name(code) + ")", cure_of(code), refusal_of(code)};
}

Error error_of(rd_kafka_resp_err_t code, const std::string& doing) {
    const std::string what =
        doing + ": " + rd_kafka_err2str(code) + " (" + rd_kafka_err2name(code) + ").";
    const bool passing = refusal_of(code) == Refusal::passing;
    switch (code) {
        case RD_KAFKA_RESP_ERR__QUEUE_FULL:
        case RD_KAFKA_RESP_ERR__TRANSPORT:
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
            return {Errc::unavailable, what, passing};
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
            return {Errc::too_large, what, passing};
        case RD_KAFKA_RESP_ERR__TIMED_OUT:
            return {Errc::timed_out, what, passing};
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
        case RD_KAFKA_RESP_ERR__INVALID_ARG:
            return {Errc::invalid_argument, what, passing};
        default:
            return {Errc::io, what, passing};
    }
}

Result<void> check_setting(const std::string& name, const std::string& value) {
    const Conf conf{rd_kafka_conf_new()};
    return set(conf.get(), name, value);
}

}  // namespace leat::rdkafka
