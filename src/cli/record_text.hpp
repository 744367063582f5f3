// How a record is written: kcat's format strings, one JSON object, or kcat's JSON envelope. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "client/topic_reader.hpp"

namespace leat::cli {

/// A format string of kcat: %t topic, %p partition, %o offset, %k key, %K its length, %s value, %S
/// its length, %R its length as four bytes, %h headers (name=value with commas between them), %T
/// timestamp in ms, %%; and the escapes \n \r \t \0 \\ \xHH. Null has length -1 and no bytes.
class RecordFormat {
public:
    /// Error: invalid_argument, naming the token that is unknown.
    static Result<RecordFormat> parse(std::string_view text);

    /// Appends the record to `out`.
    void append(std::string& out, const client::ReadRecord& read) const;

private:
    struct Piece {
        char token = 0;  // 0: the literal text
        std::string literal;
    };
    std::vector<Piece> pieces_;
};

/// {"topic","partition","offset","timestamp","timestamp_type","key","value","headers"}; bytes that
/// are no UTF-8 come as "key_base64", "value_base64" instead.
std::string record_json(const client::ReadRecord& read);

/// The object that `kcat -J` writes.
std::string record_envelope(const client::ReadRecord& read);

/// Bytes as text: UTF-8 as it is, anything else in base64 behind "base64:".
std::string readable(ByteView bytes);

std::string base64(ByteView bytes);

/// `text` with kcat's escapes resolved. Error: invalid_argument.
Result<std::string> unescape(std::string_view text);

}  // namespace leat::cli
