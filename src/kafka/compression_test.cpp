#include "kafka/compression.hpp"

#include <gtest/gtest.h>
#include <lz4frame.h>

#include <random>

namespace leat::kafka {
namespace {

constexpr std::size_t limit = 1 << 20;

const Bytes& content() {
    static const Bytes bytes = [] {
        std::string text;
        for (int i = 0; i < 20'000; ++i) text += std::to_string(i * 7919 % 1000);
        return to_bytes(text);
    }();
    return bytes;
}

Bytes operator+(Bytes left, const Bytes& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

bool reads(Codec codec, ByteView data, const Bytes& expected = content()) {
    const auto inflated = decompress(codec, data, limit);
    return inflated && *inflated == expected;
}
bool refuses(Codec codec, ByteView data) {
    const auto inflated = decompress(codec, data, limit);
    return !inflated && inflated.error().code == Errc::corrupt;
}

// The last byte of a frame's header, as liblz4 computes it.
std::byte header_checksum(std::uint8_t flags, std::uint8_t block) {
    LZ4F_preferences_t preferences{};
    preferences.frameInfo.blockMode = LZ4F_blockIndependent;
    preferences.frameInfo.blockSizeID = static_cast<LZ4F_blockSizeID_t>(block >> 4);
    if ((flags & 0x10) != 0) preferences.frameInfo.blockChecksumFlag = LZ4F_blockChecksumEnabled;
    if ((flags & 0x04) != 0)
        preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
    Bytes header(LZ4F_HEADER_SIZE_MAX);
    LZ4F_cctx* context = nullptr;
    LZ4F_createCompressionContext(&context, LZ4F_VERSION);
    LZ4F_compressBegin(context, header.data(), header.size(), &preferences);
    LZ4F_freeCompressionContext(context);
    return header.at(6);
}

// One LZ4 frame whose blocks are given with their sizes, behind `flags` and `block` of the header.
Bytes lz4_frame(std::uint8_t flags, std::uint8_t block, const Bytes& blocks, std::byte checksum) {
    return Bytes{std::byte{0x04},  std::byte{0x22},  std::byte{0x4D}, std::byte{0x18},
                 std::byte{flags}, std::byte{block}, checksum}
           + blocks;
}
Bytes lz4_frame(std::uint8_t flags, std::uint8_t block, const Bytes& blocks) {
    return lz4_frame(flags, block, blocks, header_checksum(flags, block));
}

// For headers that liblz4 does not write: none of the checksums makes them good.
bool refuses_lz4_header(std::uint8_t flags, std::uint8_t block, const Bytes& blocks) {
    for (unsigned checksum = 0; checksum < 256; ++checksum)
        if (!refuses(Codec::lz4, lz4_frame(flags, block, blocks, std::byte(checksum))))
            return false;
    return true;
}
const Bytes end_mark(4, std::byte{0});
const Bytes plain_block =
    Bytes{std::byte{3}, std::byte{0}, std::byte{0}, std::byte{0x80}} + to_bytes("abc");
const Bytes empty_block{std::byte{1}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0}};

TEST(Compression, reads_several_gzip_members_and_ignores_what_follows_them) {
    const auto one = compress(Codec::gzip, content());
    EXPECT_TRUE(reads(Codec::gzip, one + one, content() + content()));
    EXPECT_TRUE(reads(Codec::gzip, one + to_bytes("no member at all, though long")));
    EXPECT_TRUE(reads(Codec::gzip, one + Bytes(100, std::byte{0})));
    EXPECT_TRUE(refuses(Codec::gzip, one + Bytes{one.begin(), one.end() - 1}));
}

TEST(Compression, checks_length_and_checksum_of_gzip) {
    auto data = compress(Codec::gzip, content());
    for (std::size_t back = 1; back <= 8; ++back) {
        auto damaged = data;
        damaged[data.size() - back] ^= std::byte{1};
        EXPECT_TRUE(refuses(Codec::gzip, damaged));
    }
}

TEST(Compression, reads_every_optional_field_of_a_gzip_header) {
    const auto plain = compress(Codec::gzip, content());
    auto header = Bytes{plain.begin(), plain.begin() + 10};
    const Bytes body{plain.begin() + 10, plain.end()};
    header[3] = std::byte{4 | 8 | 16};
    const auto fields = Bytes{std::byte{2}, std::byte{0}, std::byte{9}, std::byte{9}}
                        + to_bytes(std::string{"name\0comment\0", 13});
    EXPECT_TRUE(reads(Codec::gzip, header + fields + body));
    header[3] = std::byte{2};  // a checksum of the header, which is wrong
    EXPECT_TRUE(refuses(Codec::gzip, header + Bytes(2, std::byte{1}) + body));
}

TEST(Compression, reads_several_zstandard_frames_and_forgives_a_torn_last_one) {
    const auto one = compress(Codec::zstd, content());
    EXPECT_TRUE(reads(Codec::zstd, one + one, content() + content()));
    EXPECT_TRUE(reads(Codec::zstd, one + Bytes{one.begin(), one.begin() + 6}));
    EXPECT_TRUE(refuses(Codec::zstd, one + to_bytes("garbage")));
    EXPECT_TRUE(refuses(Codec::zstd, Bytes{one.begin(), one.end() - 1}));
}

TEST(Compression, reads_snappy_raw_and_in_several_streams) {
    const auto framed = compress(Codec::snappy, content());
    EXPECT_TRUE(reads(Codec::snappy, framed + framed, content() + content()));
    EXPECT_TRUE(reads(Codec::snappy, framed + Bytes(3, std::byte{1})));
    EXPECT_TRUE(refuses(Codec::snappy, framed + Bytes(4, std::byte{1})));
    const Bytes raw = Bytes{std::byte{3}, std::byte{2 << 2}} + to_bytes("abc");
    EXPECT_TRUE(reads(Codec::snappy, raw, to_bytes("abc")));
    EXPECT_TRUE(refuses(Codec::snappy, {}));
}

TEST(Compression, reads_lz4_whatever_follows_the_frame) {
    const auto data = compress(Codec::lz4, content());
    EXPECT_TRUE(reads(Codec::lz4, data + to_bytes("anything")));
    EXPECT_TRUE(reads(Codec::lz4, lz4_frame(0x60, 0x40, plain_block + end_mark), to_bytes("abc")));
    EXPECT_TRUE(refuses(Codec::lz4, lz4_frame(0x60, 0x40, plain_block)));
}

TEST(Compression, refuses_lz4_that_java_cannot_read) {
    const auto blocks = plain_block + end_mark;
    auto wrong_header_checksum = lz4_frame(0x60, 0x40, blocks);
    wrong_header_checksum[6] ^= std::byte{1};
    EXPECT_TRUE(refuses(Codec::lz4, wrong_header_checksum));
    EXPECT_TRUE(refuses_lz4_header(0x40, 0x40, blocks));  // linked blocks
    EXPECT_TRUE(refuses_lz4_header(0x61, 0x40, blocks));  // a dictionary
    EXPECT_TRUE(refuses_lz4_header(0xA0, 0x40, blocks));  // another version
    EXPECT_TRUE(refuses_lz4_header(0x60, 0x30, blocks));  // blocks of 16 KiB
    EXPECT_TRUE(refuses_lz4_header(0x60, 0x41, blocks));  // a reserved bit
    EXPECT_TRUE(refuses(Codec::lz4, lz4_frame(0x60, 0x40, empty_block + blocks)));
    EXPECT_TRUE(refuses(Codec::lz4, lz4_frame(0x64, 0x40, blocks)));  // no content checksum
    EXPECT_TRUE(reads(Codec::lz4, lz4_frame(0x60, 0x40, plain_block + empty_block + end_mark),
                      to_bytes("abc")));
}

TEST(Compression, checks_the_checksums_of_lz4_blocks) {
    const Bytes sum{std::byte{0xFF}, std::byte{0x53}, std::byte{0xD1}, std::byte{0x32}};
    const Bytes other{std::byte{0xFE}, std::byte{0x53}, std::byte{0xD1}, std::byte{0x32}};
    EXPECT_TRUE(
        reads(Codec::lz4, lz4_frame(0x70, 0x40, plain_block + sum + end_mark), to_bytes("abc")));
    EXPECT_TRUE(refuses(Codec::lz4, lz4_frame(0x70, 0x40, plain_block + other + end_mark)));
}

TEST(Compression, reads_every_kind_of_frame_that_liblz4_writes_with_independent_blocks) {
    for (const auto size : {LZ4F_max64KB, LZ4F_max256KB, LZ4F_max1MB, LZ4F_max4MB}) {
        for (unsigned kind = 0; kind < 8; ++kind) {
            LZ4F_preferences_t preferences{};
            preferences.frameInfo.blockMode = LZ4F_blockIndependent;
            preferences.frameInfo.blockSizeID = size;
            if ((kind & 1U) != 0)
                preferences.frameInfo.blockChecksumFlag = LZ4F_blockChecksumEnabled;
            if ((kind & 2U) != 0)
                preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
            if ((kind & 4U) != 0) preferences.frameInfo.contentSize = content().size();
            Bytes frame(LZ4F_compressFrameBound(content().size(), &preferences));
            frame.resize(LZ4F_compressFrame(frame.data(), frame.size(), content().data(),
                                            content().size(), &preferences));
            EXPECT_TRUE(reads(Codec::lz4, frame)) << kind;
        }
    }
}

TEST(Compression, grows_with_what_a_block_can_hold_and_not_with_what_it_may) {
    const auto data = lz4_frame(0x60, 0x70, plain_block + end_mark);  // blocks of up to 4 MiB
    const auto inflated = decompress(Codec::lz4, data, 3);
    EXPECT_TRUE(inflated);
    EXPECT_EQ(decompress(Codec::lz4, data, 2).error().code, Errc::too_large);
}

// Words of a small vocabulary, in an order without one: the harder one looks, the more one finds.
Bytes prose() {
    std::mt19937 random{7};
    std::vector<std::string> words(300);
    for (auto& word : words)
        for (auto size = 2 + random() % 9; size > 0; --size)
            word += static_cast<char>('a' + random() % 26);
    std::string text;
    while (text.size() < 200'000) text += words[random() % words.size()] + ' ';
    return to_bytes(text);
}

TEST(Compression, tries_as_hard_as_it_is_told_and_by_default_as_kafka_does) {
    struct {
        Codec codec;
        std::vector<int> levels;  // each smaller than the one before
        int kafkas;
    } const rows[] = {{Codec::gzip, {1, 6, 9}, -1},
                      {Codec::lz4, {9, 3, 12}, 9},
                      {Codec::zstd, {-20, -5, 1, 22}, 3}};
    const auto text = prose();
    for (const auto& row : rows) {
        auto before = text.size();
        for (const auto level : row.levels) {
            const auto packed = compress({row.codec, level}, text);
            EXPECT_LT(packed.size(), before) << name_of(row.codec) << " " << level;
            EXPECT_TRUE(reads(row.codec, packed, text)) << name_of(row.codec) << " " << level;
            before = packed.size();
        }
        EXPECT_EQ(compress(row.codec, text), compress({row.codec, row.kafkas}, text));
    }
}

TEST(Compression, takes_every_level_that_kafka_takes) {
    const auto some = Bytes{content().begin(), content().begin() + 3000};
    const auto taken = [&](Codec codec, int from, int to) {
        for (auto level = from; level <= to; ++level)
            EXPECT_TRUE(reads(codec, compress({codec, level}, some), some)) << level;
    };
    taken(Codec::gzip, 1, 9);
    taken(Codec::lz4, 1, 17);
    taken(Codec::zstd, -30, 22);
    taken(Codec::zstd, -131072, -131070);
    EXPECT_EQ(compress({Codec::lz4, 17}, some), compress({Codec::lz4, 12}, some));
    EXPECT_EQ(compress({Codec::gzip, -1}, some), compress({Codec::gzip, 6}, some));
}

}  // namespace
}  // namespace leat::kafka
