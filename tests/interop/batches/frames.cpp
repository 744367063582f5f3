#include "frames.hpp"

#include <lz4frame.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>

#include "kafka/compression.hpp"

namespace leat::batches {
namespace {

using kafka::Codec;

Bytes raw(std::initializer_list<int> values) {
    Bytes bytes;
    for (const auto value : values) bytes.push_back(static_cast<std::byte>(value));
    return bytes;
}
Bytes front(const Bytes& bytes, std::size_t count) {
    return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count)};
}
Bytes back(const Bytes& bytes, std::size_t from) {
    return {bytes.begin() + static_cast<std::ptrdiff_t>(from), bytes.end()};
}
Bytes flipped(Bytes bytes, std::size_t at) {
    bytes.at(at) ^= std::byte{1};
    return bytes;
}
Bytes with(Bytes bytes, std::size_t at, int value) {
    bytes.at(at) = static_cast<std::byte>(value);
    return bytes;
}

Bytes zstd(const Bytes& content, std::initializer_list<std::pair<ZSTD_cParameter, int>> options) {
    auto* context = ZSTD_createCCtx();
    for (const auto& [key, value] : options) ZSTD_CCtx_setParameter(context, key, value);
    Bytes out(ZSTD_compressBound(content.size()) + 64);
    out.resize(ZSTD_compress2(context, out.data(), out.size(), content.data(), content.size()));
    ZSTD_freeCCtx(context);
    return out;
}

// Kinds that mean something for every codec; `pack` compresses.
void add_common(std::vector<NamedFraming>& all, Codec codec) {
    const auto pack = [codec](const Bytes& content) { return kafka::compress(codec, content); };
    const auto add = [&](const std::string& name, Framing framing) {
        all.push_back({std::string{name_of(codec)} + "-" + name, codec, std::move(framing)});
    };
    add("two in a row", [pack](const Bytes& c) {
        return pack(front(c, c.size() / 2)) + pack(back(c, c.size() / 2));
    });
    add("an empty one first", [pack](const Bytes& c) { return pack({}) + pack(c); });
    add("an empty one last", [pack](const Bytes& c) { return pack(c) + pack({}); });
    add("nothing at all", [](const Bytes&) { return Bytes{}; });
    add("not compressed", [](const Bytes& c) { return c; });
    add("content twice", [pack](const Bytes& c) { return pack(c) + pack(c); });
    add("compressed twice", [pack](const Bytes& c) { return pack(pack(c)); });
    for (const std::size_t missing : {1, 4, 8, 9})
        add("short of " + std::to_string(missing), [pack, missing](const Bytes& c) {
            const auto packed = pack(c);
            return front(packed, packed.size() - std::min(missing, packed.size()));
        });
    for (const std::size_t extra : {1, 2, 3, 4, 5, 8, 9, 18, 19, 30, 100})
        for (const int fill : {0x00, 0xFF, 0x1F})
            add("before " + std::to_string(extra) + " of " + std::to_string(fill),
                [pack, extra, fill](const Bytes& c) {
                    return pack(c) + Bytes(extra, static_cast<std::byte>(fill));
                });
    for (const std::size_t size : {6, 10, 12, 17, 21, 29})
        add("before a torn one of " + std::to_string(size), [pack, size](const Bytes& c) {
            const auto packed = pack(c);
            return packed + front(packed, std::min(size, packed.size() - 1));
        });
    const auto simple = [codec](const Bytes& content) { return simple_frame(codec, content); };
    for (std::size_t at = 0; at < 16; ++at)
        add("flipped at " + std::to_string(at), [simple, at](const Bytes& c) {
            const auto packed = simple(c);
            return flipped(packed, at % packed.size());
        });
    for (std::size_t at = 1; at < 10; ++at)
        add("flipped at the end - " + std::to_string(at), [simple, at](const Bytes& c) {
            const auto packed = simple(c);
            return flipped(packed, packed.size() - at);
        });
}

