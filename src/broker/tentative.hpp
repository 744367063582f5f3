// Tentative: values that hold at once and are taken back if they could not be made durable.
#pragma once

#include <list>
#include <utility>

namespace leat::broker {

/// The values of one setting whose changes are on their way to the disk, oldest first. One thread.
template <class T>
class Tentative {
public:
    using Change = typename std::list<T>::iterator;

    /// `next` is in force from now on, in the place of `held`.
    Change begin(const T& held, T next) {
        if (values_.empty()) values_.push_back(held);
        return values_.insert(values_.end(), std::move(next));
    }
    /// `change` is durable, or never will be; once for each, durable ones in their order. Returns
    /// what holds now.
    T settle(Change change, bool durable) {
        values_.erase(durable ? values_.begin() : change);
        T holds = values_.back();
        if (values_.size() == 1) values_.clear();
        return holds;
    }

private:
    std::list<T> values_;  // the first is durable
};

}  // namespace leat::broker
