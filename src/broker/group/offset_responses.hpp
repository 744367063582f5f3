// OffsetFetch across its versions: one group before 8, several since, and where errors stand.
#pragma once

#include <cstdint>
#include <vector>

#include "kafka/messages/offsets.hpp"

namespace leat::broker {

/// The groups that `request` asks for, in the form of version 8: before, there is one, and its
/// topics have names.
std::vector<kafka::OffsetFetchRequest::OffsetFetchRequestGroup> groups_of(
    const kafka::OffsetFetchRequest& request, std::int16_t version);

/// The answer of `groups` in the form of `version`.
kafka::OffsetFetchResponse offset_fetch_response(
    std::vector<kafka::OffsetFetchResponse::OffsetFetchResponseGroup> groups, std::int16_t version);

/// `error` for a whole group: beside its partitions in version 1, which knows no other place, and
/// once, without partitions, since version 2.
kafka::OffsetFetchResponse::OffsetFetchResponseGroup offset_fetch_error(
    const kafka::OffsetFetchRequest::OffsetFetchRequestGroup& group, std::int16_t version,
    kafka::ErrorCode error);

}  // namespace leat::broker
