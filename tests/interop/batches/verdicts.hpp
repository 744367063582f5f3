// What the two brokers made of each case, and whether that is the same.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cases.hpp"

namespace leat::batches {

/// A broker's answer to one case.
struct Answer {
    int code = 0;
    std::int64_t base_offset = -1;
    bool append_time = false;  // whether it told one
    std::vector<std::int32_t> bad_records;
    /// The case whose batch was stored at base_offset: an earlier one if this is a repetition.
    std::optional<std::size_t> stored_as;

    bool accepted() const { return code == 0; }
};

/// What Java's consumer found where an accepted batch was stored.
struct ReadBack {
    bool readable = false;
    bool dense = false;  // one record at each of the batch's offsets
    std::string digest;  // of all that the records hold
};

struct Outcome {
    Case sent;
    Answer kafka;
    Answer leat;
    std::optional<ReadBack> kafka_read;
    std::optional<ReadBack> leat_read;

    /// Whether Kafka refuses it for its producer or its timestamps and we for its records. Its
    /// verdict then needs the outcome of records_alone().
    bool names_two_faults() const;
};

enum class Kind {
    same,
    kafka_tripped,      // Kafka refuses with UNKNOWN_SERVER_ERROR, we with an error that says why
    kafka_cannot_read,  // Kafka takes what its own consumer cannot read to the end; we do not
    hidden_timestamps,  // Kafka takes the header's word for the records' times; we do not
    two_faults,         // both refuse, each with the error of the fault that it looked for first
    wrong,
};

struct Verdict {
    Kind kind = Kind::wrong;
    std::string why;  // if wrong
};
/// `alone`: of the same records alone, if they were sent.
Verdict judge(const Outcome& outcome, const Outcome* alone = nullptr);

}  // namespace leat::batches
