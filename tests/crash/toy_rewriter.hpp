// The simplest that rewrites a log's segments: leaves out batches by chance, as compaction will by
// key.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "storage/log.hpp"

namespace leat::crash {

/// Rewrites the file of a closed segment without the batches for which `drop` is true, but keeps
/// the last of each producer, and hands it to the log. The offsets that the new file lacks; if
/// none, nothing was done.
Result<std::vector<std::int64_t>> rewrite_segment(storage::Disk& disk, storage::Log& log,
                                                  const storage::ClosedSegment& segment,
                                                  const std::function<bool()>& drop);

}  // namespace leat::crash
