// Removal of a whole tree at once, for tests: the product removes in steps (storage/removal.hpp).
#pragma once

#include "storage/disk.hpp"

namespace leat::storage {

/// Removes `path` and, if it is a directory, everything below it. Missing is success.
Result<void> remove_tree(Disk& disk, const std::string& path);

}  // namespace leat::storage
