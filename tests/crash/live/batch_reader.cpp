#include "batch_reader.hpp"

#include <array>
#include <stdexcept>

#include "kafka/compression.hpp"

namespace leat::crash {
namespace {

constexpr std::size_t header_size = 61;
constexpr std::size_t prefix_size = 12;
constexpr std::size_t most_inflated = std::size_t{64} << 20;

std::array<std::uint32_t, 256> crc_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        table[i] = i;
        for (int bit = 0; bit < 8; ++bit)
            table[i] = (table[i] >> 1U) ^ ((table[i] & 1U) != 0 ? 0x82f63b78U : 0U);
    }
    return table;
}

std::uint32_t crc32c_of(std::string_view bytes) {
    static const auto table = crc_table();
    std::uint32_t crc = ~0U;
    for (const char c : bytes)
        crc = table[(crc ^ static_cast<unsigned char>(c)) & 0xffU] ^ (crc >> 8U);
    return ~crc;
}

// Takes fields from the front; what does not fit is a fault.
class Cursor {
public:
    explicit Cursor(std::string_view bytes) : rest_(bytes) {}
    std::string_view rest() const { return rest_; }

    std::string_view take(std::uint64_t count) {
        if (count > rest_.size()) throw std::runtime_error("a field runs past the end");
        const auto taken = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return taken;
    }
    template <class T>
    T big_endian() {
        std::uint64_t value = 0;
        for (const char c : take(sizeof(T))) value = (value << 8U) | static_cast<unsigned char>(c);
        return static_cast<T>(value);
    }
    std::int64_t zigzag() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const auto byte = static_cast<unsigned char>(take(1)[0]);
            value |= std::uint64_t{byte & 0x7fU} << shift;
            if (byte < 0x80)
                return static_cast<std::int64_t>(value >> 1U)
                       ^ -static_cast<std::int64_t>(value & 1U);
        }
        throw std::runtime_error("an integer without an end");
    }
    TestRecord::Text text() {
        const auto size = zigzag();
        if (size < -1) throw std::runtime_error("a negative size");
        if (size < 0) return std::nullopt;
        return std::string{take(static_cast<std::uint64_t>(size))};
    }

private:
    std::string_view rest_;
};

struct Header {
    std::int64_t base_offset;
    std::int16_t attributes;
    std::int32_t last_delta;
    std::int64_t base_timestamp;
    std::int32_t count;
};

Header read_header(std::string_view batch) {
    Cursor in{batch};
    Header header{};
    header.base_offset = in.big_endian<std::int64_t>();
    in.take(4 + 4);
    if (in.big_endian<std::int8_t>() != 2) throw std::runtime_error("not of magic 2");
    if (in.big_endian<std::uint32_t>() != crc32c_of(in.rest()))
        throw std::runtime_error("a wrong checksum");
    header.attributes = in.big_endian<std::int16_t>();
    header.last_delta = in.big_endian<std::int32_t>();
    header.base_timestamp = in.big_endian<std::int64_t>();
    in.take(8 + 8 + 2 + 4);
    header.count = in.big_endian<std::int32_t>();
    return header;
}

std::string inflated(int codec, std::string_view bytes) {
    const auto known = kafka::codec_of(codec);
    if (!known) throw std::runtime_error("an unknown codec");
    const auto plain = kafka::decompress(*known, as_bytes(bytes), most_inflated);
    if (!plain) throw std::runtime_error(plain.error().what);
    return std::string{as_text(*plain)};
}

ReadRecord read_record(Cursor& in, const Header& header) {
    const auto size = in.zigzag();
    if (size < 0) throw std::runtime_error("a negative size");
    Cursor body{in.take(static_cast<std::uint64_t>(size))};
    body.take(1);
    ReadRecord read;
    read.record.timestamp = header.base_timestamp + body.zigzag();
    read.offset = header.base_offset + body.zigzag();
    read.record.key = body.text();
    read.record.value = body.text();
    for (auto left = body.zigzag(); left > 0; --left) {
        auto key = body.text();
        read.record.headers.emplace_back(key.value_or("(null)"), body.text());
    }
    if (!body.rest().empty()) throw std::runtime_error("bytes behind a record");
    return read;
}

void read_batch(std::string_view batch, std::vector<ReadRecord>& records) {
    const auto header = read_header(batch);
    if (header.count != header.last_delta + 1) throw std::runtime_error("contradicting counts");
    std::string plain;
    auto body = batch.substr(header_size);
    if (const int codec = header.attributes & 7; codec != 0) body = plain = inflated(codec, body);
    Cursor in{body};
    const auto first = records.size();
    for (std::int32_t i = 0; i < header.count; ++i) records.push_back(read_record(in, header));
    if (!in.rest().empty()) throw std::runtime_error("bytes behind the last record");
    for (std::size_t i = first; i < records.size(); ++i)
        if (records[i].offset != header.base_offset + static_cast<std::int64_t>(i - first))
            throw std::runtime_error("offsets that are not dense");
}

}  // namespace

BatchRun read_batches(std::string_view bytes) {
    BatchRun run;
    while (run.whole < bytes.size()) {
        const auto rest = bytes.substr(run.whole);
        const auto before = run.records.size();
        try {
            if (rest.size() < header_size) throw std::runtime_error("a cut header");
            Cursor in{rest.substr(8)};
            const auto length = in.big_endian<std::int32_t>();
            if (length < static_cast<std::int32_t>(header_size - prefix_size))
                throw std::runtime_error("an impossible length");
            const auto size = prefix_size + static_cast<std::size_t>(length);
            if (size > rest.size()) throw std::runtime_error("a cut batch");
            read_batch(rest.substr(0, size), run.records);
            run.whole += size;
        } catch (const std::exception& fault) {
            run.records.resize(before);
            run.fault = std::string{fault.what()} + " at byte " + std::to_string(run.whole);
            return run;
        }
    }
    return run;
}

}  // namespace leat::crash
