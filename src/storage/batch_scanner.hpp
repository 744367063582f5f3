// Walks over the batches of a segment's file, in order, trusting nothing that it reads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "kafka/record_batch.hpp"
#include "storage/disk.hpp"

namespace leat::storage {

struct IndexEntry;

/// Where and how to walk.
struct ScanRange {
    std::uint64_t position = 0;  // a batch begins here
    std::uint64_t end = 0;       // of the bytes to look at
    std::int64_t expected = -1;  // base offset of the first batch; -1: unknown
    bool dense = true;           // each batch begins at the offset where the last one ended
    /// Bytes to read at a time, or a batch if that is longer.
    std::size_t window = std::size_t{256} * 1024;
};

/// Any one thread.
class BatchScanner {
public:
    /// The file must outlive the scanner.
    BatchScanner(const File& file, const ScanRange& range);

    enum class Step {
        batch,    // header(), bytes() and position() are those of the next batch, which is sound
        end,      // nothing is left
        damaged,  // at position(): no whole batch, a wrong checksum or an offset out of order
        failed    // the read failed: error()
    };
    Step next();
    /// After `damaged`: moves to the first sound batch from position() on that is not out of order
    /// and that another sound batch or the end follows. Then batch, end or failed.
    Step resync();

    const kafka::BatchHeader& header() const { return header_; }
    std::uint64_t position() const { return position_; }
    /// The offset that comes next: after `damaged`, the first that is missing.
    std::int64_t expected() const { return expected_; }
    /// The current batch; valid while slice()'s owner lives or until the next move.
    ByteView bytes() const { return view(position_, header_.size()); }
    SharedSlice slice() const { return {buffer_, bytes()}; }
    const Error& error() const { return error_; }

private:
    bool load(std::uint64_t position, std::size_t count);
    ByteView view(std::uint64_t position, std::size_t count) const {
        return {buffer_.get() + (position - buffer_start_), count};
    }
    std::optional<kafka::BatchHeader> frame_at(std::uint64_t position);
    std::optional<kafka::BatchHeader> sound_at(std::uint64_t position);
    bool in_order(const kafka::BatchHeader& header) const;
    bool is_anchor(std::uint64_t position);
    Step accept(std::uint64_t position, const kafka::BatchHeader& header);

    const File& file_;
    ScanRange range_;
    std::uint64_t next_;
    std::uint64_t position_;
    std::int64_t expected_;
    kafka::BatchHeader header_;
    std::shared_ptr<std::byte[]> buffer_;
    std::uint64_t buffer_start_ = 0;
    std::size_t buffer_size_ = 0;
    bool failed_ = false;
    Error error_;
};

/// Whether a header may be that of a stored batch: what else it says is not believed.
bool is_frame(const kafka::BatchHeader& header);

/// The position of `hint` if the batch there is the one that the entry names, else nothing, for an
/// index is never trusted.
std::optional<std::uint64_t> confirmed_position(const File& file, const IndexEntry& hint,
                                                std::int64_t segment_base, std::uint64_t size);

}  // namespace leat::storage
