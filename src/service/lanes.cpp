#include "service/lanes.hpp"

#include "base/check.hpp"

namespace leat::service {

Lanes::Lanes(LaneLimits limits) : limits_(limits), lanes_(lane_count) {
    check(limits.records > 0 && limits.bytes > 0, "the bounds of lanes are above 0");
}

std::uint32_t Lanes::lane_of(std::string_view key) {
    // FNV-1a with a final mix, since the low bits choose the lane.
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const char c : key) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3ULL;
    }
    hash ^= hash >> 32U;
    return static_cast<std::uint32_t>(hash % lane_count);
}

void Lanes::make_runnable(std::uint32_t index) {
    auto& lane = lanes_[index];
    if (lane.listed || lane.running || lane.head == nullptr) return;
    lane.listed = true;
    lane.next_runnable = none;
    if (runnable_tail_ == none)
        runnable_head_ = index;
    else
        lanes_[runnable_tail_].next_runnable = index;
    runnable_tail_ = index;
}

void Lanes::push(LaneItem& item) {
    auto& lane = lanes_[item.lane];
    item.next = nullptr;
    if (lane.tail == nullptr)
        lane.head = &item;
    else
        lane.tail->next = &item;
    lane.tail = &item;
    ++records_;
    ++queued_;
    bytes_ += item.bytes;
    make_runnable(item.lane);
}

Lanes::Batch Lanes::take(std::size_t max) {
    if (runnable_head_ == none || max == 0) return {};
    const auto index = runnable_head_;
    auto& lane = lanes_[index];
    runnable_head_ = lane.next_runnable;
    if (runnable_head_ == none) runnable_tail_ = none;
    lane.listed = false;
    lane.running = true;
    ++running_;

    Batch batch{lane.head, 1, index};
    LaneItem* last = lane.head;
    for (; batch.count < max && last->next != nullptr; ++batch.count) last = last->next;
    lane.head = last->next;
    if (lane.head == nullptr) lane.tail = nullptr;
    last->next = nullptr;
    queued_ -= batch.count;
    return batch;
}

void Lanes::release(std::uint32_t index, LaneItem* rest) {
    auto& lane = lanes_[index];
    check(lane.running, "only a running lane can be released");
    lane.running = false;
    --running_;
    if (rest != nullptr) {
        LaneItem* last = rest;
        ++queued_;
        for (; last->next != nullptr; last = last->next) ++queued_;
        last->next = lane.head;
        if (lane.tail == nullptr) lane.tail = last;
        lane.head = rest;
    }
    make_runnable(index);
}

void Lanes::done(const LaneItem& item) {
    check(records_ > 0 && bytes_ >= item.bytes, "an item is done once");
    --records_;
    bytes_ -= item.bytes;
}

bool Lanes::accepts() {
    if (records_ >= limits_.records || bytes_ >= limits_.bytes)
        paused_ = true;
    else if (records_ <= limits_.records * 3 / 4 && bytes_ <= limits_.bytes / 4 * 3)
        paused_ = false;
    return !paused_;
}

std::size_t Lanes::room() const {
    if (paused_ || records_ >= limits_.records || bytes_ >= limits_.bytes) return 0;
    return limits_.records - records_;
}

LaneItem* Lanes::clear() {
    LaneItem* dropped = nullptr;
    for (auto& lane : lanes_) {
        if (lane.running || lane.head == nullptr) continue;
        for (auto* item = lane.head; item != nullptr; item = item->next) --queued_;
        lane.tail->next = dropped;
        dropped = lane.head;
        lane.head = lane.tail = nullptr;
        lane.listed = false;
    }
    runnable_head_ = runnable_tail_ = none;
    return dropped;
}

}  // namespace leat::service
