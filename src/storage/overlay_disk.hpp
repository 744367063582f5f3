// A disk as it would be after something was done to it: to see what a start makes of a directory
// without touching it.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "storage/disk.hpp"

namespace leat::storage {

/// Reads another disk and keeps every change in memory: that disk is only ever read. Locks exclude
/// nobody, syncs do nothing; directories are neither removed nor renamed (Errc::unsupported).
/// Memory grows with what is written. One thread.
class OverlayDisk final : public Disk {
public:
    /// `under` must outlive it and its files.
    explicit OverlayDisk(Disk& under) : under_(under) {}

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

private:
    friend class OverlayFile;
    struct Node;
    Result<std::shared_ptr<Node>> find(const std::string& path);

    Disk& under_;
    std::map<std::string, std::shared_ptr<Node>> nodes_;  // by path; null: removed
    std::set<std::string> made_;                          // directories
};

}  // namespace leat::storage
