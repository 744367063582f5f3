#include "broker/append_order.hpp"

#include <utility>

#include "base/check.hpp"

namespace leat::broker {

AppendOrder::Turn AppendOrder::enter(const Lane& lane, std::function<void()> step) {
    const auto number = ++last_number_;
    if (!*stopped_) {
        lanes_[lane].waiting.push_back({number, std::move(step)});
        advance(lane);
    }
    return {lane, number};
}

void AppendOrder::wake(const Turn& turn) {
    const auto at = lanes_.find(turn.lane);
    if (at == lanes_.end()) return;
    auto& queue = at->second;
    auto& first = queue.waiting.front();
    if (first.number != turn.number) return;
    first.begun = false;
    advance(turn.lane);
}

void AppendOrder::leave(const Lane& lane) {
    const auto at = lanes_.find(lane);
    if (at == lanes_.end()) return;  // stopped meanwhile
    auto& first = at->second.waiting.front();
    check(!first.left, "who is done leaves once");
    first.left = true;
    advance(lane);
}

// A loop, since a step may leave at once and so may any number behind it.
void AppendOrder::advance(const Lane& lane) {
    const auto at = lanes_.find(lane);
    auto& queue = at->second;
    if (std::exchange(queue.stepping, true)) return;
    while (!queue.waiting.empty()) {
        auto& first = queue.waiting.front();
        if (first.left) {
            queue.waiting.pop_front();
            continue;
        }
        if (first.begun) break;
        first.begun = true;
        first.step();
    }
    queue.stepping = false;
    if (queue.waiting.empty()) lanes_.erase(at);
}

void AppendOrder::run(std::function<void()> work, std::function<void()> done) {
    pool_.run(
        [work = std::move(work), stopped = stopped_] {
            if (!*stopped) work();
        },
        [done = std::move(done), stopped = stopped_] {
            if (!*stopped) done();
        });
}

void AppendOrder::stop() {
    *stopped_ = true;
    const auto forgotten = std::exchange(lanes_, {});  // the last of them may call back
}

}  // namespace leat::broker
