// Removal of files and folders, which may take long, without keeping anybody else from the pool.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "storage/blocking_pool.hpp"
#include "storage/disk.hpp"

namespace leat::storage {

/// Removes files one call to the disk at a time: what else waits in the pool has its turn in
/// between. Until then nothing else may get one of these names. Missing is success; of what cannot
/// be removed the log tells. Then calls `done`. Core thread; disk and pool outlive it.
void remove_files_in_steps(Disk& disk, BlockingPool& pool, const std::vector<std::string>& paths,
                           std::function<void()> done);
/// The same with folders and everything below them.
void remove_trees_in_steps(Disk& disk, BlockingPool& pool, const std::vector<std::string>& paths,
                           std::function<void()> done);

}  // namespace leat::storage
