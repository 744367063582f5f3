// What happens in the shop: the events that its services exchange, as plain structs.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "leat/decimal.hpp"
#include "leat/event.hpp"
#include "leat/timestamp.hpp"

namespace shop {

/// A customer wants CDs. Topic `orders`.
struct OrderPlaced {
    std::int64_t order_id = 0;
    std::string customer;
    std::chrono::year_month_day date{};
    std::int32_t cds = 0;
    leat::decimal amount;

    /// Orders of one customer stay in their order, on one partition.
    const std::string& key() const { return customer; }
    std::optional<leat::violation> validate() const {
        if (customer.empty()) return leat::violation{"/customer", "must not be empty"};
        if (cds < 1) return leat::violation{"/cds", "must be at least 1"};
        if (amount < 0) return leat::violation{"/amount", "must not be negative"};
        return std::nullopt;
    }
};

/// The bank has charged an order. Topic `payments`.
struct OrderPaid {
    OrderPlaced order;
    /// When the shop accepted the order: the time of its record in `orders`.
    leat::timestamp ordered_at;

    const std::string& key() const { return order.customer; }
};

/// The CDs of a paid order are set aside. Topic `stock`.
struct OrderBooked {
    OrderPlaced order;
    leat::timestamp ordered_at;

    const std::string& key() const { return order.customer; }
};

/// What the bank is asked to charge, and what it answers when it has.
struct Charge {
    std::int64_t order_id = 0;
    leat::decimal amount;
};

}  // namespace shop
