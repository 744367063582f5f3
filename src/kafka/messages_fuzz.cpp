// Any bytes as any message at any version: refused, or the same after writing and reading again.
#include <cstdint>

#include "base/check.hpp"
#include "kafka/messages/all.hpp"
#include "kafka/messages/group_records.hpp"

namespace {

using namespace leat::kafka;

template <class Message>
void try_message(leat::ByteView bytes, std::int16_t version) {
    if (!Message::versions.contains(version)) return;
    const auto message = decode<Message>(bytes, version);
    if (!message) return;
    const auto written = encode(*message, version).flat();
    const auto again = decode<Message>(written, version);
    leat::check(again && *again == *message, "what was read comes back as it was written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const auto which = data[0];
    const auto version = static_cast<std::int16_t>(data[1] % 20);
    const leat::ByteView bytes = std::as_bytes(std::span{data + 2, size - 2});
    std::uint8_t index = 0;
    for_each_api([&]<class Request, class Response>() {
        if (index++ == which % 64) try_message<Request>(bytes, version);
        if (index++ == which % 64) try_message<Response>(bytes, version);
    });
    if (which % 64 == 60) try_message<OffsetCommitValue>(bytes, version);
    if (which % 64 == 61) try_message<GroupMetadataValue>(bytes, version);
    return 0;
}
