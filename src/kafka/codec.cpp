#include "kafka/codec.hpp"

#include <algorithm>
#include <bit>

#include "base/check.hpp"

namespace leat::kafka {

std::size_t Records::size() const {
    std::size_t total = 0;
    for (const auto& slice : slices) total += slice.size();
    return file ? file->count : total;
}

bool Records::operator==(const Records& other) const {
    const auto joined = [](const Records& r) {
        Bytes all;
        for (const auto& s : r.slices) all.insert(all.end(), s.bytes.begin(), s.bytes.end());
        return all;
    };
    return null == other.null && joined(*this) == joined(other);
}

void Reader::fail() {
    ok_ = false;
    rest_ = {};
}

ByteView Reader::take(std::size_t count) {
    if (!ok_ || count > rest_.size()) {
        fail();
        return {};
    }
    const auto taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
}

bool Reader::charge(std::size_t bytes) {
    if (bytes > budget_) {
        fail();
        return false;
    }
    budget_ -= bytes;
    return true;
}

std::uint32_t Reader::unsigned_varint() {
    std::uint32_t value = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        const auto next = take(1);
        if (!ok_) return 0;
        const auto byte = std::to_integer<std::uint32_t>(next[0]);
        if (shift == 28 && byte > 0x0f) break;  // more than 32 bits
        value |= (byte & 0x7fU) << shift;
        if ((byte & 0x80U) == 0) return value;
    }
    fail();
    return 0;
}

std::int64_t Reader::array_count() {
    if (flexible_) return std::int64_t{unsigned_varint()} - 1;
    std::int32_t count = 0;
    read(count);
    return count;
}

std::int64_t Reader::string_size() {
    if (flexible_) return std::int64_t{unsigned_varint()} - 1;
    std::int16_t size = 0;
    read(size);
    return size;
}

std::int64_t Reader::bytes_size() { return array_count(); }

void Reader::read(bool& field) {
    std::int8_t value = 0;
    read(value);
    field = value != 0;
}

void Reader::read(double& field) {
    std::int64_t bits = 0;
    read(bits);
    field = std::bit_cast<double>(bits);
}

void Reader::read(Uuid& field) {
    const auto bytes = take(field.bytes.size());
    if (ok_) std::ranges::copy(bytes, field.bytes.begin());
}

void Reader::read(std::string& field) {
    const auto size = string_size();
    if (size < 0) return fail();
    const auto bytes = take(static_cast<std::size_t>(size));
    if (ok_ && charge(bytes.size())) field = as_text(bytes);
}

void Reader::read(std::optional<std::string>& field) {
    const auto size = string_size();
    if (!ok_ || size < 0) return field.reset();
    const auto bytes = take(static_cast<std::size_t>(size));
    if (ok_ && charge(bytes.size())) field = as_text(bytes);
}

void Reader::read(Bytes& field) {
    const auto size = bytes_size();
    if (size < 0) return fail();
    const auto bytes = take(static_cast<std::size_t>(size));
    if (ok_ && charge(bytes.size())) field.assign(bytes.begin(), bytes.end());
}

void Reader::read(std::optional<Bytes>& field) {
    const auto size = bytes_size();
    if (!ok_ || size < 0) return field.reset();
    const auto bytes = take(static_cast<std::size_t>(size));
    if (ok_ && charge(bytes.size())) field.emplace(bytes.begin(), bytes.end());
}

void Reader::read(Records& field) {
    const auto size = bytes_size();
    field = {};
    field.null = size < 0;
    if (!ok_ || size <= 0) return;
    const auto bytes = take(static_cast<std::size_t>(size));
    if (ok_) field.slices.push_back({owner_, bytes});
}

std::vector<Frame::Piece> Frame::pieces() const {
    std::vector<Piece> pieces;
    std::size_t from = 0;
    for (const auto& [at, slice, file] : splices_) {
        if (at > from) pieces.push_back({ByteView{bytes_}.subspan(from, at - from)});
        pieces.push_back({slice.bytes, file ? &*file : nullptr});
        from = at;
    }
    if (from < bytes_.size()) pieces.push_back({ByteView{bytes_}.subspan(from)});
    return pieces;
}

std::vector<ByteView> Frame::views() const {
    std::vector<ByteView> views;
    for (const auto& piece : pieces()) {
        check(piece.file == nullptr, "what lies in files can only be sent");
        views.push_back(piece.bytes);
    }
    return views;
}

Bytes Frame::flat() const {
    Bytes all;
    all.reserve(size());
    for (const auto piece : views()) all.insert(all.end(), piece.begin(), piece.end());
    return all;
}

Frame Writer::finish_sized() && {
    store_be(frame_.bytes_.data(), static_cast<std::int32_t>(frame_.size() - 4));
    return std::move(frame_);
}

void Writer::append(ByteView bytes) {
    frame_.bytes_.insert(frame_.bytes_.end(), bytes.begin(), bytes.end());
}

void Writer::unsigned_varint(std::uint32_t value) {
    for (; value >= 0x80; value >>= 7)
        frame_.bytes_.push_back(static_cast<std::byte>((value & 0x7fU) | 0x80U));
    frame_.bytes_.push_back(static_cast<std::byte>(value));
}

void Writer::array_count(std::int64_t count) {
    if (flexible_)
        unsigned_varint(static_cast<std::uint32_t>(count + 1));
    else
        write_integer(static_cast<std::int32_t>(count));
}

void Writer::string_size(std::int64_t size) {
    if (flexible_)
        unsigned_varint(static_cast<std::uint32_t>(size + 1));
    else
        write_integer(static_cast<std::int16_t>(size));
}

void Writer::bytes_size(std::int64_t size) { array_count(size); }

void Writer::write(double field) { write_integer(std::bit_cast<std::int64_t>(field)); }

void Writer::write(const std::string& field) {
    string_size(static_cast<std::int64_t>(field.size()));
    append(as_bytes(field));
}

void Writer::write(const std::optional<std::string>& field) {
    if (!field) return string_size(-1);
    write(*field);
}

void Writer::write(const Bytes& field) {
    bytes_size(static_cast<std::int64_t>(field.size()));
    append(field);
}

void Writer::write(const std::optional<Bytes>& field) {
    if (!field) return bytes_size(-1);
    write(*field);
}

void Writer::write(const Records& field) {
    if (field.null) return bytes_size(-1);
    bytes_size(static_cast<std::int64_t>(field.size()));
    frame_.spliced_ += field.size();
    if (field.file) return frame_.splices_.push_back({frame_.bytes_.size(), {}, field.file});
    for (const auto& slice : field.slices)
        if (!slice.bytes.empty()) frame_.splices_.push_back({frame_.bytes_.size(), slice, {}});
}

}  // namespace leat::kafka
