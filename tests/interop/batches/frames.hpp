// Compressed data of every kind that some client may write or an enemy may send.
#pragma once

#include <string>
#include <vector>

#include "draft.hpp"

namespace leat::batches {

struct NamedFraming {
    std::string name;
    kafka::Codec codec;
    Framing framing;
};

/// As our own codec does, but Zstandard with one block that is not compressed. What is to be
/// damaged uses it: only libzstd 1.5.6 and later notice all damage of compressed blocks, and Kafka
/// has that.
Bytes simple_frame(kafka::Codec codec, const Bytes& content);

/// The kinds of frames, for each codec, sound and broken.
std::vector<NamedFraming> framings();

}  // namespace leat::batches
