// Asks the shop's services over HTTP.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "leat/json.hpp"
#include "net/http_client.hpp"
#include "net/io_threads.hpp"

namespace shop {

/// Blocks for each answer, for at most a few seconds.
class Web {
public:
    /// The body of a 200, or nothing.
    std::optional<std::string> get(const std::string& url);
    /// The same as a T.
    template <class T>
    std::optional<T> get_as(const std::string& url) {
        const auto body = get(url);
        if (!body) return std::nullopt;
        auto value = leat::json::decode<T>(*body);
        if (!value) return std::nullopt;
        return std::move(*value);
    }

private:
    leat::SystemClock clock_;
    leat::net::IoThreads io_{1, "web"};
    leat::net::HttpClient client_{io_.executor(), {}, clock_};
};

/// A TCP port of 127.0.0.1 that nobody listens on: `preferred` if possible, else one a few hundreds
/// above it.
int free_port(int preferred);

}  // namespace shop
