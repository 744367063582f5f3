#include "kafka/lz4_frame.hpp"

#include <lz4.h>

#include <bit>
#include <optional>

#include "kafka/bounded_output.hpp"

namespace leat::kafka {
namespace {

constexpr std::uint32_t frame_magic = 0x184D2204;
constexpr std::uint32_t uncompressed_bit = 0x80000000;
constexpr std::size_t shortest_header = 7;
constexpr std::size_t word = 4;

std::uint32_t load_le(const std::byte* at) {
    return std::to_integer<std::uint32_t>(at[0]) | std::to_integer<std::uint32_t>(at[1]) << 8
           | std::to_integer<std::uint32_t>(at[2]) << 16
           | std::to_integer<std::uint32_t>(at[3]) << 24;
}

// xxHash, 32 bits, seed 0: the checksum of blocks, and one byte of it that of the header.
std::uint32_t xxh32(ByteView data) {
    constexpr std::uint32_t p1 = 2654435761U, p2 = 2246822519U, p3 = 3266489917U, p4 = 668265263U,
                            p5 = 374761393U;
    const auto size = static_cast<std::uint32_t>(data.size());
    auto hash = p5;
    if (data.size() >= 16) {
        std::uint32_t lanes[] = {p1 + p2, p2, 0, 0 - p1};
        for (; data.size() >= 16; data = data.subspan(16))
            for (std::size_t i = 0; i < 4; ++i)
                lanes[i] = std::rotl(lanes[i] + load_le(data.data() + i * word) * p2, 13) * p1;
        hash = std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12)
               + std::rotl(lanes[3], 18);
    }
    hash += size;
    for (; data.size() >= word; data = data.subspan(word))
        hash = std::rotl(hash + load_le(data.data()) * p3, 17) * p4;
    for (const auto byte : data)
        hash = std::rotl(hash + std::to_integer<std::uint32_t>(byte) * p5, 11) * p1;
    hash = (hash ^ (hash >> 15)) * p2;
    hash = (hash ^ (hash >> 13)) * p3;
    return hash ^ (hash >> 16);
}

struct FrameHeader {
    bool content_checksum = false;
    bool block_checksum = false;
    std::size_t max_block = 0;
    std::size_t size = 0;  // of the header itself
};

std::optional<FrameHeader> read_header(ByteView data) {
    if (data.size() < shortest_header || load_le(data.data()) != frame_magic) return std::nullopt;
    const auto flags = std::to_integer<unsigned>(data[4]);
    const auto block = std::to_integer<unsigned>(data[5]);
    constexpr unsigned fixed_flags = 0xE3;  // version, block independence, reserved, dictionary
    constexpr unsigned wanted_flags = 0x60;
    if ((flags & fixed_flags) != wanted_flags || (block & 0x8FU) != 0 || block >> 4 < 4)
        return std::nullopt;
    FrameHeader header;
    header.content_checksum = (flags & 0x04U) != 0;
    header.block_checksum = (flags & 0x10U) != 0;
    header.max_block = std::size_t{1} << (2 * (block >> 4) + 8);
    header.size = shortest_header + ((flags & 0x08U) != 0 ? 8 : 0);  // the content's size
    if (data.size() < header.size) return std::nullopt;
    const auto checksum = xxh32(data.first(header.size - 1).subspan(word)) >> 8 & 0xFFU;
    if (std::to_integer<unsigned>(data[header.size - 1]) != checksum) return std::nullopt;
    return header;
}

class FrameReader {
public:
    FrameReader(const FrameHeader& header, ByteView blocks, std::size_t max_size)
        : header_(header), rest_(blocks), out_(max_size) {}

    Result<Bytes> read() {
        for (;;) {
            const auto head = take(word);
            if (!head) return corrupt("its data ends before the frame does");
            const auto size = load_le(head->data()) & ~uncompressed_bit;
            if (size == 0) break;
            const bool compressed = (load_le(head->data()) & uncompressed_bit) == 0;
            if (auto done = read_block(size, compressed); !done) return done.error();
        }
        if (header_.content_checksum && !take(word)) return corrupt("its data ends in a checksum");
        return std::move(out_).take();
    }

private:
    Result<void> read_block(std::size_t size, bool compressed) {
        if (size > header_.max_block) return corrupt("a block is larger than its header allows");
        const auto block = take(size);
        if (!block) return corrupt("its data ends inside a block");
        if (header_.block_checksum) {
            const auto checksum = take(word);
            if (!checksum || load_le(checksum->data()) != xxh32(*block))
                return corrupt("the checksum of a block is wrong");
        }
        const auto before = out_.size();
        if (auto done = compressed ? inflate(*block) : copy(*block); !done) return done;
        // Java's reader takes an empty block for the end of the data.
        if (ended_ && out_.size() > before) return corrupt("it has an empty block");
        ended_ |= out_.size() == before;
        return {};
    }

    Result<void> inflate(ByteView block) {
        constexpr std::size_t densest = 255;  // bytes that one byte of a block can stand for
        const auto most = std::min(header_.max_block, block.size() * densest);
        const auto room = out_.room(most);
        const auto size = LZ4_decompress_safe(
            reinterpret_cast<const char*>(block.data()), reinterpret_cast<char*>(room.data()),
            static_cast<int>(block.size()), static_cast<int>(room.size()));
        if (size >= 0) return out_.use(static_cast<std::size_t>(size)), Result<void>{};
        if (room.size() < most) return out_.over();
        return corrupt("a block cannot be decompressed");
    }
    Result<void> copy(ByteView block) {
        const auto room = out_.room(block.size());
        if (room.size() < block.size()) return out_.over();
        std::ranges::copy(block, room.begin());
        out_.use(block.size());
        return {};
    }

    std::optional<ByteView> take(std::size_t count) {
        if (count > rest_.size()) return std::nullopt;
        const auto taken = rest_.first(count);
        rest_ = rest_.subspan(count);
        return taken;
    }
    static Error corrupt(const std::string& what) {
        return {Errc::corrupt, "the lz4 data of a batch cannot be decompressed: " + what};
    }

    FrameHeader header_;
    ByteView rest_;
    BoundedOutput out_;
    bool ended_ = false;  // an empty block was there
};

}  // namespace

Result<Bytes> read_lz4_frame(ByteView data, std::size_t max_size) {
    const auto header = read_header(data);
    if (!header)
        return Error{Errc::corrupt,
                     "the lz4 data of a batch does not begin with a sound frame of independent "
                     "blocks"};
    return FrameReader{*header, data.subspan(header->size), max_size}.read();
}

}  // namespace leat::kafka
