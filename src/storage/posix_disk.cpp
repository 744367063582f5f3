#include "storage/posix_disk.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/page_cache.hpp"

namespace leat::storage {
namespace {

class PosixFile final : public File {
public:
    PosixFile(std::string path, int fd) : File(std::move(path)), fd_(fd) {}
    ~PosixFile() override { ::close(fd_); }

    IoCount write_some(std::uint64_t offset, std::span<const ByteView> parts) override {
        std::array<iovec, 64> vectors;
        std::size_t count = 0;
        for (const auto part : parts) {
            if (count == vectors.size()) break;
            if (part.empty()) continue;
            // iovec serves reads as well and so has no const.
            vectors[count++] = {const_cast<std::byte*>(part.data()), part.size()};
        }
        return moved(
            ::pwritev(fd_, vectors.data(), static_cast<int>(count), static_cast<off_t>(offset)));
    }

    IoCount read_some(std::uint64_t offset, std::span<std::byte> into) const override {
        return moved(::pread(fd_, into.data(), into.size(), static_cast<off_t>(offset)));
    }

    int try_sync() override { return ::fdatasync(fd_) == 0 ? 0 : errno; }

    int try_truncate(std::uint64_t size) override {
        return ::ftruncate(fd_, static_cast<off_t>(size)) == 0 ? 0 : errno;
    }

    IoCount try_size() const override {
        struct stat status = {};
        if (::fstat(fd_, &status) != 0) return {0, errno};
        return {static_cast<std::size_t>(status.st_size), 0};
    }

    int descriptor() const override { return fd_; }

    bool is_in_memory(std::uint64_t offset, std::size_t count) const override {
        return leat::is_in_memory(fd_, offset, count);
    }

private:
    static IoCount moved(ssize_t count) {
        if (count < 0) return {0, errno};
        return {static_cast<std::size_t>(count), 0};
    }
    int fd_;
};

class PosixLock final : public FileLock {
public:
    explicit PosixLock(int fd) : fd_(fd) {}
    ~PosixLock() override { ::close(fd_); }

private:
    int fd_;
};

int flags_of(OpenMode mode) {
    switch (mode) {
        case OpenMode::read:
            return O_RDONLY;
        case OpenMode::write:
            return O_RDWR;
        case OpenMode::create:
            return O_RDWR | O_CREAT;
    }
    return O_RDONLY;
}

int open_retrying(const std::string& path, int flags) {
    int fd = -1;
    do {
        fd = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

// Of those that are not listed, such as file systems in user space, nobody knows.
bool promises_syncfs(int fd) {
    constexpr std::array<std::int64_t, 7> known{EXT4_SUPER_MAGIC,     XFS_SUPER_MAGIC,
                                                BTRFS_SUPER_MAGIC,    F2FS_SUPER_MAGIC,
                                                TMPFS_MAGIC,          0x2fc12fc1,  // ZFS
                                                OVERLAYFS_SUPER_MAGIC};
    struct statfs status = {};
    return ::fstatfs(fd, &status) == 0
           && std::ranges::find(known, static_cast<std::int64_t>(status.f_type)) != known.end();
}

Result<std::unique_ptr<FileLock>> lock_file(const std::string& path, int flags, int operation) {
    const int fd = open_retrying(path, flags);
    if (fd < 0) return io_error(errno, "open", path);
    if (::flock(fd, operation | LOCK_NB) == 0)
        return std::unique_ptr<FileLock>(std::make_unique<PosixLock>(fd));
    const int error = errno;
    ::close(fd);
    if (error == EWOULDBLOCK)
        return Error{Errc::already_exists, path + " is locked by another process"};
    return io_error(error, "lock", path);
}

Result<void> outcome(int result, const char* call, const std::string& path) {
    if (result != 0) return io_error(errno, call, path);
    return {};
}

}  // namespace

Result<std::shared_ptr<File>> PosixDisk::open(const std::string& path, OpenMode mode) {
    const int fd = open_retrying(path, flags_of(mode));
    if (fd < 0) return io_error(errno, "open", path);
    return std::shared_ptr<File>(std::make_shared<PosixFile>(path, fd));
}

Result<void> PosixDisk::rename(const std::string& from, const std::string& to) {
    return outcome(::rename(from.c_str(), to.c_str()), "rename", from);
}

Result<void> PosixDisk::remove(const std::string& path) {
    return outcome(::unlink(path.c_str()), "remove", path);
}

Result<void> PosixDisk::remove_dir(const std::string& path) {
    return outcome(::rmdir(path.c_str()), "rmdir", path);
}

Result<void> PosixDisk::make_dir(const std::string& path) {
    return outcome(::mkdir(path.c_str(), 0755), "mkdir", path);
}

Result<std::vector<DirEntry>> PosixDisk::list(const std::string& path) {
    DIR* dir = ::opendir(path.c_str());
    if (dir == nullptr) return io_error(errno, "list", path);
    std::vector<DirEntry> entries;
    while (const dirent* found = ::readdir(dir)) {
        const std::string_view name = found->d_name;
        if (name == "." || name == "..") continue;
        bool is_dir = found->d_type == DT_DIR;
        if (found->d_type == DT_UNKNOWN || found->d_type == DT_LNK) {
            struct stat status = {};
            is_dir =
                ::fstatat(::dirfd(dir), found->d_name, &status, 0) == 0 && S_ISDIR(status.st_mode);
        }
        entries.push_back({std::string{name}, is_dir});
    }
    ::closedir(dir);
    return entries;
}

Result<FileInfo> PosixDisk::info(const std::string& path) {
    struct stat status = {};
    if (::stat(path.c_str(), &status) != 0) return io_error(errno, "stat", path);
    return FileInfo{S_ISDIR(status.st_mode), static_cast<std::uint64_t>(status.st_size),
                    status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1'000'000};
}

Result<void> PosixDisk::sync_dir(const std::string& path) {
    const int fd = open_retrying(path, O_RDONLY | O_DIRECTORY);
    if (fd < 0) return io_error(errno, "open", path);
    const int result = ::fsync(fd);
    const int error = errno;
    ::close(fd);
    if (result != 0) return io_error(error, "sync", path);
    return {};
}

Result<bool> PosixDisk::sync_all(const std::string& path) {
    const int fd = open_retrying(path, O_RDONLY | O_DIRECTORY);
    if (fd < 0) return io_error(errno, "open", path);
    const bool promised = promises_syncfs(fd);
    const int result = promised ? ::syncfs(fd) : 0;
    const int error = errno;
    ::close(fd);
    if (result != 0) return io_error(error, "syncfs", path);
    return promised;
}

Result<std::uint64_t> PosixDisk::free_space(const std::string& path) {
    struct statvfs status = {};
    if (::statvfs(path.c_str(), &status) != 0) return io_error(errno, "statvfs", path);
    return std::uint64_t{status.f_bavail} * status.f_frsize;
}

Result<std::uint64_t> PosixDisk::total_space(const std::string& path) {
    struct statvfs status = {};
    if (::statvfs(path.c_str(), &status) != 0) return io_error(errno, "statvfs", path);
    return std::uint64_t{status.f_blocks} * status.f_frsize;
}

Result<std::unique_ptr<FileLock>> PosixDisk::lock(const std::string& path) {
    return lock_file(path, O_RDWR | O_CREAT, LOCK_EX);
}

Result<std::unique_ptr<FileLock>> lock_for_reading(const std::string& path) {
    auto lock = lock_file(path, O_RDONLY, LOCK_SH);
    if (!lock && lock.error().code == Errc::not_found) return std::unique_ptr<FileLock>{};
    return lock;
}

}  // namespace leat::storage
