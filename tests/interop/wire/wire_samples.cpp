// Writes messages of random content, at every version that we speak, one a line:
//   WHAT VERSION HEX
// WHAT is request/KEY or response/KEY, with the header of its version, or the name of a message
// that stands alone. WireSamples.java reads them with Apache Kafka's own classes.
#include <boost/algorithm/hex.hpp>
#include <cstdio>
#include <cstdlib>

#include "kafka/header.hpp"
#include "kafka/message_fill.hpp"
#include "kafka/messages/all.hpp"
#include "kafka/messages/consumer_protocol.hpp"
#include "kafka/messages/group_records.hpp"

namespace leat::kafka {
namespace {

constexpr int rounds = 25;
constexpr std::size_t frame_prefix = 4;  // its size

void write_line(const std::string& what, std::int16_t version, ByteView bytes) {
    std::printf("%s %d %s\n", what.c_str(), version,
                boost::algorithm::hex(std::string{as_text(bytes)}).c_str());
}

template <class Message>
void write_lone(const std::string& name, std::mt19937& random) {
    fill_at_every_version<Message>(random, rounds, [&](const Message& message, std::int16_t v) {
        write_line(name, v, encode(message, v).flat());
    });
}

void write_all(std::mt19937& random) {
    for_each_api([&]<class Request, class Response>() {
        const auto key = std::to_string(static_cast<int>(Request::api));
        fill_at_every_version<Request>(random, rounds, [&](const Request& message, auto version) {
            const auto frame = request_frame(message, version, 42, "sample").flat();
            write_line("request/" + key, version, ByteView{frame}.subspan(frame_prefix));
        });
        fill_at_every_version<Response>(random, rounds, [&](const Response& message, auto version) {
            const auto frame = response_frame(message, version, 42).flat();
            write_line("response/" + key, version, ByteView{frame}.subspan(frame_prefix));
        });
    });
    write_lone<OffsetCommitKey>("OffsetCommitKey", random);
    write_lone<OffsetCommitValue>("OffsetCommitValue", random);
    write_lone<GroupMetadataKey>("GroupMetadataKey", random);
    write_lone<GroupMetadataValue>("GroupMetadataValue", random);
    write_lone<ConsumerProtocolSubscription>("ConsumerProtocolSubscription", random);
    write_lone<ConsumerProtocolAssignment>("ConsumerProtocolAssignment", random);
}

}  // namespace
}  // namespace leat::kafka

int main(int argc, char** argv) {
    const auto seed = argc > 1 ? static_cast<unsigned>(std::strtoul(argv[1], nullptr, 10))
                               : std::random_device{}();
    std::fprintf(stderr, "seed %u\n", seed);
    std::mt19937 random{seed};
    leat::kafka::write_all(random);
}
