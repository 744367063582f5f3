// The youngest batches of a log in memory, as written, within a budget that all logs share.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/bytes.hpp"

namespace leat::storage {

class TailCache;

/// The memory that all tails together may hold. When it is exceeded, the bytes that were appended
/// first, to whichever log, are let go first. Core thread.
class TailBudget {
public:
    explicit TailBudget(std::size_t limit_bytes) : limit_(limit_bytes) {}
    std::size_t limit() const { return limit_; }
    std::size_t used() const { return used_; }

private:
    friend class TailCache;
    void joined(std::uint64_t id, TailCache* cache) { caches_[id] = cache; }
    void left(std::uint64_t id, std::size_t bytes);
    void added(std::uint64_t id, std::size_t bytes);

    std::size_t limit_;
    std::size_t used_ = 0;
    std::uint64_t next_id_ = 0;
    std::deque<std::uint64_t> order_;  // the cache of each run, oldest first
    std::unordered_map<std::uint64_t, TailCache*> caches_;
};

/// Contiguous runs of whole batches from start_offset() to the log's end. Core thread; the slices
/// that it hands out live as long as anyone holds them.
class TailCache {
public:
    explicit TailCache(std::shared_ptr<TailBudget> budget);
    ~TailCache();
    TailCache(const TailCache&) = delete;
    TailCache& operator=(const TailCache&) = delete;

    /// Adds the batch that begins at `base_offset`. A small batch, or one without an owner, is
    /// copied into a chunk of ours so that it does not pin a large receive buffer.
    void add(std::int64_t base_offset, std::int64_t next_offset, const SharedSlice& batch);
    /// Lets everything go: the file is the only source from here on.
    void clear();
    /// The same of what is below `offset`, and of what lies in one piece with it.
    void forget_below(std::int64_t offset);

    bool empty() const { return runs_.empty(); }
    /// The base offset of the oldest batch held; only if not empty.
    std::int64_t start_offset() const { return runs_.front().base_offset; }
    std::size_t bytes() const { return bytes_; }

    /// Appends to `out` whole batches from the one that holds `offset` on, below `upper_bound`, up
    /// to `max_bytes` but at least one if `at_least_one`. `offset` must be held. Bytes appended.
    std::size_t read(std::int64_t offset, std::int64_t upper_bound, std::size_t max_bytes,
                     bool at_least_one, std::vector<SharedSlice>& out) const;

private:
    friend class TailBudget;
    struct Run {
        std::int64_t base_offset;
        std::int64_t next_offset;
        SharedSlice bytes;
        std::size_t charged;  // bytes counted against the budget
    };
    void drop_oldest();
    void add_copy(std::int64_t base_offset, std::int64_t next_offset, ByteView batch);

    std::shared_ptr<TailBudget> budget_;
    std::uint64_t id_;
    std::deque<Run> runs_;
    std::size_t bytes_ = 0;
    std::shared_ptr<Bytes> chunk_;  // reserved up front, so that growing never moves it
    std::size_t chunk_used_ = 0;
};

}  // namespace leat::storage
