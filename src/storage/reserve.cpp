#include "storage/reserve.hpp"

#include "base/check.hpp"
#include "base/log.hpp"

namespace leat::storage {

Reserve::Reserve(Disk& disk, const std::string& dir, std::uint64_t size, std::uint64_t floor)
    : disk_(disk), dir_(dir), path_(join(dir, "leat-reserve")), size_(size), floor_(floor) {}

bool Reserve::is_whole() const {
    const auto info = disk_.info(path_);
    return info && info->size >= size_;
}

bool Reserve::give_up() {
    if (size_ == 0 || making_) return false;
    const auto free = disk_.free_space(dir_);
    if (!free || *free >= size_ || !disk_.remove(path_)) return false;
    log::warn("the disk is full: the reserve is given up, so that deletions can be saved",
              {{"file", path_}, {"free_bytes", *free}});
    return true;
}

std::function<void()> Reserve::begin_make() {
    if (size_ == 0 || making_ || is_whole()) return {};
    const auto free = disk_.free_space(dir_);
    if (!free || *free < floor_ + 2 * size_) return {};
    making_ = true;
    return [&disk = disk_, path = path_, size = size_] {
        const auto file = disk.open(path, OpenMode::create);
        if (!file || !fill_with_zeros(**file, 0, size) || !(*file)->sync())
            static_cast<void>(disk.remove(path));  // it is tried again
    };
}

}  // namespace leat::storage
