// What real clients and a real broker sent, byte for byte: see tests/interop/capture.
#include <gtest/gtest.h>

#include <boost/algorithm/hex.hpp>
#include <fstream>
#include <sstream>

#include "kafka/header.hpp"
#include "kafka/messages/all.hpp"

namespace leat::kafka {
namespace {

struct Capture {
    std::string client;
    std::string direction;
    int key = -1;
    std::int16_t version = -1;
    Bytes frame;
};

std::vector<Capture> captures() {
    std::ifstream file{LEAT_CAPTURES};
    std::vector<Capture> found;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('#')) continue;
        Capture capture;
        std::string hex;
        std::istringstream{line} >> capture.client >> capture.direction >> capture.key
            >> capture.version >> hex;
        capture.frame = to_bytes(boost::algorithm::unhex(hex));
        found.push_back(std::move(capture));
    }
    return found;
}

template <class Request>
Bytes request_again(const Capture& capture) {
    const auto opened = open_request(
        capture.frame, [](auto, std::int16_t v) { return Request::versions.is_flexible(v); });
    if (!opened) return {};
    const auto body = decode<Request>(opened->body, capture.version);
    if (!body) return {};
    return request_frame(*body, capture.version, opened->header.correlation_id,
                         opened->header.client_id.value_or(""))
        .flat();
}

template <class Response>
Bytes response_again(const Capture& capture) {
    const auto opened = open_response<Response>(capture.frame, capture.version);
    if (!opened) return {};
    return response_frame(opened->second, capture.version, opened->first).flat();
}

/// The frame as we write what we have read of it, with its size; empty if it cannot be read.
Bytes written_again(const Capture& capture) {
    Bytes again;
    for_each_api([&]<class Request, class Response>() {
        if (static_cast<int>(Request::api) != capture.key
            || !Request::versions.contains(capture.version))
            return;
        again = capture.direction == "request" ? request_again<Request>(capture)
                                               : response_again<Response>(capture);
    });
    return again;
}

TEST(Captures, of_real_clients_and_of_a_real_broker_are_read_and_written_byte_for_byte) {
    const auto all = captures();
    EXPECT_GT(all.size(), 200U);
    for (const auto& capture : all) {
        Bytes expected(4 + capture.frame.size());
        store_be(expected.data(), static_cast<std::int32_t>(capture.frame.size()));
        std::ranges::copy(capture.frame, expected.begin() + 4);
        EXPECT_TRUE(written_again(capture) == expected)
            << capture.client << ", " << capture.direction << " " << capture.key << " version "
            << capture.version;
    }
}

}  // namespace
}  // namespace leat::kafka
