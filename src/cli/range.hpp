// Which offsets of a topic a command reads.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/when.hpp"
#include "client/offsets.hpp"
#include "client/topic_reader.hpp"

namespace leat::cli {

struct RangeRequest {
    std::string topic;
    /// Empty: all of them.
    std::vector<std::int32_t> partitions = {};
    Place from = {};
    std::optional<Place> until = {};
    /// Stop at what the end is now.
    bool to_end = false;
    bool read_committed = true;
};

/// The ranges that `request` means now, by partition: places outside what a partition holds are
/// moved to its nearest end; the `until` of a time that has not come is the end. Errors: not_found,
/// unavailable.
Result<std::vector<client::ReadRange>> resolve(client::Cluster& cluster,
                                               const RangeRequest& request);

/// The offset that `place` means in a partition that holds [begin, end) and whose first record at
/// or after the asked time is at `at_time` (-1: none).
std::int64_t offset_of(const Place& place, const client::OffsetRange& held, std::int64_t at_time);

/// For each partition of `held`, what offset_of() gives for `place`. Errors as resolve().
Result<std::vector<std::int64_t>> offsets_of(client::Cluster& cluster, const Place& place,
                                             const std::vector<client::OffsetRange>& held);

/// The options by which the reading commands choose records.
struct RangeOptions {
    std::vector<std::int32_t> partitions = {};
    Place from = {};
    std::optional<Place> until = {};
    std::int64_t count = -1;  // -1: as many as there are
};
void add_range_options(Command& command, RangeOptions& options);

/// parse_place() at this moment, for options.
Result<Place> read_place(const std::string& text);

}  // namespace leat::cli
