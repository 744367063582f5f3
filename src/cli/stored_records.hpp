// What records mean that the broker itself writes: its topics, offsets, groups, control records.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>

#include "kafka/record_batch.hpp"

namespace leat::cli {

/// A record's meaning as JSON: {"type": …} and its fields, or {"error": a sentence}; nothing for
/// records that only their clients understand. Pure.
std::optional<boost::json::object> meaning_of(const std::string& topic,
                                              const kafka::BatchHeader& batch,
                                              const kafka::RecordView& record);

}  // namespace leat::cli
