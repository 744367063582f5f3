// The machine's file system behind the disk seam.
#pragma once

#include "storage/disk.hpp"

namespace leat::storage {

/// Plain files with pwritev, pread and fdatasync. Stateless: any thread.
class PosixDisk final : public Disk {
public:
    Result<std::shared_ptr<File>> open(const std::string& path, OpenMode mode) override;
    Result<void> rename(const std::string& from, const std::string& to) override;
    Result<void> remove(const std::string& path) override;
    Result<void> remove_dir(const std::string& path) override;
    Result<void> make_dir(const std::string& path) override;
    Result<std::vector<DirEntry>> list(const std::string& path) override;
    Result<FileInfo> info(const std::string& path) override;
    Result<void> sync_dir(const std::string& path) override;
    Result<bool> sync_all(const std::string& path) override;
    Result<std::uint64_t> free_space(const std::string& path) override;
    Result<std::uint64_t> total_space(const std::string& path) override;
    Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;
};

/// Keeps out whoever wants `path` for itself (PosixDisk::lock), and lets other readers in; for a
/// process that only reads. Creates nothing: null if there is no such file. Error already_exists:
/// somebody has it for himself.
Result<std::unique_ptr<FileLock>> lock_for_reading(const std::string& path);

}  // namespace leat::storage
