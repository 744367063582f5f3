// What a dead-letter record says about itself: our headers and Spring's, over the original ones.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leat::service {

/// One header of a record. `value` is nothing for Kafka's null.
struct Header {
    std::string name;
    std::optional<std::string> value;
    bool operator==(const Header&) const = default;
};
using Headers = std::vector<Header>;

/// Where in the pipeline a record failed for good.
enum class Stage { decode, validate, handle, produce, timeout };
std::string_view name_of(Stage stage);

/// The record as it was consumed.
struct Origin {
    std::string_view topic;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::int64_t timestamp_ms = 0;
    bool log_append_time = false;
    std::string_view group;
};

/// Why it is given up.
struct Failure {
    Stage stage = Stage::handle;
    /// A C++ type or an error name.
    std::string_view type;
    std::string_view message;
    int attempts = 1;
    std::int64_t first_failed_ms = 0;
    std::int64_t failed_ms = 0;
    std::string_view handler;
};

/// `{topic}.{group}.dlq`.
std::string dead_letter_topic(std::string_view topic, std::string_view group);

/// How much of a record its dead letter has. A broker that finds one too large gets the next; the
/// last one is below 8 KiB whatever the record.
enum class LetterForm {
    full,
    brief,          // without the error's text
    without_value,  // `leat-value-bytes` and `leat-value-sha256` stand for the value
    bare,           // without the original headers and a key above 1 KiB as well
};

/// The record as it failed.
struct Failed {
    std::optional<std::string_view> key;
    std::optional<std::string_view> value;
    Headers headers;
};

/// A dead letter without its topic.
struct DeadLetter {
    std::optional<std::string> key;
    std::optional<std::string> value;
    Headers headers;
};

/// The dead letter of a record. Its headers are the original ones in their order, then the native
/// set (`leat-error-…`, all text) and Spring's dead-letter set (`kafka_dlt-…`; numbers big-endian).
/// Each of our names occurs once: over several hops the first origin and first failure stay, the
/// last error wins. A message is cut at 1 KiB, on a UTF-8 boundary.
DeadLetter dead_letter(const Failed& record, const Origin& origin, const Failure& failure,
                       LetterForm form = LetterForm::full);

}  // namespace leat::service
