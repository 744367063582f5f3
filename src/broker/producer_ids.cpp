#include "broker/producer_ids.hpp"

#include <string>
#include <utility>

#include "broker/topic_state.hpp"

namespace leat::broker {
namespace {
constexpr std::int64_t block_size = 1000;
}

Result<std::unique_ptr<ProducerIds>> ProducerIds::open(storage::StateLog& state) {
    std::unique_ptr<ProducerIds> ids{new ProducerIds(state)};
    const auto* value = state.find(std::string{producer_id_key});
    if (value == nullptr) return ids;
    if (value->size() != sizeof(std::int64_t))
        return Error{Errc::corrupt,
                     state.log().dir() + " tells in " + std::to_string(value->size())
                         + " bytes, not in 8, which producer ids were given out, so some would be "
                           "given out twice. Start the version of the broker that wrote it, or "
                           "restore the directory from a copy"};
    // What a block held when the last process ended is lost on purpose: some of it was given out.
    ids->next_ = ids->end_ = load_be<std::int64_t>(as_bytes(*value).data());
    return ids;
}

void ProducerIds::next(Done done) {
    waiting_.push_back(std::move(done));
    serve();
}

std::optional<std::int64_t> ProducerIds::take() {
    if (next_ == end_) return std::nullopt;
    return next_++;
}

void ProducerIds::when_reserved(std::function<void(Result<void>)> then) {
    if (next_ < end_) return then({});
    // One is given up for it: there are enough.
    next([this, then = std::move(then)](const Result<std::int64_t>& id) {
        if (!id) return then(id.error());
        if (next_ == end_) return when_reserved(then);
        then({});
    });
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
