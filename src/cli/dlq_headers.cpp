// One row for each header that tells something.
#include "cli/dlq_headers.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "cli/record_text.hpp"

namespace leat::cli {
namespace {

enum class Says {
    reason,
    type,
    stage,
    handler,
    group,
    topic,
    partition,
    offset,
    attempts,
    time,
    key_bytes,
    key_hash,
    value_bytes,
    value_hash
};

struct Row {
    std::string_view header;
    std::string_view family;
    Says says;
};

// In order of trust: the first row whose header is there decides.
constexpr auto rows = std::to_array<Row>({
    {"leat-error-message", "leat", Says::reason},
    {"leat-error-type", "leat", Says::type},
    {"leat-error-stage", "leat", Says::stage},
    {"leat-attempts", "leat", Says::attempts},
    {"leat-failed-at", "leat", Says::time},
    {"leat-handler", "leat", Says::handler},
    {"leat-key-bytes", "leat", Says::key_bytes},
    {"leat-key-sha256", "leat", Says::key_hash},
    {"leat-value-bytes", "leat", Says::value_bytes},
    {"leat-value-sha256", "leat", Says::value_hash},
    {"kafka_dlt-exception-message", "spring", Says::reason},
    {"kafka_dlt-exception-cause-fqcn", "spring", Says::type},
    {"kafka_dlt-exception-fqcn", "spring", Says::type},
    {"kafka_dlt-key-exception-message", "spring", Says::reason},
    {"kafka_dlt-key-exception-fqcn", "spring", Says::type},
    {"kafka_dlt-original-topic", "spring", Says::topic},
    {"kafka_dlt-original-partition", "spring", Says::partition},
    {"kafka_dlt-original-offset", "spring", Says::offset},
    {"kafka_dlt-original-consumer-group", "spring", Says::group},
    {"kafka_exception-message", "spring-retry", Says::reason},
    {"kafka_exception-cause-fqcn", "spring-retry", Says::type},
    {"kafka_exception-fqcn", "spring-retry", Says::type},
    {"kafka_original-topic", "spring-retry", Says::topic},
    {"kafka_original-partition", "spring-retry", Says::partition},
    {"kafka_original-offset", "spring-retry", Says::offset},
    {"retry_topic-attempts", "spring-retry", Says::attempts},
    {"kafka_deliveryAttempt", "spring-retry", Says::attempts},
    {"x-exception-message", "spring-cloud-stream", Says::reason},
    {"x-exception-fqcn", "spring-cloud-stream", Says::type},
    {"x-original-topic", "spring-cloud-stream", Says::topic},
    {"x-original-partition", "spring-cloud-stream", Says::partition},
    {"x-original-offset", "spring-cloud-stream", Says::offset},
    {"__connect.errors.exception.message", "connect", Says::reason},
    {"__connect.errors.exception.class.name", "connect", Says::type},
    {"__connect.errors.stage", "connect", Says::stage},
    {"__connect.errors.class.name", "connect", Says::handler},
    {"__connect.errors.connector.name", "connect", Says::group},
    {"__connect.errors.topic", "connect", Says::topic},
    {"__connect.errors.partition", "connect", Says::partition},
    {"__connect.errors.offset", "connect", Says::offset},
    {"__streams.errors.message", "streams", Says::reason},
    {"__streams.errors.exception", "streams", Says::type},
    {"__streams.errors.topic", "streams", Says::topic},
    {"__streams.errors.partition", "streams", Says::partition},
    {"__streams.errors.offset", "streams", Says::offset},
    {"dead-letter-reason", "smallrye", Says::reason},
    {"dead-letter-exception-class-name", "smallrye", Says::type},
    {"dead-letter-topic", "smallrye", Says::topic},
    {"dead-letter-partition", "smallrye", Says::partition},
    {"dead-letter-offset", "smallrye", Says::offset},
    {"delayed-retry-reason", "smallrye-retry", Says::reason},
    {"delayed-retry-exception-class-name", "smallrye-retry", Says::type},
    {"delayed-retry-count", "smallrye-retry", Says::attempts},
    {"delayed-retry-topic", "smallrye-retry", Says::topic},
    {"delayed-retry-partition", "smallrye-retry", Says::partition},
    {"delayed-retry-offset", "smallrye-retry", Says::offset},
    {"deserialization-failure-reason", "smallrye-decode", Says::reason},
    {"deserialization-failure-deserializer", "smallrye-decode", Says::handler},
    {"deserialization-failure-topic", "smallrye-decode", Says::topic},
    {"source_topic", "karafka", Says::topic},
    {"source_partition", "karafka", Says::partition},
    {"source_offset", "karafka", Says::offset},
    {"source_consumer_group", "karafka", Says::group},
    {"source_attempts", "karafka", Says::attempts},
    {"exception-message", "wolverine", Says::reason},
    {"exception-type", "wolverine", Says::type},
    {"failed-at", "wolverine", Says::time},
    {"original-destination", "wolverine", Says::topic},
    {"original-partition", "wolverine", Says::partition},
    {"original-offset", "wolverine", Says::offset},
    {"attempts", "wolverine", Says::attempts},
    {"wolverine-kafka-retry-exception-message", "wolverine", Says::reason},
    {"wolverine-kafka-retry-exception-type", "wolverine", Says::type},
    {"wolverine-kafka-retry-source", "wolverine", Says::topic},
    {"wolverine-kafka-retry-attempt", "wolverine", Says::attempts},
    {"reason_poisoned", "watermill", Says::reason},
    {"topic_poisoned", "watermill", Says::topic},
    {"handler_poisoned", "watermill", Says::handler},
    {"subscriber_poisoned", "watermill", Says::group},
    {"x-failure-reason", "silverback", Says::reason},
    {"x-failed-attempts", "silverback", Says::attempts},
    {"x-source-topic", "silverback", Says::topic},
    {"x-source-partition", "silverback", Says::partition},
    {"x-source-offset", "silverback", Says::offset},
    {"x-source-consumer-group-id", "silverback", Says::group},
});

// Headers beside the rows above whose value may be a binary number.
constexpr std::array<std::string_view, 4> other_numbers{
    "kafka_dlt-original-timestamp", "kafka_original-timestamp", "x-original-timestamp",
    "x-source-timestamp"};

// Numbers as short as Java's BigInteger makes them.
constexpr std::array<std::string_view, 2> shortest_numbers{"retry_topic-backoff-timestamp",
                                                           "retry_topic-original-timestamp"};

bool is_number(Says says) {
    return says == Says::partition || says == Says::offset || says == Says::attempts
           || says == Says::key_bytes || says == Says::value_bytes;
}

std::optional<std::int64_t> decimal(std::string_view text) {
    std::int64_t value = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, fault] = std::from_chars(text.data(), end, value);
    if (text.empty() || fault != std::errc{} || stop != end) return std::nullopt;
    return value;
}

std::int64_t signed_big_endian(ByteView bytes) {
    auto value = (bytes[0] & std::byte{0x80}) != std::byte{} ? ~std::uint64_t{0} : std::uint64_t{0};
    for (const auto b : bytes) value = value << 8 | std::to_integer<std::uint64_t>(b);
    return static_cast<std::int64_t>(value);
}

std::optional<std::string>* text_field(DeadLetter& letter, Says says) {
    switch (says) {
        case Says::reason:
            return &letter.reason;
        case Says::type:
            return &letter.error_type;
        case Says::stage:
            return &letter.stage;
        case Says::handler:
            return &letter.handler;
        case Says::group:
            return &letter.group;
        case Says::topic:
            return &letter.topic;
        case Says::time:
            return &letter.failed_at;
        case Says::key_hash:
            return &letter.key.sha256;
        case Says::value_hash:
            return &letter.value.sha256;
        default:
            return nullptr;
    }
}

std::optional<std::int64_t>* number_field(DeadLetter& letter, Says says) {
    switch (says) {
        case Says::partition:
            return &letter.partition;
        case Says::offset:
            return &letter.offset;
        case Says::attempts:
            return &letter.attempts;
        case Says::key_bytes:
            return &letter.key.bytes;
        case Says::value_bytes:
            return &letter.value.bytes;
        default:
            return nullptr;
    }
}

void take(DeadLetter& letter, const Row& row, ByteView value) {
    if (auto* text = text_field(letter, row.says); text != nullptr && !*text)
        *text = readable(value);
    if (auto* number = number_field(letter, row.says); number != nullptr && !*number)
        *number = header_number(value);
    if (letter.family.empty()) letter.family = row.family;
}

std::optional<std::string> group_in(std::string_view name, const std::string& topic) {
    constexpr std::string_view ending = ".dlq";
    if (!name.ends_with(ending) || !name.starts_with(topic + ".")) return std::nullopt;
    if (name.size() <= topic.size() + 1 + ending.size()) return std::nullopt;
    return std::string{
        name.substr(topic.size() + 1, name.size() - topic.size() - 1 - ending.size())};
}

}  // namespace

