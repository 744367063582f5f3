// Files of closed segments that stay open, so that the next read need not open them.
#pragma once

#include <algorithm>
#include <list>
#include <memory>
#include <utility>

#include "storage/disk.hpp"

namespace leat::storage {

/// Those of the segments that were read last, over all logs: a log may have more segments than a
/// process may have files. Core thread; outlives its seats.
class OpenFiles {
public:
    explicit OpenFiles(std::size_t segments = 64) : most_(std::max<std::size_t>(segments, 1)) {}
    OpenFiles(const OpenFiles&) = delete;
    OpenFiles& operator=(const OpenFiles&) = delete;

    /// In each segment: its files, while they are open.
    class Seat {
    public:
        Seat() = default;
        ~Seat() {
            if (owner_ != nullptr) owner_->leave(*this);
        }
        Seat(const Seat&) = delete;
        Seat& operator=(const Seat&) = delete;

        const std::shared_ptr<File>& log() const { return log_; }
        /// Its offset index; none, if the segment has it in memory.
        const std::shared_ptr<File>& index() const { return index_; }

    private:
        friend class OpenFiles;
        OpenFiles* owner_ = nullptr;
        std::list<Seat*>::iterator at_;
        std::shared_ptr<File> log_;
        std::shared_ptr<File> index_;
    };

    /// Keeps the files of the segment that was just read, and closes those of another.
    void keep(Seat& seat, std::shared_ptr<File> log, std::shared_ptr<File> index) {
        if (seat.owner_ != nullptr) leave(seat);
        if (order_.size() >= most_) leave(*order_.front());
        seat.log_ = std::move(log);
        seat.index_ = std::move(index);
        seat.at_ = order_.insert(order_.end(), &seat);
        seat.owner_ = this;
    }

private:
    void leave(Seat& seat) {
        order_.erase(seat.at_);
        seat.owner_ = nullptr;
        seat.log_.reset();
        seat.index_.reset();
    }

    std::size_t most_;
    std::list<Seat*> order_;  // the one that was read last at the end
};

}  // namespace leat::storage
