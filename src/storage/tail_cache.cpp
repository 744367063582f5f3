#include "storage/tail_cache.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "kafka/record_batch.hpp"

namespace leat::storage {
namespace {

// Smaller batches are copied: below this a copy is cheaper than what the slice might pin.
constexpr std::size_t copied_below = 4096;
constexpr std::size_t smallest_chunk = 4096;
constexpr std::size_t largest_chunk = std::size_t{16} * 1024;  // a reader walks through one

struct BatchFrame {
    std::int64_t base_offset;
    std::int64_t next_offset;
    std::size_t size;
};
/// Of the batch at the front of `bytes`, which was whole when it came in.
BatchFrame frame_of(ByteView bytes) {
    const auto header = kafka::BatchHeader::read(bytes);
    check(header && header->size() <= bytes.size(), "the tail holds whole batches");
    return {header->base_offset, header->next_offset(), header->size()};
}

}  // namespace

void TailBudget::left(std::uint64_t id, std::size_t bytes) {
    caches_.erase(id);
    used_ -= bytes;
}

void TailBudget::added(std::uint64_t id, std::size_t bytes) {
    used_ += bytes;
    order_.push_back(id);
    while (used_ > limit_ && !order_.empty()) {
        const auto oldest = caches_.find(order_.front());
        order_.pop_front();
        if (oldest != caches_.end() && !oldest->second->empty()) oldest->second->drop_oldest();
    }
}

TailCache::TailCache(std::shared_ptr<TailBudget> budget)
    : budget_(std::move(budget)), id_(budget_->next_id_++) {
    budget_->joined(id_, this);
}

TailCache::~TailCache() { budget_->left(id_, bytes_); }

void TailCache::clear() {
    budget_->used_ -= bytes_;
    bytes_ = 0;
    runs_.clear();
    chunk_.reset();
    chunk_used_ = 0;
}

void TailCache::forget_below(std::int64_t offset) {
    while (!empty() && start_offset() < offset) drop_oldest();
}

void TailCache::drop_oldest() {
    const auto charged = runs_.front().charged;
    if (runs_.size() == 1) chunk_.reset();
    runs_.pop_front();
    bytes_ -= charged;
    budget_->used_ -= charged;
}

void TailCache::add(std::int64_t base_offset, std::int64_t next_offset, const SharedSlice& batch) {
    check(base_offset < next_offset && (runs_.empty() || runs_.back().next_offset == base_offset),
          "the tail of a log has no gap");
    if (!batch.owner || batch.size() < copied_below)
        return add_copy(base_offset, next_offset, batch.bytes);
    chunk_.reset();
    runs_.push_back({base_offset, next_offset, batch, batch.size()});
    bytes_ += batch.size();
    budget_->added(id_, batch.size());
}

void TailCache::add_copy(std::int64_t base_offset, std::int64_t next_offset, ByteView batch) {
    if (chunk_ && chunk_used_ + batch.size() <= chunk_->size()) {
        std::ranges::copy(batch, chunk_->data() + chunk_used_);
        chunk_used_ += batch.size();
        auto& run = runs_.back();
        run.next_offset = next_offset;
        run.bytes.bytes = ByteView{chunk_->data(), chunk_used_};
        return;
    }
    // Chunks grow with the log's traffic, so that ten thousand quiet logs take little.
    const auto twice = chunk_ ? std::min(chunk_->size() * 2, largest_chunk) : smallest_chunk;
    const auto size = std::max(twice, batch.size());
    chunk_ = std::make_shared<Bytes>(size);
    std::ranges::copy(batch, chunk_->data());
    chunk_used_ = batch.size();
    runs_.push_back({base_offset, next_offset, {chunk_, {chunk_->data(), chunk_used_}}, size});
    bytes_ += size;
    budget_->added(id_, size);
}

std::size_t TailCache::read(std::int64_t offset, std::int64_t upper_bound, std::size_t max_bytes,
                            bool at_least_one, std::vector<SharedSlice>& out) const {
    auto run = std::ranges::upper_bound(runs_, offset, {}, &Run::next_offset);
    std::size_t total = 0;
    for (bool first = true; run != runs_.end(); ++run, first = false) {
        const auto bytes = run->bytes.bytes;
        std::size_t begin = 0;
        if (first)
            while (frame_of(bytes.subspan(begin)).next_offset <= offset)
                begin += frame_of(bytes.subspan(begin)).size;
        std::size_t end = begin;
        bool stopped = false;
        while (end < bytes.size() && !stopped) {
            const auto frame = frame_of(bytes.subspan(end));
            const bool fits = total + (end - begin) + frame.size <= max_bytes
                              || (at_least_one && total == 0 && end == begin);
            stopped = frame.base_offset >= upper_bound || !fits;
            if (!stopped) end += frame.size;
        }
        if (end > begin) out.push_back(run->bytes.sub(begin, end - begin));
        total += end - begin;
        if (stopped) break;
    }
    return total;
}

}  // namespace leat::storage
