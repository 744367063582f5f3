// What a check of stored bytes found.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "kafka/record_batch.hpp"

namespace leat::storage {

enum class Gravity {
    note,    // as a stop or a crash leaves it; a start puts it right and loses nothing
    torn,    // a start cuts it: as far as anything durable tells, nobody was promised it
    damage,  // the bytes are not what was written
};
const char* name_of(Gravity gravity);

struct Finding {
    Gravity gravity = Gravity::damage;
    std::string file = {};  // a path; empty: `what` names it
    std::optional<std::uint64_t> position = {};
    std::optional<std::int64_t> offset = {};
    std::string what = {};   // what is wrong
    std::string start = {};  // what a start makes of it
};

struct CheckTotals {
    std::uint64_t bytes = 0;  // of segments
    std::uint64_t batches = 0;
    std::uint64_t records = 0;
    std::uint64_t segments = 0;
    std::uint64_t partitions = 0;
};

/// Why a record is not what its topic holds; empty if it is.
using RecordCheck = std::function<std::string(const kafka::RecordView&)>;

}  // namespace leat::storage
