#include "runner/audit.hpp"

#include <thread>

namespace shop {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

void Audit::settle(const std::function<bool()>& interrupted) {
    std::optional<std::int64_t> lag;
    auto moved_at = steady_clock::now();
    while (!interrupted() && steady_clock::now() - moved_at < 30s) {
        fleet_.tend();
        const auto left = kafka_.lag();
        if (left == 0) return;
        if (left != std::exchange(lag, left)) moved_at = steady_clock::now();
        std::this_thread::sleep_for(100ms);
    }
}

Findings Audit::collect(std::int64_t accepted) {
    Findings found;
    found.accepted = accepted;
    found.revenue =
        web_.get_as<RevenueReport>(fleet_.url("revenue") + "/revenue").value_or(RevenueReport{});
    found.stock = web_.get_as<StockReport>(fleet_.url("stock") + "/stock").value_or(StockReport{});
    found.bank =
        web_.get_as<ChargesReport>(fleet_.url("bank") + "/charges").value_or(ChargesReport{});
    kafka_.count_dead_letters(found);
    found.lag = kafka_.lag();
    return found;
}

}  // namespace shop
