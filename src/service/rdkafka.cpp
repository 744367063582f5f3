#include "service/rdkafka.hpp"

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

Error error_of(rd_kafka_resp_err_t code, const std::string& doing) {
    const std::string what =
        doing + ": " + rd_kafka_err2str(code) + " (" + rd_kafka_err2name(code) + ").";
    switch (code) {
        case RD_KAFKA_RESP_ERR__QUEUE_FULL:
            return {Errc::unavailable, what, true};
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
            return {Errc::too_large, what};
        case RD_KAFKA_RESP_ERR__TIMED_OUT:
            return {Errc::timed_out, what, true};
        case RD_KAFKA_RESP_ERR__TRANSPORT:
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
            return {Errc::unavailable, what, true};
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
        case RD_KAFKA_RESP_ERR__INVALID_ARG:
            return {Errc::invalid_argument, what};
        default:
            return {Errc::io, what};
    }
}

Result<void> check_setting(const std::string& name, const std::string& value) {
    const Conf conf{rd_kafka_conf_new()};
    return set(conf.get(), name, value);
}

}  // namespace leat::rdkafka
