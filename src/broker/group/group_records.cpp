// The records of `__consumer_offsets` in Kafka's formats.
#include "broker/group/group_records.hpp"

namespace leat::broker {
namespace {

constexpr std::int16_t offset_key_type_old = 0;
constexpr std::int16_t offset_key_type = 1;
constexpr std::int16_t group_key_type = 2;
constexpr std::int16_t offset_value_with_expiry = 1;
constexpr std::int16_t offset_value_version = 4;
constexpr std::int16_t group_value_version = 3;

constexpr std::string_view topic = "__consumer_offsets";

Error corrupt(std::string_view what) { return corrupt_record(topic, what); }

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
        auto commit = read_state_value<kafka::OffsetCommitValue>(topic, value);
        if (!commit) return commit.error();
        return DecodedRecord{DecodedOffset{std::move(*decoded), std::move(*commit)}};
    }
    if (type == group_key_type) {
        auto decoded = kafka::decode<kafka::GroupMetadataKey>(body, 0);
        if (!decoded) return corrupt("a group key that cannot be read");
        auto group = read_state_value<kafka::GroupMetadataValue>(topic, value);
        if (!group) return group.error();
        return DecodedRecord{DecodedGroup{std::move(decoded->group), std::move(*group)}};
    }
    return DecodedRecord{DecodedUnknown{type}};
}

}  // namespace leat::broker
