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

/// The headers of the dead-letter record: the original ones in their order, then the native set
/// (`leat-error-…`, all text) and Spring's dead-letter set (`kafka_dlt-…`; numbers big-endian).
/// Each of our names occurs once: over several hops the first origin and first failure stay, the
/// last error wins. A message is cut at 1 KiB, on a UTF-8 boundary.
Headers dead_letter_headers(const Headers& original, const Origin& origin, const Failure& failure);

/// The same without Spring's set and the message: for a broker that finds the full one too large.
Headers short_dead_letter_headers(const Headers& original, const Failure& failure);

}  // namespace leat::service
