// The records of `__consumer_offsets` in Kafka's formats.
#include "broker/group/group_records.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <limits>

#include "kafka/codec.hpp"

namespace leat::broker {
namespace {

constexpr std::int16_t offset_key_type_old = 0;
constexpr std::int16_t offset_key_type = 1;
constexpr std::int16_t group_key_type = 2;
constexpr std::int16_t offset_value_with_expiry = 1;
constexpr std::int16_t offset_value_version = 4;
constexpr std::int16_t group_value_version = 3;

// A number of two bytes, then the message.
template <class Message>
Bytes prefixed(std::int16_t prefix, const Message& message, std::int16_t version) {
    kafka::Writer out{version, false};
    out(prefix);
    out.set_flexible(Message::versions.is_flexible(version));
    out(message);
    return std::move(out).finish().flat();
}

Error corrupt(std::string_view what) {
    return {.code = Errc::corrupt,
            .what = fmt::format("A record of __consumer_offsets has {}.", what)};
}

template <class Value>
Result<std::optional<Value>> decode_value(std::optional<ByteView> bytes) {
    if (!bytes) return std::optional<Value>{};
    if (bytes->size() < 2) return corrupt("a value without a version");
    const auto version = load_be<std::int16_t>(bytes->data());
    if (!Value::versions.contains(version))
        return Error{.code = Errc::unsupported,
                     .what = fmt::format("A record of __consumer_offsets has value version {}, but "
                                         "only versions up to {} are known. Was it written by a "
                                         "newer broker?",
                                         version, Value::versions.max)};
    auto value = kafka::decode<Value>(bytes->subspan(2), version);
    if (!value) return corrupt("a value that cannot be read");
    return value;
}

// The next code point of UTF-8 text; U+FFFD for a malformed byte, as Java decodes it.
std::uint32_t next_code_point(std::string_view& text) {
    constexpr std::uint32_t replacement = 0xfffd;
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::uint32_t first = byte(0);
    const std::size_t size = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    std::uint32_t point = size == 1 ? first : first & (0x7fU >> size);
    bool sound = first < 0x80 || (first >= 0xc2 && first <= 0xf4);
    sound = sound && text.size() >= size;
    for (std::size_t i = 1; sound && i < size; ++i) {
        sound = (byte(i) & 0xc0U) == 0x80;
        point = (point << 6U) | (byte(i) & 0x3fU);
    }
    text.remove_prefix(sound ? size : 1);
    return sound ? point : replacement;
}

template <class Visit>
void each_utf16(std::string_view text, Visit visit) {
    while (!text.empty()) {
        auto point = next_code_point(text);
        if (point >= 0x10000) {  // a pair of surrogates
            point -= 0x10000;
            visit(0xd800U + (point >> 10U));
            point = 0xdc00U + (point & 0x3ffU);
        }
        visit(point);
    }
}

}  // namespace

GroupRecord offset_record(const kafka::OffsetCommitKey& key,
                          const kafka::OffsetCommitValue& value) {
    const auto version =
        value.expire_timestamp == -1 ? offset_value_version : offset_value_with_expiry;
    return {.key = prefixed(offset_key_type, key, 0), .value = prefixed(version, value, version)};
}

GroupRecord offset_tombstone(const kafka::OffsetCommitKey& key) {
    return {.key = prefixed(offset_key_type, key, 0), .value = {}};
}

GroupRecord group_record(const std::string& group_id, const kafka::GroupMetadataValue& value) {
    return {.key = prefixed(group_key_type, kafka::GroupMetadataKey{group_id}, 0),
            .value = prefixed(group_value_version, value, group_value_version)};
}

GroupRecord group_tombstone(const std::string& group_id) {
    return {.key = prefixed(group_key_type, kafka::GroupMetadataKey{group_id}, 0), .value = {}};
}

Result<DecodedRecord> decode_group_record(ByteView key, std::optional<ByteView> value) {
    if (key.size() < 2) return corrupt("a key without a type");
    const auto type = load_be<std::int16_t>(key.data());
    const auto body = key.subspan(2);
    if (type == offset_key_type || type == offset_key_type_old) {
        auto decoded = kafka::decode<kafka::OffsetCommitKey>(body, 0);
        if (!decoded) return corrupt("an offset commit key that cannot be read");
        auto commit = decode_value<kafka::OffsetCommitValue>(value);
        if (!commit) return commit.error();
        return DecodedRecord{DecodedOffset{std::move(*decoded), std::move(*commit)}};
    }
    if (type == group_key_type) {
        auto decoded = kafka::decode<kafka::GroupMetadataKey>(body, 0);
        if (!decoded) return corrupt("a group key that cannot be read");
        auto group = decode_value<kafka::GroupMetadataValue>(value);
        if (!group) return group.error();
        return DecodedRecord{DecodedGroup{std::move(decoded->group), std::move(*group)}};
    }
    return DecodedRecord{DecodedUnknown{type}};
}

std::int32_t group_partition(std::string_view group_id, std::int32_t partitions) {
    std::uint32_t hash = 0;
    each_utf16(group_id, [&](std::uint32_t unit) { hash = 31 * hash + unit; });
    const auto signed_hash = static_cast<std::int32_t>(hash);
    if (signed_hash == std::numeric_limits<std::int32_t>::min()) return 0;
    return std::abs(signed_hash) % partitions;
}

std::size_t java_length(std::string_view text) {
    std::size_t units = 0;
    each_utf16(text, [&](std::uint32_t) { ++units; });
    return units;
}

}  // namespace leat::broker
