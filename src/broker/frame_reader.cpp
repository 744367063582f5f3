#include "broker/frame_reader.hpp"

#include <algorithm>

namespace leat::broker {
namespace {

// Least bytes of a request: key, version, correlation id and the client id's length.
constexpr std::size_t min_frame_size = 10;
// A batch of Kafka's default largest size with its request fits in the first piece. Memory that
// was not written yet is not resident, so a declared size costs address space only.
constexpr std::size_t first_capacity = (std::size_t{1} << 20) + (std::size_t{64} << 10);
constexpr std::size_t worth_reading_directly = std::size_t{16} * 1024;

}  // namespace

bool FrameReader::take(ByteView& input, ReceivedFrame& frame) {
    if (size_bytes_ < declared_.size()) {
        const auto count = std::min(declared_.size() - size_bytes_, input.size());
        std::copy_n(input.begin(), count,
                    declared_.begin() + static_cast<std::ptrdiff_t>(size_bytes_));
        size_bytes_ += count;
        input = input.subspan(count);
        if (size_bytes_ < declared_.size()) return true;
        const auto declared = load_be<std::int32_t>(declared_.data());
        if (declared < static_cast<std::int32_t>(min_frame_size)
            || static_cast<std::size_t>(declared) > max_frame_size_)
            return false;
        size_ = static_cast<std::size_t>(declared);
        capacity_ = std::min(size_, first_capacity);
        bytes_ = std::make_shared_for_overwrite<std::byte[]>(capacity_);
        received_ = 0;
    }
    while (!input.empty() && received_ < size_) {
        if (received_ == capacity_) grow();
        const auto count = std::min(capacity_ - received_, input.size());
        std::memcpy(bytes_.get() + received_, input.data(), count);
        received_ += count;
        input = input.subspan(count);
    }
    return finish_if_whole(frame);
}

std::span<std::byte> FrameReader::direct_room() {
    if (!bytes_ || size_ - received_ < worth_reading_directly) return {};
    if (received_ == capacity_) grow();
    return {bytes_.get() + received_, capacity_ - received_};
}

bool FrameReader::took_direct(std::size_t count, ReceivedFrame& frame) {
    received_ += count;
    return finish_if_whole(frame);
}

bool FrameReader::finish_if_whole(ReceivedFrame& frame) {
    if (!bytes_ || received_ < size_) return true;
    frame = {std::move(bytes_), size_};
    bytes_ = nullptr;
    size_bytes_ = 0;
    size_ = capacity_ = received_ = 0;
    return true;
}

void FrameReader::grow() {
    const auto capacity = std::min(size_, capacity_ * 2);
    auto larger = std::make_shared_for_overwrite<std::byte[]>(capacity);
    std::memcpy(larger.get(), bytes_.get(), received_);
    bytes_ = std::move(larger);
    capacity_ = capacity;
}

}  // namespace leat::broker
