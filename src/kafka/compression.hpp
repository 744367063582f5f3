// The codecs of record batches, with output bounded before it is allocated.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace leat::kafka {

/// As in the attributes of a batch, bits 0–2.
enum class Codec : std::uint8_t { none = 0, gzip = 1, snappy = 2, lz4 = 3, zstd = 4 };

/// Kafka's name of the codec (`compression.type`); nothing for a name or number that is no codec.
std::string_view name_of(Codec codec);
std::optional<Codec> codec_of(std::string_view name);
std::optional<Codec> codec_of(int bits);

/// `data` inflated: gzip (RFC 1952), snappy in xerial's framing or raw, LZ4 frame, Zstandard. Takes
/// what Apache Kafka's readers take, several gzip members and Zstandard frames too, and nothing
/// that they cannot read. Grows with what was really produced, never with a declared size, and
/// gives up with too_large beyond `max_size` bytes. Error: corrupt.
Result<Bytes> decompress(Codec codec, ByteView data, std::size_t max_size);

/// A codec, and how hard it tries.
struct Compression {
    Codec codec = Codec::none;
    /// As in Kafka's `compression.<codec>.level`: gzip −1 and 1 to 9, lz4 1 to 17, zstd −131072 to
    /// 22. Nothing: Kafka's default; the other codecs know no level.
    std::optional<int> level{};
};

/// `data` compressed as Kafka's own clients and brokers do. Codec::none copies.
Bytes compress(const Compression& how, ByteView data);
inline Bytes compress(Codec codec, ByteView data) { return compress(Compression{codec}, data); }

}  // namespace leat::kafka
