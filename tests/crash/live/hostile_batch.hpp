// Record batches that lie, and the Produce requests that carry them.
#pragma once

#include <cstdint>
#include <string>

#include "kafka/record_batch.hpp"

namespace leat::crash {

/// Makes the checksum right, whatever was changed.
void renew_checksum(Bytes& batch);

/// A batch whose header says what `options` and `count` say, with `body` where the records belong.
Bytes batch_around(ByteView body, std::int32_t count, kafka::Codec codec);

/// A whole Produce request, size first, with acks=all and one batch for partition 0 of `topic`.
std::string produce_frame(const std::string& topic, Bytes batch, std::int16_t version = 9);

/// Zeros under a codec, as many as `size` says, in as few bytes as the codec can.
Bytes bomb(kafka::Codec codec, std::size_t size);

}  // namespace leat::crash