Bytes gzip_with_header(const Bytes& content, int flags, const Bytes& fields, bool checksum) {
    const auto plain = kafka::compress(Codec::gzip, content);
    auto header = with(front(plain, 10), 3, flags) + fields;
    if (checksum) {
        const auto crc = crc32(0, reinterpret_cast<const Bytef*>(header.data()),
                               static_cast<uInt>(header.size()));
        header = header + raw({static_cast<int>(crc & 0xFF), static_cast<int>(crc >> 8 & 0xFF)});
    }
    return header + back(plain, 10);
}

void add_gzip(std::vector<NamedFraming>& all) {
    const auto add = [&](const std::string& name, Framing framing) {
        all.push_back({"gzip-" + name, Codec::gzip, std::move(framing)});
    };
    add("name",
        [](const Bytes& c) { return gzip_with_header(c, 8, to_bytes("n") + raw({0}), false); });
    add("comment", [](const Bytes& c) { return gzip_with_header(c, 16, raw({0}), false); });
    add("extra", [](const Bytes& c) { return gzip_with_header(c, 4, raw({2, 0, 1, 1}), false); });
    add("extra beyond", [](const Bytes& c) {
        return gzip_with_header(c, 4, raw({255, 255}), false);
    });
    add("all fields", [](const Bytes& c) {
        return gzip_with_header(c, 31, raw({1, 0, 7, 'n', 0, 'c', 0}), true);
    });
    add("header checksum", [](const Bytes& c) { return gzip_with_header(c, 2, {}, true); });
    add("wrong header checksum", [](const Bytes& c) {
        return gzip_with_header(c, 2, raw({1, 2}), false);
    });
    for (const int flag : {32, 64, 128})
        add("reserved " + std::to_string(flag),
            [flag](const Bytes& c) { return gzip_with_header(c, flag, {}, false); });
    add("zlib", [](const Bytes& c) {
        auto size = compressBound(c.size());
        Bytes out(size);
        compress(reinterpret_cast<Bytef*>(out.data()), &size,
                 reinterpret_cast<const Bytef*>(c.data()), c.size());
        out.resize(size);
        return out;
    });
}

Bytes chunk(const Bytes& content) {
    std::string packed;
    snappy::Compress(reinterpret_cast<const char*>(content.data()), content.size(), &packed);
    Bytes bytes(4);
    store_be(bytes.data(), static_cast<std::int32_t>(packed.size()));
    return bytes + to_bytes(packed);
}

void add_snappy(std::vector<NamedFraming>& all) {
    const auto add = [&](const std::string& name, Framing framing) {
        all.push_back({"snappy-" + name, Codec::snappy, std::move(framing)});
    };
    const auto head = [](int version, int compatible) {
        return raw({0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0, 0, 0, 0, version, 0, 0, 0, compatible});
    };
    add("raw", [](const Bytes& c) { return back(chunk(c), 4); });
    add("raw and more", [](const Bytes& c) { return back(chunk(c), 4) + raw({0}); });
    for (const int version : {0, 1, 2, 100})
        add("version " + std::to_string(version),
            [=](const Bytes& c) { return head(version, version) + chunk(c); });
    for (const int version : {0, 2})
        add("then version " + std::to_string(version),
            [=](const Bytes& c) { return head(1, 1) + chunk(c) + head(version, 1) + chunk({}); });
    add("then another header",
        [=](const Bytes& c) { return head(1, 1) + chunk(c) + with(head(1, 1), 5, 'X'); });
    add("then a torn header",
        [=](const Bytes& c) { return head(1, 1) + chunk(c) + front(head(1, 1), 12); });
    add("small chunks", [=](const Bytes& c) {
        auto out = head(1, 1);
        for (std::size_t at = 0; at < c.size(); at += 7)
            out = out + chunk(front(back(c, at), std::min<std::size_t>(7, c.size() - at)));
        return out;
    });
    add("empty chunks",
        [=](const Bytes& c) { return head(1, 1) + chunk({}) + chunk(c) + chunk({}); });
    add("chunk of no bytes", [=](const Bytes& c) {
        return head(1, 1) + raw({0, 0, 0, 0}) + chunk(c);
    });
    add("then a chunk of no bytes", [=](const Bytes& c) {
        return head(1, 1) + chunk(c) + raw({0, 0, 0, 0});
    });
    add("negative chunk", [=](const Bytes& c) {
        return head(1, 1) + chunk(c) + raw({255, 0, 0, 0});
    });
    add("a lie about its size", [=](const Bytes& c) {
        auto bytes = chunk(c);
        return head(1, 1) + with(bytes, 4, std::to_integer<int>(bytes[4]) ^ 2);
    });
    add("header alone", [=](const Bytes&) { return head(1, 1); });
}

