// A record as the tests send it, and the name under which the checkers know it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "history_checker.hpp"

namespace leat::crash {

/// Everything of a record that has to come back as it was. A header called `n` names its producer
/// and number: "i3-42".
struct TestRecord {
    using Text = std::optional<std::string>;
    Text key;
    Text value;
    std::vector<std::pair<std::string, Text>> headers;
    std::int64_t timestamp = 0;
};

/// The record's name with a digest (SHA-256) of all that it holds: two records are the same if and
/// only if these are. "?" if it has no name.
std::string fingerprint(const TestRecord& record);

/// A record like those of real producers: null, empty, small and large keys, values and headers.
TestRecord make_record(HistoryChecker::Kind kind, int producer, int number, std::uint64_t random);

}  // namespace leat::crash
