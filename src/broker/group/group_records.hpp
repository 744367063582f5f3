// The records of `__consumer_offsets` in Kafka's formats. Pure; any thread. (docs/formats.md)
//
// Types 0 and 1 are offset commits (written as 1), 2 is a classic group; 3 and above
// belong to KIP-848 and later, which we carry but do not understand.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "base/result.hpp"
#include "broker/group/group_effects.hpp"
#include "kafka/messages/group_records.hpp"

namespace leat::broker {

/// A commit of one partition, at the version that Kafka 4.1 writes: 1 if it carries an expire
/// timestamp (OffsetCommit v2–4 with a retention time), else 4.
GroupRecord offset_record(const kafka::OffsetCommitKey& key, const kafka::OffsetCommitValue& value);
/// Takes a commit away.
GroupRecord offset_tombstone(const kafka::OffsetCommitKey& key);

/// A classic group, value version 3.
GroupRecord group_record(const std::string& group_id, const kafka::GroupMetadataValue& value);
/// Takes a group away.
GroupRecord group_tombstone(const std::string& group_id);

/// A decoded offset commit; no value is a tombstone.
struct DecodedOffset {
    kafka::OffsetCommitKey key;
    std::optional<kafka::OffsetCommitValue> value;
};
/// A decoded classic group; no value is a tombstone.
struct DecodedGroup {
    std::string group_id;
    std::optional<kafka::GroupMetadataValue> value;
};
/// A record of a type that this version does not know.
struct DecodedUnknown {
    std::int16_t type = 0;
};
using DecodedRecord = std::variant<DecodedOffset, DecodedGroup, DecodedUnknown>;

/// Decodes one record. Errors: corrupt (no type, or a message that does not fill its bytes),
/// unsupported (a known type with a newer value version).
Result<DecodedRecord> decode_group_record(ByteView key, std::optional<ByteView> value);

}  // namespace leat::broker
