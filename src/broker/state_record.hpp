// One record of an internal topic.
#pragma once

#include <optional>

#include "base/bytes.hpp"

namespace leat::broker {

/// No value makes it a tombstone.
struct StateRecord {
    Bytes key;
    std::optional<Bytes> value;
    bool operator==(const StateRecord&) const = default;
};

}  // namespace leat::broker
