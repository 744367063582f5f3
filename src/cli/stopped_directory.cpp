#include "cli/stopped_directory.hpp"

#include <algorithm>

#include "base/topic_partition.hpp"
#include "storage/posix_disk.hpp"

namespace leat::cli {

void add_data_option(Command& command, std::string& target) {
    command.text("-d,--data", target, "The data directory of a stopped broker, or a copy of it")
        .called("DIRECTORY")
        .by_default(target)
        .completed_by(Values::files);
}

Result<std::unique_ptr<storage::FileLock>> hold_directory(storage::Disk& disk,
                                                          const std::string& path) {
    const auto entries = disk.list(path);
    if (!entries && entries.error().code == Errc::not_found)
        return Error{Errc::not_found,
                     "there is no directory " + path + "; --data names the data directory"};
    if (!entries) return entries.error();
    const bool is_one = std::ranges::any_of(*entries, [](const storage::DirEntry& entry) {
        return entry.name == "meta.properties"
               || (entry.is_dir && TopicPartition::parse(entry.name));
    });
    if (!is_one)
        return Error{Errc::not_found, path
                                          + " is no data directory: it holds neither "
                                            "meta.properties nor a partition"};
    auto lock = storage::lock_for_reading(storage::join(path, ".lock"));
    if (!lock && lock.error().code == Errc::already_exists)
        return Error{Errc::already_exists,
                     "a broker runs on " + path
                         + ": stop it, or look at a copy made while it was stopped (a file of its "
                           "own can be dumped at any time: leat log dump FILE)"};
    return lock;
}

}  // namespace leat::cli
