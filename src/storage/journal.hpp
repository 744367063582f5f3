// The redo journal: one write and one sync make durable what many logs were given.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/uuid.hpp"
#include "storage/disk.hpp"

namespace leat::storage {

/// A range of a segment's file.
struct SegmentRange {
    Uuid topic_id;       // of the log
    std::string folder;  // of the log
    std::int64_t base_offset = 0;
    std::uint64_t identity = 0;  // of the file: one that replaces it has another
    std::uint64_t position = 0;
    std::size_t size = 0;
};

/// Bytes of segments that are made durable together, as they lie in the journal
/// (docs/formats.md, "The journal").
class JournalGroup {
public:
    JournalGroup();
    /// Adds the bytes of `range`, read from the segment's `file`. Error: io.
    Result<void> add(const SegmentRange& range, const File& file);
    /// What add() makes of so many bytes of one segment.
    static std::size_t size_of(const std::string& folder, std::size_t bytes);

private:
    friend class Journal;
    Bytes bytes_;
};

/// Two files that take turns: while one is written to, the segments that the other speaks of are
/// synced. One call at a time, on any thread.
class Journal {
public:
    struct Options {
        std::uint64_t bytes = 0;  // of both files
        std::uint64_t floor = 0;  // what is to stay free on the disk
        /// Names the uses of the files, never twice the same.
        std::function<Uuid()> new_generation = Uuid::random;
    };
    Journal(Disk& disk, const std::string& data_dir, Options options);

    /// Makes the files, so large from the start that a sync of them has no change of size to write.
    /// They have to be empty or new. Errors: io, no_space.
    Result<void> create();
    /// Whether groups of this size together fit into what is left of the current file.
    bool has_room(std::size_t size) const;
    /// Whether the current file is so full that the other should be freed.
    bool wants_turn() const { return position_ > file_size_ / 4 * 3; }
    /// Appends the group and syncs. After an error nothing may be appended any more; what was
    /// before stays valid.
    Result<void> append(JournalGroup group);
    /// Goes on in the other file, from its start: everything in it must be durable elsewhere.
    void turn();
    /// Empties the journal of a directory, durably: everything in it must be durable elsewhere.
    static Result<void> clear(Disk& disk, const std::string& data_dir);

    /// At a start, before any log is opened: writes to the segments what the journal of the
    /// directory says, syncs them, and empties it. Segments and folders that are gone, files that
    /// others have replaced, and folders that belong to another topic id by now, are left alone.
    /// Errors: io, no_space, corrupt, unsupported (another version's, that is not empty); nothing
    /// is changed by the last two.
    static Result<void> replay(Disk& disk, const std::string& data_dir);

private:
    Result<void> begin();

    Disk& disk_;
    std::array<std::string, 2> paths_;
    std::array<std::shared_ptr<File>, 2> files_;
    Options options_;
    std::uint64_t file_size_;
    Uuid generation_;  // of the current file
    std::size_t current_ = 0;
    std::uint64_t position_ = 0;  // 0: not even a header
};

}  // namespace leat::storage
