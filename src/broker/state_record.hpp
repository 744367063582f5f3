// Records of internal topics: how their keys and values begin, and which partition a key belongs
// to. Pure; any thread.
//
// A key is a 2-byte type followed by its message, a value a 2-byte version followed by its message
// (Kafka's CoordinatorRecordSerde).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "kafka/codec.hpp"

namespace leat::broker {

/// One record of an internal topic. No value makes it a tombstone.
struct StateRecord {
    Bytes key;
    std::optional<Bytes> value;
    bool operator==(const StateRecord&) const = default;
};

/// `prefix`, a type or a version, and `message` at `version`.
template <class Message>
Bytes prefixed(std::int16_t prefix, const Message& message, std::int16_t version) {
    kafka::Writer out{version, false};
    out(prefix);
    out.set_flexible(Message::versions.is_flexible(version));
    out(message);
    return std::move(out).finish().flat();
}

/// What is wrong with a record of `topic`: "a key without a type".
Error corrupt_record(std::string_view topic, std::string_view what);
Error newer_record(std::string_view topic, std::int16_t version, std::int16_t known);

/// A value; nothing for a tombstone. Errors: corrupt, unsupported (a newer version).
template <class Value>
Result<std::optional<Value>> read_state_value(std::string_view topic,
                                              std::optional<ByteView> bytes) {
    if (!bytes) return std::optional<Value>{};
    if (bytes->size() < 2) return corrupt_record(topic, "a value without a version");
    const auto version = load_be<std::int16_t>(bytes->data());
    if (!Value::versions.contains(version))
        return newer_record(topic, version, Value::versions.max);
    auto value = kafka::decode<Value>(bytes->subspan(2), version);
    if (!value) return corrupt_record(topic, "a value that cannot be read");
    return value;
}

/// The partition of `key` among `partitions`: Java's String.hashCode, made positive as Kafka's
/// Utils.abs does.
std::int32_t state_partition(std::string_view key, std::int32_t partitions);

/// Characters of UTF-8 text as Java counts them: in units of UTF-16.
std::size_t java_length(std::string_view text);

}  // namespace leat::broker
