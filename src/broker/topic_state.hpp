// How a topic is written in the broker's state log (docs/formats.md, "The state log").
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/codec.hpp"

namespace leat::broker {

/// The value under `topic/<name>`. New fields are added as tagged fields.
struct TopicState {
    static constexpr kafka::Versions versions{.min = 0, .max = 0, .flexible = 0};
    struct Entry {
        std::string name;
        std::string value;
        bool operator==(const Entry&) const = default;
        void fields(auto& f) {
            f(name);
            f(value);
        }
    };
    Uuid id;
    std::int32_t partitions = 0;
    std::vector<Entry> overrides;
    bool operator==(const TopicState&) const = default;
    void fields(auto& f) {
        f(id);
        f(partitions);
        f(overrides);
    }
};

/// The log that holds it, of one partition. Never a topic that a client sees: it is in no metadata.
inline constexpr std::string_view state_log_name = "__leat_state";
inline constexpr std::string_view topic_prefix = "topic/";
inline constexpr std::string_view deleting_prefix = "deleting/";  // + topic id; value: its name
inline constexpr std::string_view broker_config_prefix = "config/broker/";  // of all brokers
inline constexpr std::string_view own_config_prefix = "config/this-broker/";
inline constexpr std::string_view producer_id_key = "producer-id-block";

/// `message` as a value of the state log: its version, then its fields.
template <class Message>
std::string to_state(const Message& message) {
    const auto version = Message::versions.max;
    Bytes bytes(2);
    store_be(bytes.data(), version);
    const auto body = kafka::encode(message, version).flat();
    bytes.insert(bytes.end(), body.begin(), body.end());
    return std::string{as_text(bytes)};
}

/// Nothing if the value is damaged or of a version that is not known.
template <class Message>
std::optional<Message> from_state(std::string_view value) {
    const auto bytes = as_bytes(value);
    if (bytes.size() < 2) return std::nullopt;
    const auto version = load_be<std::int16_t>(bytes.data());
    if (!Message::versions.contains(version)) return std::nullopt;
    return kafka::decode<Message>(bytes.subspan(2), version);
}

}  // namespace leat::broker
