// Whether a segment's index files fit its batches: seen batch by batch, in one pass over all three.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "storage/segment.hpp"

namespace leat::storage {

/// The entries of an index file in order, a window at a time.
class EntryReader {
public:
    /// `file` may be null: no entries.
    EntryReader(std::shared_ptr<File> file, std::size_t entry_size);

    /// The current entry; empty behind the last.
    ByteView current() const {
        return ByteView{window_}.subspan(at_, at_ < window_.size() ? entry_size_ : 0);
    }
    void advance();
    /// Of the current entry, from 0.
    std::uint64_t number() const { return number_; }
    /// Whether all from the current entry on is zeros, as Apache Kafka leaves files that it was
    /// killed with. Moves to the end.
    bool is_zero_to_the_end();
    /// What the file ends with that is no entry, or why it could not be read; empty if nothing.
    const std::string& trouble() const { return trouble_; }

private:
    void load();

    std::shared_ptr<File> file_;
    std::size_t entry_size_;
    Bytes window_;
    std::size_t at_ = 0;
    std::uint64_t position_ = 0;  // of what comes behind the window
    std::uint64_t number_ = 0;
    std::string trouble_;
};

/// The first thing that is wrong with a file, and how many more.
class FirstFault {
public:
    void note(std::string what);
    /// Empty if nothing is wrong.
    std::string text() const;

private:
    std::string first_;
    std::uint64_t more_ = 0;
};

/// Of one `.index`: every entry names the last offset of the batch at its position.
class IndexCheck {
public:
    IndexCheck(std::shared_ptr<File> file, std::int64_t segment_base)
        : reader_(std::move(file), index_entry_size), base_(segment_base) {}
    /// The batches in their order.
    void see(const kafka::BatchHeader& batch, std::uint64_t position);
    /// What is wrong with the file; empty if nothing.
    std::string finish();

private:
    IndexEntry entry() const;
    bool is_at_end(const IndexEntry& entry);
    std::string named(const IndexEntry& entry) const;

    EntryReader reader_;
    std::int64_t base_;
    IndexEntry last_;
    bool ended_ = false;
    FirstFault fault_;
};

/// Of one `.timeindex`: every entry names the largest timestamp up to a batch, and that batch.
class TimeIndexCheck {
public:
    TimeIndexCheck(std::shared_ptr<File> file, std::int64_t segment_base)
        : reader_(std::move(file), time_index_entry_size), base_(segment_base) {}
    void see(const kafka::BatchHeader& batch);
    /// `complete`: the last entry has to be the segment's largest timestamp.
    std::string finish(bool complete);

private:
    TimeIndexEntry entry() const;
    bool is_at_end(const TimeIndexEntry& entry);
    std::string named(const TimeIndexEntry& entry) const;

    EntryReader reader_;
    std::int64_t base_;
    TimeIndexEntry last_;
    TimestampMs largest_ = -1;
    bool ended_ = false;
    FirstFault fault_;
};

}  // namespace leat::storage
