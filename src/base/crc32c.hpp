// CRC-32C (Castagnoli, RFC 3720 appendix B.4): the checksum of Kafka's record batches.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace leat {

/// The CRC-32C of `data`; with `previous`, of the bytes that gave `previous` followed by `data`.
/// Uses the processor's CRC instruction where there is one. Any thread.
std::uint32_t crc32c(ByteView data, std::uint32_t previous = 0);

}  // namespace leat
