#include "storage/testing/fault_disk.hpp"

#include <cerrno>

namespace leat::storage {

class FaultFile final : public File {
public:
    FaultFile(FaultDisk& disk, std::shared_ptr<File> under)
        : File(under->path()), disk_(disk), under_(std::move(under)) {}

    IoCount write_some(std::uint64_t offset, std::span<const ByteView> parts) override {
        const auto cut = disk_.next_write();
        if (!cut.cut && cut.error != 0) return {0, cut.error};
        if (!cut.cut) return under_->write_some(offset, parts);
        const ByteView half = parts.front().first((parts.front().size() + 1) / 2);
        const auto wrote = under_->write_some(offset, std::span{&half, 1});
        return cut.error != 0 ? IoCount{0, cut.error} : wrote;
    }

    IoCount read_some(std::uint64_t offset, std::span<std::byte> into) const override {
        if (const int error = disk_.next(); error != 0) return {0, error};
        return under_->read_some(offset, into);
    }

    int try_sync() override {
        if (const int error = disk_.next(); error != 0) return error;
        return under_->try_sync();
    }

    int try_truncate(std::uint64_t size) override {
        if (const int error = disk_.next(); error != 0) return error;
        return under_->try_truncate(size);
    }

    IoCount try_size() const override {
        if (const int error = disk_.next(); error != 0) return {0, error};
        return under_->try_size();
    }

private:
    FaultDisk& disk_;
    std::shared_ptr<File> under_;
};

const char* name_of(FaultKind kind) {
    switch (kind) {
        case FaultKind::eio:
            return "EIO";
        case FaultKind::enospc:
            return "ENOSPC";
        case FaultKind::edquot:
            return "EDQUOT";
        case FaultKind::eintr:
            return "EINTR";
        case FaultKind::short_write:
            return "short write";
        case FaultKind::torn_write:
            return "torn write";
    }
    return "unknown";
}

void FaultDisk::fail_call(std::uint64_t k, FaultKind kind, bool for_good) {
    calls_ = 0;
    fail_at_ = k;
    kind_ = kind;
    for_good_ = for_good;
    failed_ = false;
}

bool FaultDisk::hit() {
    ++calls_;
    if (fail_at_ == 0 || calls_ < fail_at_ || (calls_ > fail_at_ && !for_good_)) return false;
    failed_ = true;
    return true;
}

int FaultDisk::next() {
    if (!hit()) return 0;
    if (kind_ == FaultKind::enospc) return ENOSPC;
    if (kind_ == FaultKind::edquot) return EDQUOT;
    if (kind_ == FaultKind::eintr) return EINTR;
    return EIO;
}

FaultDisk::Cut FaultDisk::next_write() {
    if (!hit()) return {};
    if (kind_ == FaultKind::short_write) return {true, 0};
    if (kind_ == FaultKind::torn_write) return {true, ENOSPC};
    if (kind_ == FaultKind::enospc) return {false, ENOSPC};
    if (kind_ == FaultKind::edquot) return {false, EDQUOT};
    if (kind_ == FaultKind::eintr) return {false, EINTR};
    return {false, EIO};
}

Result<std::shared_ptr<File>> FaultDisk::open(const std::string& path, OpenMode mode) {
    if (const int error = next(); error != 0) return io_error(error, "open", path);
    auto file = under_.open(path, mode);
    if (!file) return file;
    return std::shared_ptr<File>(std::make_shared<FaultFile>(*this, std::move(*file)));
}

Result<void> FaultDisk::rename(const std::string& from, const std::string& to) {
    if (const int error = next(); error != 0) return io_error(error, "rename", from);
    return under_.rename(from, to);
}

Result<void> FaultDisk::remove(const std::string& path) {
    if (const int error = next(); error != 0) return io_error(error, "remove", path);
    return under_.remove(path);
}

Result<void> FaultDisk::remove_dir(const std::string& path) {
    if (const int error = next(); error != 0) return io_error(error, "rmdir", path);
    return under_.remove_dir(path);
}

Result<void> FaultDisk::make_dir(const std::string& path) {
    if (const int error = next(); error != 0) return io_error(error, "mkdir", path);
    return under_.make_dir(path);
}

Result<std::vector<DirEntry>> FaultDisk::list(const std::string& path) {
    if (const int error = next(); error != 0) return io_error(error, "list", path);
    return under_.list(path);
}

Result<FileInfo> FaultDisk::info(const std::string& path) {
    if (const int error = next(); error != 0) return io_error(error, "stat", path);
    return under_.info(path);
}

Result<void> FaultDisk::sync_dir(const std::string& path) {
    if (const int error = next(); error != 0) return io_error(error, "sync", path);
    return under_.sync_dir(path);
}

Result<bool> FaultDisk::sync_all(const std::string& path) {
    if (const int error = next(); error != 0) return io_error(error, "syncfs", path);
    return under_.sync_all(path);
}

Result<std::uint64_t> FaultDisk::free_space(const std::string& path) {
    if (const int error = next(); error != 0) return io_error(error, "statvfs", path);
    return under_.free_space(path);
}

Result<std::uint64_t> FaultDisk::total_space(const std::string& path) {
    if (const int error = next(); error != 0) return io_error(error, "statvfs", path);
    return under_.total_space(path);
}

Result<std::unique_ptr<FileLock>> FaultDisk::lock(const std::string& path) {
    if (const int error = next(); error != 0) return io_error(error, "lock", path);
    return under_.lock(path);
}

}  // namespace leat::storage
