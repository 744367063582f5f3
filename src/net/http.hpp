// HTTP messages as plain values: what handlers receive and answer. No socket and no Beast in here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace leat::net::http {

/// Header fields in the order of their arrival. Names compare without case; values have no space
/// around them. All bytes lie in one string, so a message's headers cost two allocations.
class Headers {
public:
    struct Field {
        std::string_view name;
        std::string_view value;
    };

    Headers() = default;
    Headers(std::initializer_list<Field> fields);

    /// Adds a field, even if one of this name is there. A name that is no RFC 9110 token is a bug
    /// and aborts; CR, LF and NUL in a value become spaces, since they would split the message.
    void add(std::string_view name, std::string_view value);
    /// add() without its care: for a parser, which has taken it.
    void add_parsed(std::string_view name, std::string_view value);
    /// Replaces every field of this name by one.
    void set(std::string_view name, std::string_view value);
    /// Takes every field of this name away.
    void remove(std::string_view name);

    /// The value of the first field of this name. The view is valid until the next change.
    std::optional<std::string_view> find(std::string_view name) const;
    /// find(), or `otherwise` when absent.
    std::string_view get(std::string_view name, std::string_view otherwise = {}) const;

    std::size_t size() const { return entries_.size(); }
    bool empty() const { return entries_.empty(); }
    /// The `index`-th field; `index` < size(). The views are valid until the next change.
    Field at(std::size_t index) const;
    void clear();
    /// Makes room for `fields` fields of `bytes` bytes in all.
    void reserve(std::size_t fields, std::size_t bytes);

private:
    struct Entry {
        std::uint32_t begin;
        std::uint32_t name_size;
        std::uint32_t value_size;
    };
    std::string bytes_;
    std::vector<Entry> entries_;
};

/// A request. On a server every field is filled; a handler owns it and may move parts out.
struct Request {
    std::string method = "GET";
    /// As it stood in the request line, e.g. `/orders/a%20b?limit=5`.
    std::string target = "/";
    /// The target's path, not decoded: `/orders/a%20b`.
    std::string path = "/";
    /// The path's segments, percent-decoded: `{"orders", "a b"}`; `/` has none, a trailing slash
    /// gives an empty last one. `%2F` stays inside its segment; `.` and `..` are left as they are.
    std::vector<std::string> segments;
    /// The query's parameters in order, percent-decoded, `+` as space; repeated names stay.
    std::vector<std::pair<std::string, std::string>> query;
    Headers headers;
    /// The whole body, transfer coding removed.
    std::string body;

    /// The first query parameter of this name (names compare with case).
    std::optional<std::string_view> query_value(std::string_view name) const;
    /// The Content-Type without parameters, lower case; empty when absent.
    std::string media_type() const;
};

/// An answer. Content-Length, Connection and Date are the server's; do not set them.
struct Response {
    int status = 200;
    /// Becomes Content-Type; empty means none.
    std::string content_type;
    Headers headers;
    std::string body;
};

inline constexpr const char* problem_media_type = "application/problem+json";

/// A name and a string value that problem() adds as a member of its JSON object.
using ProblemMembers = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// An RFC 9457 answer, `application/problem+json`, of type about:blank:
/// `problem(422, "Invalid order", "quantity must be at least 1", {{"field", "quantity"}})`.
/// Bytes that are not UTF-8 become U+FFFD.
Response problem(int status, std::string_view title, std::string_view detail,
                 ProblemMembers members = {});
/// As above for members that are built at run time.
Response problem(int status, std::string_view title, std::string_view detail,
                 const std::vector<std::pair<std::string, std::string>>& members);
/// A 200 (or `status`) answer of text/plain; charset=utf-8.
Response text(std::string body, int status = 200);
/// A 200 (or `status`) answer of application/json; `body` is JSON already.
Response json(std::string body, int status = 200);

/// The standard phrase of `status`, e.g. "Not Found"; "Unknown" for an unlisted one.
std::string_view reason_phrase(int status);

/// Sets target, path, segments and query from a request target: origin form (`/a?b`), absolute
/// form (`http://h/a?b`) or `*`. Errors (invalid_argument): another form, bad `%` escapes, `%00`.
Result<void> parse_target(std::string_view target, Request& into);

/// Decodes `%XX`; `plus_is_space` as in queries. Error: a `%` without two hex digits, or `%00`.
Result<std::string> percent_decode(std::string_view text, bool plus_is_space = false);
/// Encodes every byte except RFC 3986's unreserved ones: safe as one path segment or query value.
std::string percent_encode(std::string_view text);

/// `value` as a field's value: CR, LF and NUL become spaces.
std::string one_line(std::string_view value);
/// Whether ASCII letters compare equal without case.
bool equals_without_case(std::string_view a, std::string_view b);
/// Whether `text` is an RFC 9110 token: what methods and field names are made of.
bool is_token(std::string_view text);

}  // namespace leat::net::http