std::optional<std::int64_t> header_number(ByteView bytes) {
    const auto text = as_text(bytes);
    const bool all_digits = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    const bool binary_size = bytes.size() == 1 || bytes.size() == 4 || bytes.size() == 8;
    if (binary_size && !all_digits) return signed_big_endian(bytes);
    return decimal(text);
}

DeadLetter read_dead_letter(std::span<const kafka::Header> headers,
                            std::string_view dead_letter_topic) {
    DeadLetter letter;
    for (const auto& row : rows) {
        // The last of equal names is the latest hop's.
        const auto latest = std::find_if(headers.rbegin(), headers.rend(),
                                         [&](const auto& h) { return h.key == row.header; });
        if (latest != headers.rend() && latest->value) take(letter, row, *latest->value);
    }
    if (!letter.group && letter.topic) letter.group = group_in(dead_letter_topic, *letter.topic);
    return letter;
}

std::string header_text(std::string_view name, const std::optional<Bytes>& value) {
    if (!value) return "null";
    const auto row = std::ranges::find(rows, name, &Row::header);
    const bool number = (row != rows.end() && is_number(row->says))
                        || std::ranges::find(other_numbers, name) != other_numbers.end();
    if (number)
        if (const auto read = header_number(*value)) return std::to_string(*read);
    const bool shortest = std::ranges::find(shortest_numbers, name) != shortest_numbers.end();
    if (shortest && !value->empty() && value->size() <= 8)
        return std::to_string(signed_big_endian(*value));
    return readable(*value);
}

}  // namespace leat::cli
