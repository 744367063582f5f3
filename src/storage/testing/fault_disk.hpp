// A disk whose k-th call fails, over any other disk.
#pragma once

#include <cstdint>
#include <memory>

#include "storage/disk.hpp"

namespace leat::storage {

/// How the chosen call fails. A short write stops in the middle and says so, without an error;
/// `torn_write` stops in the middle and then fails with ENOSPC.
enum class FaultKind { eio, enospc, edquot, eintr, short_write, torn_write };
const char* name_of(FaultKind kind);

/// Counts every call that could fail, on the disk and on its files, from 1. Single-threaded.
class FaultDisk final : public Disk {
public:
    explicit FaultDisk(Disk& under) : under_(under) {}

    /// The `k`-th call from now on fails, once, or with `for_good` all from it on. A kind that the
    /// call cannot show (a short rename) is EIO. 0: no call fails.
    void fail_call(std::uint64_t k, FaultKind kind, bool for_good = false);
    /// Calls since fail_call().
    std::uint64_t calls() const { return calls_; }
    bool has_failed() const { return failed_; }

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
    friend class FaultFile;
    /// The errno of this call, 0 if it is to succeed.
    int next();
    /// Whether this write is to be cut, and the errno after it.
    struct Cut {
        bool cut = false;
        int error = 0;
    };
    Cut next_write();
    bool hit();

    Disk& under_;
    std::uint64_t calls_ = 0;
    std::uint64_t fail_at_ = 0;
    FaultKind kind_ = FaultKind::eio;
    bool for_good_ = false;
    bool failed_ = false;
};

}  // namespace leat::storage
