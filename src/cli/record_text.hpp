// How a record is written as text: kcat's format strings. Pure. (JSON: record_json.hpp)
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

    /// Appends the record to `out`; for a terminal with all that is not the format's own escaped.
    void append(std::string& out, const client::ReadRecord& read, bool terminal = false) const;

    /// Why the record cannot be told from another one in this format, such as a value that holds
    /// the newline behind it; empty if it can. What the format leaves out is no loss.
    std::string loss_of(const client::ReadRecord& read) const;

private:
    struct Piece {
        char token = 0;  // 0: the literal text
        std::string literal;
    };
    bool tells_length(char token) const;

    std::vector<Piece> pieces_;
};

/// Bytes as text: UTF-8 as it is, anything else in base64 behind "base64:".
std::string readable(ByteView bytes);

/// `text` with kcat's escapes resolved. Error: invalid_argument.
Result<std::string> unescape(std::string_view text);

}  // namespace leat::cli
