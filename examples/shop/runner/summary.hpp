// Whether the shop's books are right: what was found against what the file says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "purchases.hpp"
#include "revenue.hpp"

namespace shop {

/// What GET /charges of the bank answers.
struct ChargesReport {
    std::int64_t charges = 0;
    leat::decimal amount;
};
/// What GET /stock answers.
struct StockReport {
    std::int64_t orders = 0;
    std::int64_t cds = 0;
};

/// What the services, the bank and the broker say after a replay.
struct Findings {
    std::int64_t accepted = 0;
    RevenueReport revenue;
    ChargesReport bank;
    StockReport stock;
    /// Different orders in the payments service's dead-letter topic. After kills an order may lie
    /// there twice: delivery is at least once.
    std::int64_t dead_orders = 0;
    std::int64_t dead_letters = 0;
    std::int64_t dead_without_reason = 0;
    /// As `leat dlq list` counts them.
    std::int64_t dead_letters_listed = 0;
    /// Records that the groups have not handled; nothing if it could not be told.
    std::optional<std::int64_t> lag;
};

struct SummaryLine {
    std::string what;
    std::string expected;
    std::string found;
    bool right = false;
};
struct Summary {
    std::vector<SummaryLine> lines;
    bool right = true;
};

Summary add_up(const Totals& expected, const Findings& found);

/// The summary as a table for people.
std::string to_table(const Summary& summary);

/// "$2,500,315.63"
std::string dollars(leat::decimal amount);

}  // namespace shop
