// The free-space floor of a data directory: produce is refused below it, all else goes on.
#pragma once

#include <cstdint>
#include <string>

#include "storage/disk.hpp"
#include "storage/reserve.hpp"

namespace leat::storage {

/// Asks the file system now and then, by bytes admitted and not by time, whether there is room.
/// Core thread.
class SpaceGuard {
public:
    /// `floor` is the number of free bytes below which admits() says no.
    SpaceGuard(Disk& disk, std::string dir, std::uint64_t floor, std::uint64_t reserve = 0)
        : disk_(disk), dir_(std::move(dir)), floor_(floor), reserve_(disk, dir_, reserve, floor) {}

    /// Whether `bytes` more may be written. While there is no room every call asks again, so that
    /// service resumes as soon as space was freed.
    bool admits(std::uint64_t bytes);
    /// The last answer: for health and metrics.
    bool is_low() const { return low_; }
    std::uint64_t floor() const { return floor_; }
    void set_floor(std::uint64_t floor);
    /// What is not held back by the floor may have when there is nothing left.
    Reserve& reserve() { return reserve_; }

private:
    Disk& disk_;
    std::string dir_;
    std::uint64_t floor_;
    Reserve reserve_;
    std::uint64_t credit_ = 0;  // bytes that may be admitted before asking again
    bool low_ = false;
};

}  // namespace leat::storage
