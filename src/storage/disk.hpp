// The disk seam: everything durable goes through Disk and File, so that tests can lose power or
// fail the k-th call. The machine's own disk is posix_disk, the only place that calls open(2).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace leat::storage {

/// What one attempt at I/O did: `count` bytes moved, or `error`, an errno, and none.
struct IoCount {
    std::size_t count = 0;
    int error = 0;
};

/// The Error for `errnum` from `call` on `path`. ENOSPC and EDQUOT are no_space, ENOENT is
/// not_found, EEXIST is already_exists, everything else io.
Error io_error(int errnum, const std::string& call, const std::string& path);

/// One open file. Every function may be called from any thread; writes to the same bytes must not
/// race. Closed by the destructor. The virtual functions are single attempts that may be
/// interrupted or fall short; the others complete or say in a sentence why not.
class File {
public:
    explicit File(std::string path) : path_(std::move(path)) {}
    virtual ~File() = default;
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    const std::string& path() const { return path_; }

    /// Writes all of `parts`, one after another, from `offset` on. After an error any part of the
    /// range may have been written.
    Result<void> write_at(std::uint64_t offset, std::span<const ByteView> parts);
    Result<void> write_at(std::uint64_t offset, ByteView bytes);
    /// Fills `into` from `offset` on; the count is smaller only at the end of the file.
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const;
    /// Makes everything written before the call durable (fdatasync). Never retried: after an error
    /// the kernel may have dropped the pages, so the file must not be trusted again.
    Result<void> sync();
    Result<void> truncate(std::uint64_t size);
    Result<std::uint64_t> size() const;

    /// For sendfile(2), while the file is open; -1 if it has none.
    virtual int descriptor() const { return -1; }
    /// Whether the operating system has all of these bytes in memory, as far as it can tell.
    virtual bool is_in_memory(std::uint64_t /*offset*/, std::size_t /*count*/) const {
        return false;
    }

    virtual IoCount write_some(std::uint64_t offset, std::span<const ByteView> parts) = 0;
    virtual IoCount read_some(std::uint64_t offset, std::span<std::byte> into) const = 0;
    virtual int try_sync() = 0;
    virtual int try_truncate(std::uint64_t size) = 0;
    /// `count` is the size in bytes.
    virtual IoCount try_size() const = 0;

private:
    std::string path_;
};

enum class OpenMode {
    read,    // must exist
    write,   // must exist; reads too
    create,  // created empty if it does not exist; reads too
};

struct DirEntry {
    std::string name;
    bool is_dir = false;
};

struct FileInfo {
    bool is_dir = false;
    std::uint64_t size = 0;
    std::int64_t modified_ms = 0;  // since the epoch
};

/// Holds an exclusive lock until destroyed.
class FileLock {
public:
    virtual ~FileLock() = default;
};

/// A file system. Any thread. Directory operations are durable only after sync_dir() of the
/// directory that holds the name. Errors: not_found, already_exists, no_space, io.
class Disk {
public:
    virtual ~Disk() = default;
    virtual Result<std::shared_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
    /// Replaces `to` if it exists. Both must be in the same directory.
    virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
    virtual Result<void> remove(const std::string& path) = 0;
    /// Removes an empty directory.
    virtual Result<void> remove_dir(const std::string& path) = 0;
    /// Error already_exists if there is one.
    virtual Result<void> make_dir(const std::string& path) = 0;
    /// The entries of a directory without `.` and `..`, in no particular order.
    virtual Result<std::vector<DirEntry>> list(const std::string& path) = 0;
    /// Of the file or directory with the name `path`.
    virtual Result<FileInfo> info(const std::string& path) = 0;
    virtual Result<void> sync_dir(const std::string& path) = 0;
    /// Makes everything durable that was written to the file system of `path`, names included, as
    /// sync() and sync_dir() of each file and directory would. False: this file system does not
    /// promise that, and nothing was done.
    virtual Result<bool> sync_all(const std::string& path) = 0;
    /// Bytes that this process may still write to the file system of `path`.
    virtual Result<std::uint64_t> free_space(const std::string& path) = 0;
    /// The size of the file system of `path`, in bytes.
    virtual Result<std::uint64_t> total_space(const std::string& path) = 0;
    /// Creates `path` if missing and locks it. Error already_exists: another holder has it.
    virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;
};

/// `dir`/`name`.
std::string join(const std::string& dir, const std::string& name);
/// The directory that holds the name `path`.
std::string parent_of(const std::string& path);

/// The whole of a file of at most `max_size` bytes. Errors also: too_large.
Result<Bytes> read_file(Disk& disk, const std::string& path, std::size_t max_size);
/// Replaces `path` by `content` so that after a crash it is wholly old or wholly new: temporary
/// file, sync, rename, sync of the directory.
Result<void> replace_file(Disk& disk, const std::string& path, ByteView content);

/// Writes zeros from `position` on until the file has `size` bytes, so that it has its room.
Result<void> fill_with_zeros(File& file, std::uint64_t position, std::uint64_t size);

}  // namespace leat::storage
