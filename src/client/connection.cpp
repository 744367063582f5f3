// Frames, correlation and the ApiVersions handshake of one connection.
#include "client/connection.hpp"

#include <algorithm>
#include <array>

#include "kafka/error_code.hpp"

namespace leat::client {
namespace {

constexpr std::int16_t first_version = 3;
constexpr std::size_t first_chunk = std::size_t{64} << 10;

}  // namespace

std::optional<kafka::ApiVersionsResponse> open_api_versions(ByteView frame, std::int16_t version,
                                                            std::int32_t correlation_id) {
    if (frame.size() < 6 || load_be<std::int32_t>(frame.data()) != correlation_id)
        return std::nullopt;
    const auto code = static_cast<kafka::ErrorCode>(load_be<std::int16_t>(frame.data() + 4));
    const bool refused = code == kafka::ErrorCode::unsupported_version;
    auto opened = kafka::open_response<kafka::ApiVersionsResponse>(
        frame, refused ? std::int16_t{0} : version);
    if (opened) return std::move(opened->second);
    if (!refused) return std::nullopt;
    // Some brokers send the bare error, without the list of what they speak.
    kafka::ApiVersionsResponse bare;
    bare.error_code = code;
    return bare;
}

Result<Connection> Connection::open(const HostPort& peer, const ConnectionOptions& options,
                                    MonoTime deadline) {
    Error last;
    for (const auto version : {first_version, std::int16_t{0}}) {
        auto socket = Socket::connect(peer, deadline, options.interrupt);
        if (!socket) return socket.error();
        Connection connection{peer, options, std::move(*socket)};
        auto agreed = connection.negotiate(version, deadline);
        if (agreed && !*agreed) agreed = connection.negotiate(0, deadline);
        if (agreed && *agreed) return connection;
        if (agreed)
            return Error{Errc::unsupported, peer.to_string()
                                                + " refuses every version of ApiVersions; it is no "
                                                  "Kafka broker of 0.10 or newer"};
        last = agreed.error();
        if (last.code == Errc::timed_out || last.code == Errc::cancelled) break;
    }
    return last;
}

// True once the broker has said what it speaks, false if it wants another version of the question.
Result<bool> Connection::negotiate(std::int16_t version, MonoTime deadline) {
    kafka::ApiVersionsRequest request;
    request.client_software_name = "leat";
    request.client_software_version = LEAT_VERSION;
    const auto id = next_id_++;
    auto answer =
        round_trip(kafka::request_frame(request, version, id, options_.client_id), deadline);
    if (!answer) return answer.error();
    auto response = open_api_versions(answer->bytes, version, id);
    if (!response) return malformed();
    if (response->error_code == kafka::ErrorCode::unsupported_version) return false;
    if (response->error_code != kafka::ErrorCode::none)
        return Error{Errc::unavailable, peer_.to_string() + " refuses the handshake: "
                                            + std::string{name_of(response->error_code)}};
    spoken_ = std::move(*response);
    return true;
}

Result<std::int16_t> Connection::version_of(kafka::ApiKey api, kafka::Versions ours,
                                            std::int16_t max_version) const {
    const auto theirs = std::ranges::find(spoken_.api_keys, static_cast<std::int16_t>(api),
                                          &kafka::ApiVersionsResponse::ApiVersion::api_key);
    const auto number = std::to_string(static_cast<int>(api));
    if (theirs == spoken_.api_keys.end())
        return Error{Errc::unsupported,
                     "the broker " + peer_.to_string() + " does not offer API " + number
                         + "; it is too old for this command, or not meant for it"};
    const auto highest = std::min({ours.max, max_version, theirs->max_version});
    if (highest < std::max(ours.min, theirs->min_version))
        return Error{Errc::unsupported, "no common version of API " + number + " with "
                                            + peer_.to_string() + ": it offers "
                                            + std::to_string(theirs->min_version) + " to "
                                            + std::to_string(theirs->max_version)
                                            + ", this program " + std::to_string(ours.min) + " to "
                                            + std::to_string(std::min(ours.max, max_version))};
    return highest;
}

Result<SharedSlice> Connection::round_trip(const kafka::Frame& frame, MonoTime deadline) {
    if (broken_) return broke({Errc::unavailable, "an earlier request failed", true});
    if (auto sent = socket_.send(frame.views(), deadline); !sent) return broke(sent.error());
    return receive_frame(deadline);
}

Result<SharedSlice> Connection::receive_frame(MonoTime deadline) {
    std::array<std::byte, 4> size_bytes{};
    if (auto got = socket_.receive(size_bytes, deadline); !got) return broke(got.error());
    const auto size = load_be<std::int32_t>(size_bytes.data());
    if (size < 4 || static_cast<std::size_t>(size) > options_.max_response_bytes)
        return broke({Errc::corrupt, "it announced a response of " + std::to_string(size)
                                         + " bytes; is this a Kafka port?"});
    // The announced size is not trusted: memory at most doubles what has arrived.
    Bytes frame;
    while (frame.size() < static_cast<std::size_t>(size)) {
        const auto filled = frame.size();
        frame.resize(std::min(static_cast<std::size_t>(size), std::max(first_chunk, 2 * filled)));
        if (auto got = socket_.receive(std::span{frame}.subspan(filled), deadline); !got)
            return broke(got.error());
    }
    return SharedSlice::of(std::move(frame));
}

Error Connection::broke(const Error& cause) {
    broken_ = true;
    return {cause.code, peer_.to_string() + ": " + cause.what, cause.retriable};
}

Error Connection::malformed() {
    return broke({Errc::corrupt, "the response does not follow Kafka's protocol"});
}

}  // namespace leat::client
