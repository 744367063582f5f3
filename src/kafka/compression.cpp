#include "kafka/compression.hpp"

#include <lz4frame.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <memory>

namespace leat::kafka {
namespace {

constexpr std::size_t chunk_size = std::size_t{64} * 1024;
constexpr std::array<std::string_view, 5> names{"none", "gzip", "snappy", "lz4", "zstd"};

// xerial's framing of snappy, as Java clients send it: magic, two versions, then sized blocks.
constexpr std::string_view xerial_magic{"\x82SNAPPY\0", 8};
constexpr std::size_t xerial_header_size = 16;
constexpr std::size_t xerial_block_size = std::size_t{32} * 1024;

Error corrupt(std::string_view codec) {
    return {Errc::corrupt, "the " + std::string{codec} + " data of a batch cannot be decompressed"};
}
Error too_large(std::size_t max_size) {
    return {Errc::too_large,
            "a batch inflates beyond the limit of " + std::to_string(max_size) + " bytes"};
}

// Where inflated bytes go: grows chunk by chunk and never beyond the limit.
class BoundedOutput {
public:
    explicit BoundedOutput(std::size_t max_size) : max_size_(max_size) {}

    // Room for the next piece; empty if the limit is reached.
    std::span<std::byte> room() {
        const auto step = std::clamp(used_, chunk_size, std::size_t{4} << 20);
        bytes_.resize(std::min(used_ + step, max_size_));
        return std::span{bytes_}.subspan(used_);
    }
    void use(std::size_t count) { used_ += count; }
    Bytes take() && {
        bytes_.resize(used_);
        return std::move(bytes_);
    }
    Error over() const { return too_large(max_size_); }

private:
    Bytes bytes_;
    std::size_t used_ = 0;
    std::size_t max_size_;
};

Bytef* zlib_ptr(const std::byte* at) {
    return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(at));  // zlib's API is not const
}

Result<Bytes> gunzip(ByteView data, std::size_t max_size) {
    z_stream stream{};
    constexpr int gzip_window = 15 + 16;
    if (inflateInit2(&stream, gzip_window) != Z_OK) return corrupt("gzip");
    const std::unique_ptr<z_stream, decltype(&inflateEnd)> cleanup{&stream, &inflateEnd};
    stream.next_in = zlib_ptr(data.data());
    stream.avail_in = static_cast<uInt>(data.size());
    BoundedOutput out{max_size};
    for (int status = Z_OK; status != Z_STREAM_END;) {
        const auto room = out.room();
        if (room.empty()) return out.over();
        stream.next_out = zlib_ptr(room.data());
        stream.avail_out = static_cast<uInt>(room.size());
        status = inflate(&stream, Z_NO_FLUSH);
        if (status != Z_OK && status != Z_STREAM_END) return corrupt("gzip");
        out.use(room.size() - stream.avail_out);
    }
    if (stream.avail_in != 0) return corrupt("gzip");
    return std::move(out).take();
}

Bytes gzip(ByteView data) {
    z_stream stream{};
    constexpr int gzip_window = 15 + 16;
    check(
        deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY)
            == Z_OK,
        "zlib starts");
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
    if (!snappy::GetUncompressedLength(chars, block.size(), &size)) return corrupt("snappy");
    if (size > block.size() * densest) return corrupt("snappy");
    if (size > max_size - out.size()) return too_large(max_size);
    const auto start = out.size();
    out.resize(start + size);
    if (!snappy::RawUncompress(chars, block.size(), reinterpret_cast<char*>(out.data() + start)))
        return corrupt("snappy");
    return {};
}

Result<Bytes> unsnap(ByteView data, std::size_t max_size) {
    Bytes out;
    if (!as_text(data).starts_with(xerial_magic)) {
        if (auto done = unsnap_block(data, out, max_size); !done) return done.error();
        return out;
    }
    if (data.size() < xerial_header_size) return corrupt("snappy");
    data = data.subspan(xerial_header_size);
    while (!data.empty()) {
        if (data.size() < 4) return corrupt("snappy");
        const auto size = load_be<std::uint32_t>(data.data());
        if (size > data.size() - 4) return corrupt("snappy");
        if (auto done = unsnap_block(data.subspan(4, size), out, max_size); !done)
            return done.error();
        data = data.subspan(4 + size);
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

Result<Bytes> unlz4(ByteView data, std::size_t max_size) {
    LZ4F_dctx* raw = nullptr;
    if (LZ4F_isError(LZ4F_createDecompressionContext(&raw, LZ4F_VERSION)) != 0)
        return corrupt("lz4");
    const std::unique_ptr<LZ4F_dctx, decltype(&LZ4F_freeDecompressionContext)> context{
        raw, &LZ4F_freeDecompressionContext};
    BoundedOutput out{max_size};
    for (std::size_t hint = 1; hint != 0;) {
        const auto room = out.room();
        if (room.empty()) return out.over();
        std::size_t written = room.size();
        std::size_t read = data.size();
        hint = LZ4F_decompress(context.get(), room.data(), &written, data.data(), &read, nullptr);
        if (LZ4F_isError(hint) != 0) return corrupt("lz4");
        if (read == 0 && written == 0 && hint != 0) return corrupt("lz4");
        out.use(written);
        data = data.subspan(read);
    }
    if (!data.empty()) return corrupt("lz4");
    return std::move(out).take();
}

Bytes lz4(ByteView data) {
    LZ4F_preferences_t preferences{};
    preferences.frameInfo.blockMode = LZ4F_blockIndependent;
    preferences.frameInfo.blockSizeID = LZ4F_max64KB;
    Bytes out(LZ4F_compressFrameBound(data.size(), &preferences));
    const auto size =
        LZ4F_compressFrame(out.data(), out.size(), data.data(), data.size(), &preferences);
    check(LZ4F_isError(size) == 0, "lz4's bound holds");
    out.resize(size);
    return out;
}

Result<Bytes> unzstd(ByteView data, std::size_t max_size) {
    const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context{ZSTD_createDCtx(),
                                                                       &ZSTD_freeDCtx};
    constexpr int max_window_log = 27;  // 128 MiB, zstd's own default limit for streams
    ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, max_window_log);
    ZSTD_inBuffer in{data.data(), data.size(), 0};
    BoundedOutput out{max_size};
    for (std::size_t hint = 1; hint != 0;) {
        const auto room = out.room();
        if (room.empty()) return out.over();
        ZSTD_outBuffer piece{room.data(), room.size(), 0};
        const auto before = in.pos;
        hint = ZSTD_decompressStream(context.get(), &piece, &in);
        if (ZSTD_isError(hint) != 0) return corrupt("zstd");
        if (in.pos == before && piece.pos == 0 && hint != 0) return corrupt("zstd");
        out.use(piece.pos);
    }
    if (in.pos != in.size) return corrupt("zstd");
    return std::move(out).take();
}

Bytes zstd(ByteView data) {
    Bytes out(ZSTD_compressBound(data.size()));
    const auto size =
        ZSTD_compress(out.data(), out.size(), data.data(), data.size(), ZSTD_CLEVEL_DEFAULT);
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
            return unlz4(data, max_size);
        case Codec::zstd:
            return unzstd(data, max_size);
    }
    return corrupt("unknown");
}

Bytes compress(Codec codec, ByteView data) {
    switch (codec) {
        case Codec::none:
            return {data.begin(), data.end()};
        case Codec::gzip:
            return gzip(data);
        case Codec::snappy:
            return snap(data);
        case Codec::lz4:
            return lz4(data);
        case Codec::zstd:
            return zstd(data);
    }
    return {};
}

}  // namespace leat::kafka
