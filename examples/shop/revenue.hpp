// What GET /revenue answers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "leat/decimal.hpp"

namespace shop {

struct MonthOfRevenue {
    /// "1997-01".
    std::string month;
    std::int64_t orders = 0;
    leat::decimal revenue;
    bool operator==(const MonthOfRevenue&) const = default;
};

/// From the acceptance of an order to its booking as revenue, in milliseconds.
struct Latency {
    double p50_ms = 0;
    double p99_ms = 0;
};

struct RevenueReport {
    std::int64_t orders = 0;
    leat::decimal revenue;
    std::vector<MonthOfRevenue> months;
    Latency latency;
};

}  // namespace shop
