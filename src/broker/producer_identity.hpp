// Which producer writes: an id, and which of its incarnations (KIP-98).
#pragma once

#include <compare>
#include <cstdint>

#include "kafka/record_batch.hpp"

namespace leat::broker {

struct ProducerIdentity {
    std::int64_t id = kafka::no_producer_id;
    std::int16_t epoch = kafka::no_producer_epoch;
    auto operator<=>(const ProducerIdentity&) const = default;
};

}  // namespace leat::broker
