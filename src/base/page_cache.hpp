// What the operating system holds of files in memory.
#pragma once

#include <cstddef>
#include <cstdint>

namespace leat {

/// Whether all of these bytes of an open file are in memory (mincore(2)), as far as this process
/// may know: of files that it neither owns nor may write it may not, and the answer is no. A few
/// microseconds a MiB; reads nothing, and does not mark them as used. Any thread.
bool is_in_memory(int descriptor, std::uint64_t position, std::size_t count);

/// Brings them there; blocks while the disk works. Any thread.
void bring_into_memory(int descriptor, std::uint64_t position, std::size_t count);

}  // namespace leat