struct Lz4Options {
    LZ4F_blockSizeID_t size = LZ4F_max64KB;
    LZ4F_blockMode_t mode = LZ4F_blockIndependent;
    bool block_checksum = false;
    bool content_checksum = false;
    bool content_size = false;
    unsigned dictionary = 0;
};
Bytes lz4(const Bytes& content, const Lz4Options& options) {
    LZ4F_preferences_t preferences{};
    preferences.frameInfo.blockMode = options.mode;
    preferences.frameInfo.blockSizeID = options.size;
    preferences.frameInfo.dictID = options.dictionary;
    if (options.block_checksum) preferences.frameInfo.blockChecksumFlag = LZ4F_blockChecksumEnabled;
    if (options.content_checksum)
        preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
    if (options.content_size) preferences.frameInfo.contentSize = content.size();
    // Not LZ4F_compressFrame(), which chooses the size of blocks itself.
    LZ4F_cctx* context = nullptr;
    LZ4F_createCompressionContext(&context, LZ4F_VERSION);
    Bytes out(LZ4F_compressBound(content.size(), &preferences) + LZ4F_HEADER_SIZE_MAX);
    auto size = LZ4F_compressBegin(context, out.data(), out.size(), &preferences);
    size += LZ4F_compressUpdate(context, out.data() + size, out.size() - size, content.data(),
                                content.size(), nullptr);
    size += LZ4F_compressEnd(context, out.data() + size, out.size() - size, nullptr);
    LZ4F_freeCompressionContext(context);
    out.resize(size);
    return out;
}

// A frame without compression, from parts. The header's checksum is right if the flags are.
Bytes lz4_parts(int flags, int block, const Bytes& blocks) {
    const auto size = std::max(block >> 4 & 7, static_cast<int>(LZ4F_max64KB));
    const auto sound = lz4({}, {.size = static_cast<LZ4F_blockSizeID_t>(size)});
    return with(with(front(sound, 7), 4, flags), 5, block) + blocks;
}
Bytes plain_block(const Bytes& content) {
    const auto size = static_cast<int>(content.size());
    return raw({size & 0xFF, size >> 8 & 0xFF, size >> 16 & 0x7F, 0x80}) + content;
}

