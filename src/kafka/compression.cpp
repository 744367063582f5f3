#include "kafka/compression.hpp"

#include <lz4frame.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <memory>

#include "kafka/bounded_output.hpp"
#include "kafka/lz4_frame.hpp"

namespace leat::kafka {
namespace {

constexpr std::array<std::string_view, 5> names{"none", "gzip", "snappy", "lz4", "zstd"};

// xerial's framing of snappy, as Java clients send it: magic, two versions, then sized blocks.
constexpr std::string_view xerial_magic{"\x82SNAPPY\0", 8};
constexpr std::size_t xerial_header_size = 16;
constexpr std::size_t xerial_block_size = std::size_t{32} * 1024;

Error corrupt_data(std::string_view codec) {
    return {Errc::corrupt, "the " + std::string{codec} + " data of a batch cannot be decompressed"};
}
Bytef* zlib_ptr(const std::byte* at) {
    return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(at));  // zlib's API is not const
}

// Bytes of the header of a gzip member (RFC 1952) at the front of `data`; nothing if it is none.
std::optional<std::size_t> gzip_header_size(ByteView data) {
    constexpr std::size_t fixed = 10;
    constexpr std::string_view magic_and_deflate{"\x1f\x8b\x08"};
    enum Flag : unsigned { header_checksum = 2, extra = 4, name = 8, comment = 16 };
    if (data.size() < fixed || !as_text(data).starts_with(magic_and_deflate)) return std::nullopt;
    const auto flags = std::to_integer<unsigned>(data[3]);
    auto size = fixed;
    const auto little_endian = [&](std::size_t at) {
        return std::to_integer<unsigned>(data[at]) | std::to_integer<unsigned>(data[at + 1]) << 8;
    };
    if ((flags & extra) != 0) {
        if (data.size() < size + 2) return std::nullopt;
        size += 2 + little_endian(size);
    }
    for (const auto text : {name, comment}) {
        if ((flags & text) == 0) continue;
        const auto end = size < data.size() ? as_text(data).find('\0', size) : std::string::npos;
        if (end == std::string::npos) return std::nullopt;
        size = end + 1;
    }
    if (size > data.size()) return std::nullopt;
    if ((flags & header_checksum) == 0) return size;
    if (data.size() < size + 2) return std::nullopt;
    const auto checksum = crc32(0, zlib_ptr(data.data()), static_cast<uInt>(size)) & 0xffffU;
    if (little_endian(size) != checksum) return std::nullopt;
    return size + 2;
}

// Inflates one member's body, which `stream` stands before, and checks its trailer.
Result<void> gunzip_member(z_stream& stream, BoundedOutput& out) {
    constexpr uInt trailer_size = 8;
    uLong checksum = 0;
    uLong size = 0;
    for (int status = Z_OK; status != Z_STREAM_END;) {
        const auto room = out.room();
        if (room.empty()) return out.over();
        stream.next_out = zlib_ptr(room.data());
        stream.avail_out = static_cast<uInt>(room.size());
        status = inflate(&stream, Z_NO_FLUSH);
        if (status != Z_OK && status != Z_STREAM_END) return corrupt_data("gzip");
        const auto made = static_cast<uInt>(room.size()) - stream.avail_out;
        checksum = crc32(checksum, zlib_ptr(room.data()), made);
        size += made;
        out.use(made);
    }
    if (stream.avail_in < trailer_size) return corrupt_data("gzip");
    const auto word = [&](std::size_t at) {
        uLong value = 0;
        for (std::size_t i = 4; i-- > 0;) value = value << 8 | stream.next_in[at + i];
        return value;
    };
    if (word(0) != checksum || word(4) != (size & 0xffffffffU)) return corrupt_data("gzip");
    stream.next_in += trailer_size;
    stream.avail_in -= trailer_size;
    return {};
}

// Members one after the other; as Java's reader does, what follows one and is none is ignored.
Result<Bytes> gunzip(ByteView data, std::size_t max_size) {
    auto header = gzip_header_size(data);
    if (!header) return corrupt_data("gzip");
    z_stream stream{};
    constexpr int raw_window = -15;
    if (inflateInit2(&stream, raw_window) != Z_OK) return corrupt_data("gzip");
    const std::unique_ptr<z_stream, decltype(&inflateEnd)> cleanup{&stream, &inflateEnd};
    BoundedOutput out{max_size};
    while (header) {
        data = data.subspan(*header);
        stream.next_in = zlib_ptr(data.data());
        stream.avail_in = static_cast<uInt>(data.size());
        if (auto done = gunzip_member(stream, out); !done) return done.error();
        data = data.last(stream.avail_in);
        constexpr std::size_t too_short = 18;  // for header and trailer
        header = data.size() > too_short ? gzip_header_size(data) : std::nullopt;
        inflateReset(&stream);
    }
    return std::move(out).take();
}

Bytes gzip(ByteView data, int level) {
    z_stream stream{};
    constexpr int gzip_window = 15 + 16;
    check(deflateInit2(&stream, level, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) == Z_OK,
          "zlib starts, and the level is one of its own");
    Bytes out(deflateBound(&stream, data.size()));
    stream.next_in = zlib_ptr(data.data());
    stream.avail_in = static_cast<uInt>(data.size());
    stream.next_out = zlib_ptr(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    check(deflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib's bound holds");
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

// Appends one raw snappy block. The declared size is refused before anything is allocated if no
// snappy data could produce it (densest element: 3 bytes to 64) or if it passes the limit.
Result<void> unsnap_block(ByteView block, Bytes& out, std::size_t max_size) {
    const auto* chars = reinterpret_cast<const char*>(block.data());
    std::size_t size = 0;
    constexpr std::size_t densest = 22;
    if (!snappy::GetUncompressedLength(chars, block.size(), &size)) return corrupt_data("snappy");
    if (size > block.size() * densest) return corrupt_data("snappy");
    if (size > max_size - out.size()) return too_large(max_size);
    const auto start = out.size();
    out.resize(start + size);
    if (!snappy::RawUncompress(chars, block.size(), reinterpret_cast<char*>(out.data() + start)))
        return corrupt_data("snappy");
    return {};
}

// xerial's framing, with what its reader lets pass: several streams in a row, each with a header
// (one of another kind is skipped), and up to three bytes at the end. Anything else is one raw
// block.
Result<Bytes> unsnap(ByteView data, std::size_t max_size) {
    Bytes out;
    if (data.size() < xerial_header_size || !as_text(data).starts_with(xerial_magic)) {
        if (auto done = unsnap_block(data, out, max_size); !done) return done.error();
        return out;
    }
    data = data.subspan(xerial_header_size);
    constexpr std::size_t word = 4;
    while (data.size() >= word) {
        const auto size = load_be<std::uint32_t>(data.data());
        if (as_text(data).starts_with(xerial_magic.substr(0, word))) {
            if (data.size() < xerial_header_size) return corrupt_data("snappy");
            if (as_text(data).starts_with(xerial_magic)
                && load_be<std::int32_t>(data.data() + xerial_magic.size()) < 1)
                return corrupt_data("snappy");
            data = data.subspan(xerial_header_size);
            continue;
        }
        if (size > data.size() - word) return corrupt_data("snappy");
        if (auto done = unsnap_block(data.subspan(word, size), out, max_size); !done)
            return done.error();
        data = data.subspan(word + size);
    }
    return out;
}

Bytes snap(ByteView data) {
    Bytes out = to_bytes(xerial_magic);
    out.resize(xerial_header_size);
    store_be(out.data() + 8, std::int32_t{1});
    store_be(out.data() + 12, std::int32_t{1});
    while (!data.empty()) {
        const auto block = data.first(std::min(data.size(), xerial_block_size));
        const auto start = out.size();
        std::size_t size = 0;
        out.resize(start + 4 + snappy::MaxCompressedLength(block.size()));
        snappy::RawCompress(reinterpret_cast<const char*>(block.data()), block.size(),
                            reinterpret_cast<char*>(out.data() + start + 4), &size);
        store_be(out.data() + start, static_cast<std::uint32_t>(size));
        out.resize(start + 4 + size);
        data = data.subspan(block.size());
    }
    return out;
}

// Java's level 9, the default, is its fast compressor; every other one is the high compressor,
// which liblz4 begins at 3 and, as Java's does, ends at 12.
int lz4_level_of(int level) {
    constexpr int javas_fast = 9;
    constexpr int least_high = 3;
    return level == javas_fast ? 0 : std::max(level, least_high);
}

Bytes lz4(ByteView data, int level) {
    LZ4F_preferences_t preferences{};
    preferences.compressionLevel = lz4_level_of(level);
    preferences.frameInfo.blockMode = LZ4F_blockIndependent;
    preferences.frameInfo.blockSizeID = LZ4F_max64KB;
    Bytes out(LZ4F_compressFrameBound(data.size(), &preferences));
    const auto size =
        LZ4F_compressFrame(out.data(), out.size(), data.data(), data.size(), &preferences);
    check(LZ4F_isError(size) == 0, "lz4's bound holds");
    out.resize(size);
    return out;
}

// Frames one after the other. Java's reader takes its input in pieces, and forgives data that ends
// inside a frame if another frame ended in the same piece.
Result<Bytes> unzstd(ByteView data, std::size_t max_size) {
    const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context{ZSTD_createDCtx(),
                                                                       &ZSTD_freeDCtx};
    constexpr int max_window_log = 27;  // 128 MiB, zstd's own default limit for streams
    ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, max_window_log);
    BoundedOutput out{max_size};
    bool frame_ended = false;
    while (!data.empty()) {
        const auto piece = data.first(std::min(data.size(), ZSTD_DStreamInSize()));
        data = data.subspan(piece.size());
        frame_ended = false;
        ZSTD_inBuffer in{piece.data(), piece.size(), 0};
        for (bool more = true; more;) {
            const auto room = out.room();
            if (room.empty()) return out.over();
            ZSTD_outBuffer made{room.data(), room.size(), 0};
            const auto hint = ZSTD_decompressStream(context.get(), &made, &in);
            if (ZSTD_isError(hint) != 0) return corrupt_data("zstd");
            out.use(made.pos);
            frame_ended |= hint == 0;
            more = in.pos < in.size || (hint != 0 && made.pos == room.size());
        }
    }
    if (!frame_ended) return corrupt_data("zstd");
    return std::move(out).take();
}

Bytes zstd(ByteView data, int level) {
    Bytes out(ZSTD_compressBound(data.size()));
    const auto size = ZSTD_compress(out.data(), out.size(), data.data(), data.size(), level);
    check(ZSTD_isError(size) == 0, "zstd's bound holds");
    out.resize(size);
    return out;
}

}  // namespace

std::string_view name_of(Codec codec) { return names.at(static_cast<std::size_t>(codec)); }

std::optional<Codec> codec_of(std::string_view name) {
    const auto at = std::ranges::find(names, name);
    if (at == names.end()) return std::nullopt;
    return static_cast<Codec>(at - names.begin());
}

std::optional<Codec> codec_of(int bits) {
    if (bits < 0 || bits >= static_cast<int>(names.size())) return std::nullopt;
    return static_cast<Codec>(bits);
}

Result<Bytes> decompress(Codec codec, ByteView data, std::size_t max_size) {
    switch (codec) {
        case Codec::none:
            if (data.size() > max_size) return too_large(max_size);
            return Bytes{data.begin(), data.end()};
        case Codec::gzip:
            return gunzip(data, max_size);
        case Codec::snappy:
            return unsnap(data, max_size);
        case Codec::lz4:
            return read_lz4_frame(data, max_size);
        case Codec::zstd:
            return unzstd(data, max_size);
    }
    return corrupt_data("unknown");
}

Bytes compress(const Compression& how, ByteView data) {
    constexpr int default_lz4 = 9;
    switch (how.codec) {
        case Codec::none:
            return {data.begin(), data.end()};
        case Codec::gzip:
            return gzip(data, how.level.value_or(Z_DEFAULT_COMPRESSION));
        case Codec::snappy:
            return snap(data);
        case Codec::lz4:
            return lz4(data, how.level.value_or(default_lz4));
        case Codec::zstd:
            return zstd(data, how.level.value_or(ZSTD_CLEVEL_DEFAULT));
    }
    return {};
}

}  // namespace leat::kafka
