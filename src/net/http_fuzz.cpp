// Fuzzes the HTTP parsers: no input may crash them, outgrow the limits, or parse differently when
// it arrives in pieces. The first byte chooses the direction and the size of the pieces.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.hpp"
#include "net/http_parser.hpp"
#include "net/http_writer.hpp"

namespace leat::net::http {
namespace {

constexpr ParserLimits limits{.header_bytes = 512, .body_bytes = 256};

void append_fields(std::string& seen, const Headers& headers) {
    for (std::size_t i = 0; i < headers.size(); ++i)
        seen.append(headers.at(i).name).append(":").append(headers.at(i).value).append("\n");
}

std::string describe(Request& request) {
    check(request.body.size() <= limits.body_bytes, "the body keeps its limit");
    std::string seen = request.method + " " + request.path + "\n" + request.body + "\n";
    for (const auto& segment : request.segments) seen += percent_encode(segment) + "/";
    append_fields(seen, request.headers);
    std::string again;
    append_request(again, {request.method, request.target, "h", {}}, request.headers, request.body);
    return seen;
}

std::string describe(Response& response) {
    check(response.body.size() <= limits.body_bytes, "the body keeps its limit");
    std::string seen = std::to_string(response.status) + "\n" + response.body + "\n";
    append_fields(seen, response.headers);
    std::string again;
    append_response(again, response, {});
    return seen;
}

Request& message_of(RequestParser& parser) { return parser.request(); }
Response& message_of(ResponseParser& parser) { return parser.response(); }

/// Every message in `input`, which arrives `piece` bytes at a time, as a server would read it.
template <class Parser>
std::string parse(std::string_view input, std::size_t piece) {
    Parser parser{limits};
    std::string seen;
    std::string unread;
    while (!input.empty()) {
        unread.append(input.substr(0, piece));
        input.remove_prefix(std::min(piece, input.size()));
        for (;;) {
            const auto used = parser.feed(unread);
            check(used <= unread.size(), "a parser consumes no more than it was given");
            unread.erase(0, used);
            if (parser.state() != ParserState::done) break;
            seen += describe(message_of(parser));
            parser.reset();
            if (unread.empty()) break;
        }
        if (parser.state() == ParserState::failed) return seen;
        check(unread.size() < limits.header_bytes, "what waits is bounded");
    }
    return seen;
}

template <class Parser>
void compare(std::string_view input, std::size_t piece) {
    const auto whole = parse<Parser>(input, input.size());
    const auto pieces = parse<Parser>(input, piece);
    check(whole == pieces, "the same bytes give the same messages however they arrive");
}

}  // namespace
}  // namespace leat::net::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace leat::net::http;
    if (size < 2) return 0;
    const std::string_view input{reinterpret_cast<const char*>(data) + 1, size - 1};
    const std::size_t piece = 1 + data[0] / 2;
    data[0] % 2 == 0 ? compare<RequestParser>(input, piece) : compare<ResponseParser>(input, piece);
    return 0;
}
