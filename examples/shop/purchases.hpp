// The real purchases that the shop replays, as orders, and what they must add up to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "events.hpp"
#include "leat/expected.hpp"
#include "revenue.hpp"

namespace shop {

/// The order that a row of the file spells: ` 00002 19970112  5   77.00`. Its id is the row's
/// number, from 1. Or a sentence that says what is wrong with the row.
leat::expected<OrderPlaced, std::string> parse_purchase(std::string_view row, std::int64_t number);

/// Every purchase of `file`, whose first line is a header. Throws std::runtime_error naming file,
/// line and what is wrong.
std::vector<OrderPlaced> read_purchases(const std::string& file);

/// What the shop's books must say once all orders went through.
struct Totals {
    std::int64_t orders = 0;
    /// Orders of more than nothing: the bank refuses the others.
    std::int64_t paid = 0;
    leat::decimal revenue;
    /// Of the paid orders.
    std::int64_t cds = 0;
    std::vector<MonthOfRevenue> months;

    std::int64_t refused() const { return orders - paid; }
};
Totals totals_of(const std::vector<OrderPlaced>& orders);

}  // namespace shop
