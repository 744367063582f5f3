#include "rdkafka.hpp"

#include <array>

#include "base/check.hpp"

namespace leat::crash {
namespace {

TestRecord::Text text_of(const void* bytes, std::size_t size) {
    if (bytes == nullptr) return std::nullopt;
    return std::string{static_cast<const char*>(bytes), size};
}

}  // namespace

rd_kafka_conf_t* make_conf(const std::string& bootstrap, const Settings& settings) {
    auto* conf = rd_kafka_conf_new();
    Settings all{{"bootstrap.servers", bootstrap},
                 {"log_level", "0"},
                 {"reconnect.backoff.ms", "10"},
                 {"reconnect.backoff.max.ms", "100"},
                 {"retry.backoff.ms", "50"}};
    all.insert(all.end(), settings.begin(), settings.end());
    std::array<char, 512> why{};
    for (const auto& [name, value] : all)
        check(rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why.data(), why.size())
                  == RD_KAFKA_CONF_OK,
              why.data());
    return conf;
}

RdClient make_client(rd_kafka_type_t type, rd_kafka_conf_t* conf) {
    std::array<char, 512> why{};
    RdClient client{rd_kafka_new(type, conf, why.data(), why.size())};
    check(client != nullptr, why.data());
    return client;
}

rd_kafka_resp_err_t send(const RdClient& producer, const TextToSend& text) {
    std::array<rd_kafka_vu_t, 6> fields{};
    fields[0].vtype = RD_KAFKA_VTYPE_TOPIC;
    fields[0].u.cstr = text.topic.c_str();
    fields[1].vtype = RD_KAFKA_VTYPE_PARTITION;
    fields[1].u.i32 = text.partition;
    fields[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    fields[2].u.i = RD_KAFKA_MSG_F_COPY;
    fields[3].vtype = RD_KAFKA_VTYPE_KEY;
    fields[3].u.mem = {const_cast<char*>(text.key.data()), text.key.size()};
    fields[4].vtype = RD_KAFKA_VTYPE_VALUE;
    fields[4].u.mem = {const_cast<char*>(text.value.data()), text.value.size()};
    fields[5].vtype = RD_KAFKA_VTYPE_OPAQUE;
    fields[5].u.ptr = text.opaque;
    const RdError error{rd_kafka_produceva(producer.get(), fields.data(), fields.size())};
    return error ? rd_kafka_error_code(error.get()) : RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::string text_in(const rd_kafka_message_t& message) {
    return {static_cast<const char*>(message.payload), message.len};
}

TestRecord record_of(const rd_kafka_message_t& message) {
    TestRecord record;
    record.key = text_of(message.key, message.key_len);
    record.value = text_of(message.payload, message.len);
    record.timestamp = rd_kafka_message_timestamp(&message, nullptr);
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return record;
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == 0; ++i)
        record.headers.emplace_back(name, text_of(value, size));
    return record;
}

}  // namespace leat::crash
