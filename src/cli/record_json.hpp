// Records as JSON objects, ours and kcat's envelopes, and back without losing a byte. Pure.
//
// Bytes that are no UTF-8 stand in base64 under another name: `key_base64`, `value_base64`,
// `payload_base64`, and in headers `name_base64`, `value_base64`; in an envelope's list of header
// names and values as {"base64": "..."}.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/fwd.hpp>

#include "client/producer.hpp"
#include "client/topic_reader.hpp"

namespace leat::cli {

/// {"topic","partition","offset","timestamp","timestamp_type","key","value","headers"}, a header
/// being {"name","value"}.
std::string record_json(const client::ReadRecord& read);

/// The object that `kcat -J` writes:
/// {"topic","partition","offset","tstype","ts","broker","headers", "key","payload"}, headers being
/// names and values in turn, left out if there are none.
std::string record_envelope(const client::ReadRecord& read);

/// Adds `name` as text, as `name_base64`, or as null.
void put_bytes(boost::json::object& target, const std::string& name,
               const std::optional<ByteView>& bytes);
/// A record's headers as record_json() writes them; none if they are damaged.
boost::json::array headers_json(const kafka::RecordView& record);

/// A record, and the partition if the text names one.
struct InputRecord {
    client::OutgoingRecord record = {};
    std::optional<std::int32_t> partition = {};
};

/// Reads what record_json(), record_envelope() and `kcat -J` write. The value must be there, null
/// if it is null; without "key" the key is null, without a timestamp the time of sending counts.
/// Everything that has no meaning is refused. Error: invalid_argument, what is wrong with "it".
Result<InputRecord> parse_record_json(std::string_view text);

}  // namespace leat::cli
