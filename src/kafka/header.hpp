// What stands in front of every request and response body (Kafka protocol guide, KIP-482).
#pragma once

#include <optional>
#include <string>

#include "kafka/api_key.hpp"
#include "kafka/codec.hpp"

namespace leat::kafka {

/// The fields that every header version has; they can be read before the API is known.
struct RequestHeader {
    std::int16_t api_key = 0;
    std::int16_t api_version = 0;
    std::int32_t correlation_id = 0;
    std::optional<std::string> client_id;

    bool operator==(const RequestHeader&) const = default;
    void fields(auto& f) {
        f(api_key);
        f(api_version);
        f(correlation_id);
        f(client_id);
    }
};

/// A request's header and what follows it.
struct OpenedRequest {
    RequestHeader header;
    ByteView body;
};

/// Reads the header at the front of `frame` (without its size). `flexible(key, version)` tells
/// whether that request uses header version 2, with tagged fields. Nothing if it is malformed.
template <class IsFlexible>
std::optional<OpenedRequest> open_request(ByteView frame, IsFlexible flexible) {
    // The client id is never compact: header version 2 differs from 1 by its tagged fields only.
    Reader in{frame, 1, false};
    OpenedRequest request;
    in(request.header);
    if (!in.ok()) return std::nullopt;
    if (!flexible(request.header.api_key, request.header.api_version)) {
        request.body = in.rest();
        return request;
    }
    Reader tags{in.rest(), 2, true};
    tags.skip_tags();
    if (!tags.ok()) return std::nullopt;
    request.body = tags.rest();
    return request;
}

/// A whole frame, size first, of a request.
template <class Request>
Frame request_frame(const Request& request, std::int16_t version, std::int32_t correlation_id,
                    const std::string& client_id) {
    const RequestHeader header{.api_key = static_cast<std::int16_t>(Request::api),
                               .api_version = version,
                               .correlation_id = correlation_id,
                               .client_id = client_id};
    Writer out{version, false};
    out.begin_sized();
    out(header);
    const bool flexible = Request::versions.is_flexible(version);
    if (flexible) out.empty_tags();
    out.set_flexible(flexible);
    write_message(out, request);
    return std::move(out).finish_sized();
}

/// A whole frame, size first, of a response. ApiVersions answers with header version 0 at every
/// version, because its client cannot know yet what the broker speaks (KIP-511).
template <class Response>
Frame response_frame(const Response& response, std::int16_t version, std::int32_t correlation_id) {
    Writer out{version, false};
    out.begin_sized();
    out(correlation_id);
    const bool flexible = Response::versions.is_flexible(version);
    if (flexible && Response::api != ApiKey::api_versions) out.empty_tags();
    out.set_flexible(flexible);
    write_message(out, response);
    return std::move(out).finish_sized();
}

/// A response's correlation id and body; `frame` is without its size.
template <class Response>
std::optional<std::pair<std::int32_t, Response>> open_response(
    ByteView frame, std::int16_t version, std::shared_ptr<const void> owner = {}) {
    const bool flexible = Response::versions.is_flexible(version);
    Reader in{frame, version, false, owner};
    std::int32_t correlation_id = 0;
    in(correlation_id);
    Reader tags{in.rest(), version, true};
    if (flexible && Response::api != ApiKey::api_versions) tags.skip_tags();
    if (!in.ok() || !tags.ok()) return std::nullopt;
    auto body = decode<Response>(tags.rest(), version, std::move(owner));
    if (!body) return std::nullopt;
    return std::pair{correlation_id, std::move(*body)};
}

}  // namespace leat::kafka
