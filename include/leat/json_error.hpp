// What can be wrong with a JSON text, and the limits that a decoder keeps.
#pragma once

#include <cstddef>
#include <string>

namespace leat::json {

/// Why a text was refused.
enum class fault {
    syntax,  // it is not JSON (RFC 8259), or not UTF-8: HTTP 400
    value,   // it is JSON, but not of the type asked for: HTTP 422
    limit,   // it is larger or deeper than allowed: HTTP 413
};

/// The first thing that is wrong with a text, or with a value that has no JSON form.
struct error {
    std::string
        pointer;  // where: an RFC 6901 pointer such as "/items/2/price"; "" is the whole text
    std::string message;  // what was expected and what was found; valid UTF-8; quotes at most 32
                          // bytes of the text
    fault kind = fault::value;

    /// Both as one line: `/items/2/price: expected a decimal number, found null`.
    std::string to_string() const;
};

/// How decode() reads.
struct decode_options {
    /// Refuse members that the struct does not have; by default they are checked for syntax and
    /// ignored, so that a producer may add fields first.
    bool refuse_unknown_fields = false;
    /// Nested objects and arrays, ignored ones included. 1 … 512; each level takes about 300 bytes
    /// of stack.
    int max_depth = 64;
    /// Longest text in bytes.
    std::size_t max_bytes = std::size_t{16} * 1024 * 1024;
};

/// How encode() writes.
struct encode_options {
    /// Write leat::decimal as a string ("11.77" in quotes) for readers that parse numbers into
    /// doubles.
    bool decimal_as_string = false;
};

}  // namespace leat::json
