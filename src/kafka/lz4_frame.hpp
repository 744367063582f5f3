// LZ4 frames as Apache Kafka reads them, which is neither all that the format allows nor all of its
// checks: what its consumers cannot read must not be taken, and what they can must be.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace leat::kafka {

/// The content of the frame at the front of `data`. Refused: linked blocks, dictionaries, skippable
/// and legacy frames, a block with nothing in it before others, a wrong checksum of the header or a
/// block. Not looked at: the content's checksum and size, and what follows the frame. Errors:
/// corrupt, too_large.
Result<Bytes> read_lz4_frame(ByteView data, std::size_t max_size);

}  // namespace leat::kafka
