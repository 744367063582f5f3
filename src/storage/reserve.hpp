// Room kept for what has to be written on a full disk: a start, checkpoints, a coordinator's state.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "storage/disk.hpp"

namespace leat::storage {

/// A file in the data directory that is given up when there is no room, and made again when there
/// is. Core thread.
class Reserve {
public:
    /// `size` bytes; 0: none is kept. With a `floor` of bytes that are to stay free beside it.
    Reserve(Disk& disk, const std::string& dir, std::uint64_t size, std::uint64_t floor);

    /// Removes the file if less than its size is free. True if that made room: what failed for want
    /// of it may be tried once more.
    bool give_up();
    /// A job for any thread that makes the file, if it is missing and there is room for it twice;
    /// finish_make() is to be told when it has ended. Else nothing.
    std::function<void()> begin_make();
    void finish_make() { making_ = false; }

private:
    bool is_whole() const;

    Disk& disk_;
    std::string dir_;
    std::string path_;
    std::uint64_t size_;
    std::uint64_t floor_;
    bool making_ = false;
};

}  // namespace leat::storage
