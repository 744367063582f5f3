#include "storage/disk.hpp"

#include <cerrno>
#include <system_error>

namespace leat::storage {
namespace {

Error failed(int errnum, const char* call, const File& file) {
    return io_error(errnum, call, file.path());
}

/// What is left of `parts` after their first `count` bytes.
std::vector<ByteView> after(std::span<const ByteView> parts, std::size_t count) {
    std::vector<ByteView> rest;
    for (const auto part : parts) {
        const auto gone = std::min(count, part.size());
        count -= gone;
        if (gone < part.size()) rest.push_back(part.subspan(gone));
    }
    return rest;
}

}  // namespace

Error io_error(int errnum, const std::string& call, const std::string& path) {
    Errc code = Errc::io;
    if (errnum == ENOSPC || errnum == EDQUOT) code = Errc::no_space;
    if (errnum == ENOENT) code = Errc::not_found;
    if (errnum == EEXIST) code = Errc::already_exists;
    return {code, call + " of " + path + " failed: " + std::generic_category().message(errnum)};
}

Result<void> File::write_at(std::uint64_t offset, std::span<const ByteView> parts) {
    std::size_t left = 0;
    for (const auto part : parts) left += part.size();
    std::vector<ByteView> rest;
    while (left > 0) {
        const auto wrote = write_some(offset, parts);
        if (wrote.error == EINTR) continue;
        if (wrote.error != 0) return failed(wrote.error, "write", *this);
        if (wrote.count == 0) return failed(EIO, "write", *this);
        left -= wrote.count;
        offset += wrote.count;
        if (left == 0) break;
        rest = after(parts, wrote.count);
        parts = rest;
    }
    return {};
}

Result<void> File::write_at(std::uint64_t offset, ByteView bytes) {
    return write_at(offset, std::span{&bytes, 1});
}

Result<std::size_t> File::read_at(std::uint64_t offset, std::span<std::byte> into) const {
    std::size_t done = 0;
    while (done < into.size()) {
        const auto got = read_some(offset + done, into.subspan(done));
        if (got.error == EINTR) continue;
        if (got.error != 0) return failed(got.error, "read", *this);
        if (got.count == 0) break;
        done += got.count;
    }
    return done;
}

Result<void> File::sync() {
    if (const int error = try_sync(); error != 0) return failed(error, "sync", *this);
    return {};
}

Result<void> File::truncate(std::uint64_t size) {
    int error = EINTR;
    while (error == EINTR) error = try_truncate(size);
    if (error != 0) return failed(error, "truncate", *this);
    return {};
}

Result<std::uint64_t> File::size() const {
    const auto size = try_size();
    if (size.error != 0) return failed(size.error, "stat", *this);
    return static_cast<std::uint64_t>(size.count);
}

std::string join(const std::string& dir, const std::string& name) { return dir + "/" + name; }

std::string parent_of(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

Result<Bytes> read_file(Disk& disk, const std::string& path, std::size_t max_size) {
    const auto file = disk.open(path, OpenMode::read);
    if (!file) return file.error();
    const auto size = (*file)->size();
    if (!size) return size.error();
    if (*size > max_size)
        return Error{Errc::too_large, path + " has " + std::to_string(*size) + " bytes, more than "
                                          + std::to_string(max_size) + " allowed"};
    Bytes content(*size);
    const auto got = (*file)->read_at(0, content);
    if (!got) return got.error();
    content.resize(*got);
    return content;
}

Result<void> replace_file(Disk& disk, const std::string& path, ByteView content) {
    const auto temporary = path + ".tmp";
    const auto file = disk.open(temporary, OpenMode::create);
    if (!file) return file.error();
    if (auto cut = (*file)->truncate(0); !cut) return cut;
    if (auto wrote = (*file)->write_at(0, content); !wrote) return wrote;
    if (auto synced = (*file)->sync(); !synced) return synced;
    if (auto renamed = disk.rename(temporary, path); !renamed) return renamed;
    return disk.sync_dir(parent_of(path));
}

Result<void> fill_with_zeros(File& file, std::uint64_t position, std::uint64_t size) {
    constexpr std::size_t zeros_at_a_time = std::size_t{1} << 20U;
    const Bytes zeros(std::min<std::uint64_t>(zeros_at_a_time, size));
    while (position < size) {
        const auto count = std::min<std::uint64_t>(zeros.size(), size - position);
        if (auto wrote = file.write_at(position, ByteView{zeros}.first(count)); !wrote)
            return wrote;
        position += count;
    }
    return {};
}

}  // namespace leat::storage
