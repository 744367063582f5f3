// Places in a partition and moments in time as people type them. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace leat::cli {

/// A place in a partition: `beginning` (earliest, oldest), `end` (latest, newest), an offset N, the
/// last N records (-N), or the first record at or after a time (@TIME).
struct Place {
    enum class Kind { beginning, end, offset, last, time };
    Kind kind = Kind::beginning;
    std::int64_t value = 0;  // offset, count of records, or ms since 1970

    bool operator==(const Place&) const = default;
};

/// Error: invalid_argument, with the forms that are known. `now` is what relative times count from.
Result<Place> parse_place(std::string_view text, TimestampMs now);

/// A moment: ms since 1970; 2024-01-31, 2024-01-31T12:00[:00[.123]][Z or +02:00], in UTC without a
/// zone; or an age like 90s, 15min, 2h, 7d before `now`. Error: invalid_argument.
Result<TimestampMs> parse_time(std::string_view text, TimestampMs now);

/// 2024-01-31T12:00:00.123Z.
std::string format_time(TimestampMs time);

}  // namespace leat::cli