void add_lz4(std::vector<NamedFraming>& all) {
    const auto add = [&](const std::string& name, Framing framing) {
        all.push_back({"lz4-" + name, Codec::lz4, std::move(framing)});
    };
    const auto end = raw({0, 0, 0, 0});
    const auto hollow = raw({1, 0, 0, 0, 0});  // a block of no content
    for (const auto size : {LZ4F_max64KB, LZ4F_max256KB, LZ4F_max1MB, LZ4F_max4MB})
        for (const bool checked : {false, true})
            add("blocks " + std::to_string(size) + (checked ? " checked" : ""),
                [=](const Bytes& c) {
                    return lz4(c, {.size = size,
                                   .block_checksum = checked,
                                   .content_checksum = checked,
                                   .content_size = checked});
                });
    add("linked", [](const Bytes& c) { return lz4(c, {.mode = LZ4F_blockLinked}); });
    add("dictionary", [](const Bytes& c) { return lz4(c, {.dictionary = 7}); });
    add("wrong block checksum", [](const Bytes& c) {
        const auto frame = lz4(c, {.block_checksum = true});
        return flipped(frame, frame.size() - 5);
    });
    add("wrong content checksum", [](const Bytes& c) {
        const auto frame = lz4(c, {.content_checksum = true});
        return flipped(frame, frame.size() - 1);
    });
    add("torn content checksum", [](const Bytes& c) {
        const auto frame = lz4(c, {.content_checksum = true});
        return front(frame, frame.size() - 2);
    });
    add("a lie about its size",
        [](const Bytes& c) { return flipped(lz4(c, {.content_size = true}), 6); });
    for (const int flags : {0x40, 0x60, 0x61, 0x62, 0x20, 0xA0, 0xE0})
        for (const int block : {0x40, 0x70, 0x30, 0x41, 0xC0})
            add("flags " + std::to_string(flags) + " " + std::to_string(block),
                [=](const Bytes& c) { return lz4_parts(flags, block, plain_block(c) + end); });
    add("plain blocks", [=](const Bytes& c) {
        return lz4_parts(0x60, 0x40, plain_block(front(c, 3)) + plain_block(back(c, 3)) + end);
    });
    add("end mark of a plain block", [=](const Bytes& c) {
        return lz4_parts(0x60, 0x40, plain_block(c) + raw({0, 0, 0, 0x80}));
    });
    add("hollow last",
        [=](const Bytes& c) { return lz4_parts(0x60, 0x40, plain_block(c) + hollow + end); });
    add("hollow first",
        [=](const Bytes& c) { return lz4_parts(0x60, 0x40, hollow + plain_block(c) + end); });
    add("hollow between", [=](const Bytes& c) {
        return lz4_parts(0x60, 0x40,
                         plain_block(front(c, 1)) + hollow + plain_block(back(c, 1)) + end);
    });
    add("block too large", [=](const Bytes& c) {
        return lz4_parts(0x60, 0x40, plain_block(c + Bytes(70'000, std::byte{0})) + end);
    });
    add("skippable first", [](const Bytes& c) {
        return raw({0x50, 0x2A, 0x4D, 0x18, 1, 0, 0, 0, 9}) + lz4(c, {});
    });
    add("legacy", [](const Bytes& c) {
        const auto frame = lz4(c, {});
        return raw({0x02, 0x21, 0x4C, 0x18}) + back(frame, 7);
    });
}

void add_zstd(std::vector<NamedFraming>& all) {
    const auto add = [&](const std::string& name, Framing framing) {
        all.push_back({"zstd-" + name, Codec::zstd, std::move(framing)});
    };
    const auto skippable = raw({0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3});
    add("skippable first", [=](const Bytes& c) { return skippable + zstd(c, {}); });
    add("skippable last", [=](const Bytes& c) { return zstd(c, {}) + skippable; });
    add("torn skippable last", [=](const Bytes& c) { return zstd(c, {}) + front(skippable, 9); });
    add("checksum", [](const Bytes& c) { return zstd(c, {{ZSTD_c_checksumFlag, 1}}); });
    add("wrong checksum", [](const Bytes& c) {
        const auto frame = zstd(c, {{ZSTD_c_checksumFlag, 1}});
        return flipped(frame, frame.size() - 1);
    });
    add("no size", [](const Bytes& c) { return zstd(c, {{ZSTD_c_contentSizeFlag, 0}}); });
    // With neither size nor single segment, byte 5 is the window: 2^(10 + top five bits).
    for (const int log : {20, 26, 27, 28, 31})
        add("window " + std::to_string(log), [log](const Bytes& c) {
            auto frame = zstd(c, {{ZSTD_c_contentSizeFlag, 0}, {ZSTD_c_windowLog, 17}});
            return with(frame, 5, (log - 10) << 3);
        });
    add("dictionary wanted", [](const Bytes& c) {
        const auto frame = zstd(c, {{ZSTD_c_contentSizeFlag, 0}});
        return with(front(frame, 6), 4, std::to_integer<int>(frame[4]) | 1) + raw({9})
               + back(frame, 6);
    });
}

}  // namespace

Bytes simple_frame(Codec codec, const Bytes& content) {
    if (codec != Codec::zstd) return kafka::compress(codec, content);
    constexpr int window_128_kib = 7 << 3;
    const auto block = static_cast<int>(content.size() << 3 | 1);  // the last one, as it is
    return raw({0x28, 0xB5, 0x2F, 0xFD, 0, window_128_kib, block & 0xFF, block >> 8 & 0xFF,
                block >> 16 & 0xFF})
           + content;
}

std::vector<NamedFraming> framings() {
    std::vector<NamedFraming> all;
    for (const auto codec : {Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd})
        add_common(all, codec);
    add_gzip(all);
    add_snappy(all);
    add_lz4(all);
    add_zstd(all);
    return all;
}

}  // namespace leat::batches
