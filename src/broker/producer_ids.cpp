#include "broker/producer_ids.hpp"

#include <string>
#include <utility>

#include "broker/topic_state.hpp"

namespace leat::broker {
namespace {
constexpr std::int64_t block_size = 1000;
}

ProducerIds::ProducerIds(storage::StateLog& state) : state_(state) {
    // What a block held when the last process ended is lost on purpose: some of it was given out.
    if (const auto* value = state_.find(std::string{producer_id_key});
        value != nullptr && value->size() == sizeof(std::int64_t))
        next_ = end_ = load_be<std::int64_t>(as_bytes(*value).data());
}

void ProducerIds::next(Done done) {
    waiting_.push_back(std::move(done));
    serve();
}

void ProducerIds::serve() {
    while (!waiting_.empty() && next_ < end_) {
        auto waiting = std::move(waiting_.front());
        waiting_.erase(waiting_.begin());
        waiting(next_++);
    }
    if (!waiting_.empty() && !reserving_) reserve();
}

void ProducerIds::reserve() {
    reserving_ = true;
    const auto end = end_ + block_size;
    std::string value(sizeof end, '\0');
    store_be(reinterpret_cast<std::byte*>(value.data()), end);
    state_.put(std::string{producer_id_key}, value, [this, end](const Result<void>& durable) {
        reserving_ = false;
        if (durable) {
            end_ = end;
            return serve();
        }
        for (auto& waiting : std::exchange(waiting_, {})) waiting(durable.error());
    });
}

}  // namespace leat::broker
