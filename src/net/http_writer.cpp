// HTTP/1.1 message heads by hand; Beast's serializer would allocate and gather more than it needs.
#include "net/http_writer.hpp"

#include <array>
#include <charconv>
#include <ctime>

#include "base/check.hpp"

namespace leat::net::http {
namespace {

void append_number(std::string& out, std::uint64_t number) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

/// Fields that frame the message and are ours to write, whoever filled the headers.
bool is_framing(std::string_view name) {
    switch (name.size()) {
        case 4:
            return equals_without_case(name, "date") || equals_without_case(name, "host");
        case 10:
            return equals_without_case(name, "connection");
        case 12:
            return equals_without_case(name, "content-type");
        case 14:
            return equals_without_case(name, "content-length");
        case 17:
            return equals_without_case(name, "transfer-encoding");
        default:
            return false;
    }
}

void append_headers(std::string& out, const Headers& headers) {
    for (std::size_t i = 0; i < headers.size(); ++i) {
        const auto field = headers.at(i);
        if (is_framing(field.name)) continue;
        out.append(field.name).append(": ").append(field.value).append("\r\n");
    }
}

void append_content_type(std::string& out, std::string_view type) {
    if (type.empty()) return;
    out.append("Content-Type: ").append(one_line(type)).append("\r\n");
}

bool has_no_content(int status) { return status / 100 == 1 || status == 204 || status == 304; }

}  // namespace

void append_response(std::string& out, const Response& response, const ResponseForm& form) {
    check(response.status >= 100 && response.status <= 999, "an HTTP status has three digits");
    out.append("HTTP/1.1 ");
    append_number(out, static_cast<std::uint64_t>(response.status));
    out.append(" ").append(reason_phrase(response.status)).append("\r\nDate: ");
    out.append(http_date(form.date_ms)).append("\r\n");
    append_content_type(out, response.content_type);
    append_headers(out, response.headers);
    if (!form.keep_alive)
        out.append("Connection: close\r\n");
    else if (form.http_1_0)
        out.append("Connection: keep-alive\r\n");
    if (has_no_content(response.status)) {
        out.append("\r\n");
        return;
    }
    out.append("Content-Length: ");
    append_number(out, response.body.size());
    out.append("\r\n\r\n");
    if (!form.to_head) out.append(response.body);
}

void append_request(std::string& out, const RequestHead& head, const Headers& headers,
                    std::string_view body) {
    out.append(head.method).append(" ").append(head.target).append(" HTTP/1.1\r\nHost: ");
    out.append(head.host).append("\r\n");
    append_content_type(out, head.content_type);
    append_headers(out, headers);
    const bool without_body = head.method == "GET" || head.method == "HEAD";
    if (!body.empty() || !without_body) {
        out.append("Content-Length: ");
        append_number(out, body.size());
        out.append("\r\n");
    }
    out.append("\r\n").append(body);
}

std::string_view http_date(TimestampMs ms) {
    // A thread renders the date once a second, however many answers it writes.
    thread_local std::time_t rendered_second = -1;
    thread_local std::array<char, 32> text{};
    thread_local std::size_t size = 0;
    const auto second = static_cast<std::time_t>(ms / 1000);
    if (second != rendered_second) {
        std::tm utc{};
        gmtime_r(&second, &utc);
        size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
        rendered_second = second;
    }
    return {text.data(), size};
}

}  // namespace leat::net::http
