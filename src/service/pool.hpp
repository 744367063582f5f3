// Objects that are made once and used again, since each record would cost an allocation otherwise.
#pragma once

#include <memory>
#include <vector>

namespace leat::service {

/// Lends objects and takes them back as they are: whoever takes one sets it up. Frees all of them,
/// lent ones included, at its end. Belongs to one thread.
template <class T>
class Pool {
public:
    template <class... Args>
    T& take(Args&&... args) {
        if (free_.empty()) {
            all_.push_back(std::make_unique<T>(args...));
            free_.push_back(all_.back().get());
        }
        T& taken = *free_.back();
        free_.pop_back();
        return taken;
    }
    void give_back(T& object) { free_.push_back(&object); }

private:
    std::vector<std::unique_ptr<T>> all_;
    std::vector<T*> free_;
};

}  // namespace leat::service
