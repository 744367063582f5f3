#include "storage/batch_scanner.hpp"

#include <algorithm>
#include <array>

#include "storage/segment.hpp"

namespace leat::storage {
namespace {

constexpr std::size_t magic_at = 16;

}  // namespace

bool is_frame(const kafka::BatchHeader& header) {
    return header.magic == 2
           && header.batch_length
                  >= static_cast<std::int32_t>(kafka::batch_header_size - kafka::batch_prefix_size)
           && header.base_offset >= 0 && header.last_offset_delta >= 0;
}

BatchScanner::BatchScanner(const File& file, const ScanRange& range)
    : file_(file),
      range_(range),
      next_(range.position),
      position_(range.position),
      expected_(range.expected) {}

/// Makes `count` bytes at `position` available; false at the end or on failure.
bool BatchScanner::load(std::uint64_t position, std::size_t count) {
    if (position + count > range_.end) return false;
    if (buffer_ && position >= buffer_start_ && position + count <= buffer_start_ + buffer_size_)
        return true;
    const auto size =
        std::min<std::uint64_t>(std::max(range_.window, count), range_.end - position);
    // A new buffer each time: slices of the old one may be held.
    buffer_ = std::make_shared_for_overwrite<std::byte[]>(size);
    buffer_start_ = position;
    buffer_size_ = 0;
    const auto got = file_.read_at(position, {buffer_.get(), size});
    if (!got) {
        failed_ = true;
        error_ = got.error();
        return false;
    }
    buffer_size_ = *got;
    return *got >= count;
}

std::optional<kafka::BatchHeader> BatchScanner::frame_at(std::uint64_t position) {
    if (!load(position, kafka::batch_header_size)) return std::nullopt;
    const auto header = kafka::BatchHeader::read(view(position, kafka::batch_header_size));
    if (!header || !is_frame(*header) || header->size() > range_.end - position)
        return std::nullopt;
    return header;
}

std::optional<kafka::BatchHeader> BatchScanner::sound_at(std::uint64_t position) {
    const auto header = frame_at(position);
    if (!header || !load(position, header->size())) return std::nullopt;
    return kafka::check_batch(view(position, header->size()), header->size()).header;
}

bool BatchScanner::in_order(const kafka::BatchHeader& header) const {
    if (expected_ < 0) return true;
    return range_.dense ? header.base_offset == expected_ : header.base_offset >= expected_;
}

BatchScanner::Step BatchScanner::accept(std::uint64_t position, const kafka::BatchHeader& header) {
    position_ = position;
    header_ = header;
    next_ = position + header.size();
    expected_ = header.next_offset();
    return Step::batch;
}

BatchScanner::Step BatchScanner::next() {
    position_ = next_;
    if (position_ >= range_.end) return Step::end;
    const auto header = sound_at(position_);
    if (failed_) return Step::failed;
    if (!header || !in_order(*header)) {
        if (expected_ < 0)
            if (const auto frame = frame_at(position_)) expected_ = frame->base_offset;
        return Step::damaged;
    }
    return accept(position_, *header);
}

/// Whether a sound batch begins at `position` and the bytes after it agree that it is one: a batch
/// may lie inside a record's value, but what follows it there is no batch.
bool BatchScanner::is_anchor(std::uint64_t position) {
    const auto header = sound_at(position);
    if (!header || header->base_offset < expected_) return false;
    const auto after = position + header->size();
    if (after == range_.end) return true;
    const auto follower = frame_at(after);
    return follower && follower->base_offset >= header->next_offset();
}

BatchScanner::Step BatchScanner::resync() {
    if (is_anchor(position_))  // sound, and only what should come before it is missing
        if (const auto header = sound_at(position_)) return accept(position_, *header);
    auto at = position_ + 1;
    if (const auto header = frame_at(position_); header && is_anchor(position_ + header->size()))
        at = position_ + header->size();
    for (; at < range_.end && !failed_; ++at) {
        if (!load(at, kafka::batch_header_size)) break;
        if (view(at, kafka::batch_header_size)[magic_at] != std::byte{2} || !is_anchor(at))
            continue;
        if (const auto header = sound_at(at)) return accept(at, *header);
    }
    return failed_ ? Step::failed : Step::end;
}

std::optional<std::uint64_t> confirmed_position(const File& file, const IndexEntry& hint,
                                                std::int64_t segment_base, std::uint64_t size) {
    std::array<std::byte, kafka::batch_header_size> bytes{};
    if (hint.position + bytes.size() > size) return std::nullopt;
    const auto got = file.read_at(hint.position, bytes);
    if (!got || *got < bytes.size()) return std::nullopt;
    const auto header = kafka::BatchHeader::read(bytes);
    if (!header || !is_frame(*header)
        || header->last_offset() != segment_base + std::int64_t{hint.relative_offset})
        return std::nullopt;
    return hint.position;
}

}  // namespace leat::storage
