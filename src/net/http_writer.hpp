// Writes HTTP/1.1 messages as bytes: heads by hand, straight into the buffer that is sent.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "net/http.hpp"

namespace leat::net::http {

struct ResponseForm {
    bool keep_alive = true;
    bool http_1_0 = false;  // the peer must be told of keep-alive
    bool to_head = false;   // the head only, with the body's length
    TimestampMs date_ms = 0;
};

/// Appends `response`. Content-Length, Connection, Transfer-Encoding, Date and Content-Type among
/// its headers are left out: they are written from the other members.
void append_response(std::string& out, const Response& response, const ResponseForm& form);

/// Appends a request for `target` at `host` (with its port if that is not 80).
struct RequestHead {
    std::string_view method;
    std::string_view target;
    std::string_view host;
    std::string_view content_type;
};
void append_request(std::string& out, const RequestHead& head, const Headers& headers,
                    std::string_view body);

/// `ms` as an IMF-fixdate, e.g. `Sun, 06 Nov 1994 08:49:37 GMT`. The view is this thread's and
/// valid until its next call.
std::string_view http_date(TimestampMs ms);

}  // namespace leat::net::http
