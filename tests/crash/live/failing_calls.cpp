// Loaded into the broker by LD_PRELOAD: the k-th call on a file below a directory fails.
// LEAT_FAIL_DIR names the directory, LEAT_FAIL_CALL is k, LEAT_FAIL_WITH an errno, or 0: a write
// that falls short. The failure is told on standard error.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>

namespace {

constexpr std::size_t most_files = 65536;

struct Plan {
    const char* dir = std::getenv("LEAT_FAIL_DIR");
    long call = number("LEAT_FAIL_CALL");
    int error = static_cast<int>(number("LEAT_FAIL_WITH"));
    static long number(const char* name) {
        const char* text = std::getenv(name);
        return text == nullptr ? 0 : std::atol(text);
    }
};

const Plan& plan() {
    static const Plan the_plan;
    return the_plan;
}

std::atomic<long> calls{0};
std::array<std::atomic<bool>, most_files> watched{};

bool is_below(const char* path) {
    return plan().dir != nullptr && std::strncmp(path, plan().dir, std::strlen(plan().dir)) == 0;
}
bool is_watched(int fd) {
    return fd >= 0 && static_cast<std::size_t>(fd) < most_files && watched[fd];
}

/// Whether this call is the one.
bool hit(const char* name) {
    if (calls.fetch_add(1) + 1 != plan().call) return false;
    // What a call leaves in errno is its caller's.
    const int before = errno;
    static_cast<void>(!::write(STDERR_FILENO, "failing ", 8));
    static_cast<void>(!::write(STDERR_FILENO, name, std::strlen(name)));
    static_cast<void>(!::write(STDERR_FILENO, "\n", 1));
    errno = before;
    return true;
}

int failed() {
    errno = plan().error == 0 ? EIO : plan().error;
    return -1;
}

template <class Function>
Function* next(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

using Open = int(const char*, int, ...);
using Pwritev = ssize_t(int, const iovec*, int, off_t);
using OnFd = int(int);
using OnPath = int(const char*);

int open_as(const char* name, const char* path, int flags, mode_t mode) {
    static auto* const real = next<Open>("open");
    if (is_below(path) && hit(name)) return failed();
    const int fd = real(path, flags, mode);
    if (fd >= 0 && static_cast<std::size_t>(fd) < most_files) watched[fd] = is_below(path);
    return fd;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    const auto mode = static_cast<mode_t>((flags & O_CREAT) != 0 ? va_arg(rest, int) : 0);
    va_end(rest);
    return open_as("open", path, flags, mode);
}

int open64(const char* path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    const auto mode = static_cast<mode_t>((flags & O_CREAT) != 0 ? va_arg(rest, int) : 0);
    va_end(rest);
    return open_as("open", path, flags, mode);
}

ssize_t pwritev(int fd, const iovec* parts, int count, off_t offset) {
    static auto* const real = next<Pwritev>("pwritev");
    if (!is_watched(fd) || !hit("pwritev")) return real(fd, parts, count, offset);
    if (plan().error != 0 || count == 0) return failed();
    iovec half = parts[0];
    half.iov_len = (half.iov_len + 1) / 2;
    return real(fd, &half, 1, offset);
}

ssize_t pwritev64(int fd, const iovec* parts, int count, off_t offset) {
    return pwritev(fd, parts, count, offset);
}

int fdatasync(int fd) {
    static auto* const real = next<OnFd>("fdatasync");
    return is_watched(fd) && hit("fdatasync") ? failed() : real(fd);
}

int fsync(int fd) {
    static auto* const real = next<OnFd>("fsync");
    return is_watched(fd) && hit("fsync") ? failed() : real(fd);
}

int ftruncate(int fd, off_t size) noexcept {
    static auto* const real = next<int(int, off_t)>("ftruncate");
    return is_watched(fd) && hit("ftruncate") ? failed() : real(fd, size);
}

int rename(const char* from, const char* to) noexcept {
    static auto* const real = next<int(const char*, const char*)>("rename");
    return is_below(from) && hit("rename") ? failed() : real(from, to);
}

int stat(const char* path, struct stat* status) noexcept {
    static auto* const real = next<int(const char*, struct stat*)>("stat");
    return is_below(path) && hit("stat") ? failed() : real(path, status);
}

int stat64(const char* path, struct stat64* status) noexcept {
    return stat(path, reinterpret_cast<struct stat*>(status));
}

int unlink(const char* path) noexcept {
    static auto* const real = next<OnPath>("unlink");
    return is_below(path) && hit("unlink") ? failed() : real(path);
}

int mkdir(const char* path, mode_t mode) noexcept {
    static auto* const real = next<int(const char*, mode_t)>("mkdir");
    return is_below(path) && hit("mkdir") ? failed() : real(path, mode);
}

int close(int fd) {
    static auto* const real = next<OnFd>("close");
    if (fd >= 0 && static_cast<std::size_t>(fd) < most_files) watched[fd] = false;
    return real(fd);
}

}  // extern "C"
