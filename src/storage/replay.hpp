// Reading a log from its start to its end on the spot: what coordinators do when they load.
#pragma once

#include <functional>

#include "storage/log.hpp"

namespace leat::storage {

/// Calls `visit` for each batch from log_start() to end_offset(), in order; views die with the
/// call. Blocks. Stops at the first error of `visit`. Errors also: corrupt, io.
Result<void> replay(Log& log, Disk& disk,
                    const std::function<Result<void>(const kafka::BatchHeader&, ByteView)>& visit);

}  // namespace leat::storage
