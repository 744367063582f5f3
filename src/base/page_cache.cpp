#include "base/page_cache.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <vector>

namespace leat {
namespace {

// Linux says of other files that all of them is in memory.
bool may_know(int descriptor) {
    if ((::fcntl(descriptor, F_GETFL) & O_ACCMODE) != O_RDONLY) return true;
    struct stat status = {};
    return ::fstat(descriptor, &status) == 0 && (status.st_uid == ::geteuid() || ::geteuid() == 0);
}

}  // namespace

bool is_in_memory(int descriptor, std::uint64_t position, std::size_t count) {
    // The mapping is never touched: no page fault, and no signal if the file is cut meanwhile.
    static const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    if (count == 0 || !may_know(descriptor)) return false;
    const auto start = position - position % page;
    const auto size = static_cast<std::size_t>(position - start) + count;
    void* const mapped =
        ::mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, static_cast<off_t>(start));
    if (mapped == MAP_FAILED) return false;
    std::vector<unsigned char> pages((size + page - 1) / page);
    const bool known = ::mincore(mapped, size, pages.data()) == 0;
    ::munmap(mapped, size);
    return known && std::ranges::all_of(pages, [](unsigned char p) { return (p & 1U) != 0; });
}

void bring_into_memory(int descriptor, std::uint64_t position, std::size_t count) {
    // Read and not only announced: readahead(2) brings what it likes.
    std::array<char, std::size_t{64} * 1024> ignored;
    while (count > 0) {
        const auto got = ::pread(descriptor, ignored.data(), std::min(count, ignored.size()),
                                 static_cast<off_t>(position));
        if (got <= 0) return;  // the send will tell
        position += static_cast<std::uint64_t>(got);
        count -= static_cast<std::size_t>(got);
    }
}

}  // namespace leat
