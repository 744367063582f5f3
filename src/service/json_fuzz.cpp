// Any bytes are either refused or decode to an order that survives encoding and decoding.
#include <cstddef>
#include <cstdint>

#include "base/check.hpp"
#include "leat/json.hpp"
#include "service/json_sample.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using leat::json::sample::Order;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto order = leat::json::decode<Order>(text);
    if (!order) {
        leat::check(!order.error().message.empty(), "a refusal has a message");
        leat::json::encode(order.error().to_string());  // throws unless it is UTF-8
        return 0;
    }
    const std::string written = leat::json::encode(*order);
    const auto again = leat::json::decode<Order>(written);
    leat::check(again.has_value(), "what was written is read");
    leat::check(*again == *order, "what was written reads as the same value");
    leat::check(leat::json::encode(*again) == written, "the text is stable");
    return 0;
}
