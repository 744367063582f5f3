#include "storage/testing/remove_tree.hpp"

namespace leat::storage {

Result<void> remove_tree(Disk& disk, const std::string& path) {
    const auto entries = disk.list(path);
    if (!entries) {
        if (entries.error().code == Errc::not_found) return {};
        auto removed = disk.remove(path);
        if (!removed && removed.error().code == Errc::not_found) return {};
        return removed;
    }
    for (const auto& entry : *entries) {
        const auto child = join(path, entry.name);
        auto removed = entry.is_dir ? remove_tree(disk, child) : disk.remove(child);
        if (!removed && removed.error().code != Errc::not_found) return removed;
    }
    return disk.remove_dir(path);
}

}  // namespace leat::storage
