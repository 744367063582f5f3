// Producer ids: each is given out once for ever, also across crashes (KIP-98).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "storage/state_log.hpp"

namespace leat::broker {

/// Reserves ids in durable blocks and hands them out from memory. Core thread.
class ProducerIds {
public:
    /// Goes on behind what was given out. Error: corrupt, if the state does not tell that.
    static Result<std::unique_ptr<ProducerIds>> open(storage::StateLog& state);

    using Done = std::function<void(Result<std::int64_t>)>;
    /// A new id: at once, or when the next block is durable. Error: the block could not be written.
    void next(Done done);
    /// A new id from what is reserved; nothing: there is none at the moment.
    std::optional<std::int64_t> take();
    /// Calls `then` when take() has one to give, or why there is none.
    void when_reserved(std::function<void(Result<void>)> then);

private:
    explicit ProducerIds(storage::StateLog& state) : state_(state) {}
    void reserve();
    void serve();

    storage::StateLog& state_;
    std::int64_t next_ = 0;
    std::int64_t end_ = 0;  // ids below it are durably reserved
    bool reserving_ = false;
    std::vector<Done> waiting_;
};

}  // namespace leat::broker
