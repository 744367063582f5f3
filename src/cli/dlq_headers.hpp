// Why a record was given up, read from the headers of whichever framework gave it up. Pure.
//
// Known: Leat, Spring Kafka (blocking and topic retries), Spring Cloud Stream, Kafka Connect, Kafka
// Streams, SmallRye (dead letter, delayed retry, decode failure), Karafka, Wolverine, Watermill,
// Silverback.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/record_batch.hpp"

namespace leat::cli {

/// What stands for a key or a value that the letter came without.
struct LeftOut {
    std::optional<std::int64_t> bytes;
    std::optional<std::string> sha256;  // as sha256sum prints it
};

struct DeadLetter {
    /// Who wrote the headers: "leat", "spring", "connect", ...; empty if no known header is there.
    std::string family;
    /// What went wrong, for a person, and its class or name.
    std::optional<std::string> reason;
    std::optional<std::string> error_type;
    std::optional<std::string> stage;
    std::optional<std::string> handler;
    std::optional<std::string> group;
    std::optional<std::string> topic;
    std::optional<std::int64_t> partition;
    std::optional<std::int64_t> offset;
    std::optional<std::int64_t> attempts;
    /// As the writer put it; RFC 3339 from Leat.
    std::optional<std::string> failed_at;
    /// Where the whole record was too large for the dead-letter topic. They mean something only if
    /// the letter's own field is null: what has put a value back may have kept the headers.
    LeftOut key;
    LeftOut value;
};

/// Reads the headers of a record in `dead_letter_topic`. Leat's own set wins where it says
/// something, then the families in the order of the list above. The group is read from the topic's
/// name (`<topic>.<group>.dlq`) where no header tells it.
DeadLetter read_dead_letter(std::span<const kafka::Header> headers,
                            std::string_view dead_letter_topic);

/// A number in a header: 1, 4 or 8 bytes big-endian unless all of them are decimal digits, else
/// decimal text.
std::optional<std::int64_t> header_number(ByteView bytes);

/// A header's value for people: text, or the number or base64 that it holds.
std::string header_text(std::string_view name, const std::optional<Bytes>& value);

}  // namespace leat::cli
