// What the coordinator keeps of one transactional id.
#pragma once

#include "broker/txn/txn_coordinator.hpp"

namespace leat::broker {

struct TxnCoordinator::Entry {
    std::string id;
    Transaction state;
    std::optional<Transaction> appended{};  // if that is not durable yet
    bool busy = false;                      // a write, or the markers, are on their way
    std::deque<std::function<void()>> waiting{};
};

}  // namespace leat::broker
