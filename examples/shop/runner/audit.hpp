// Waits until the last order has gone through the shop and collects what its books say.
#pragma once

#include <functional>

#include "runner/fleet.hpp"
#include "runner/kafka_tool.hpp"
#include "runner/summary.hpp"

namespace shop {

/// Use on the fleet's thread.
class Audit {
public:
    Audit(Fleet& fleet, Web& web, KafkaTool& kafka) : fleet_(fleet), web_(web), kafka_(kafka) {}

    /// Returns once no group has any lag: they are looked at in the order in which orders go
    /// through the shop. Or when nothing has moved for 30 s, or `interrupted` says so.
    void settle(const std::function<bool()>& interrupted);
    /// What the books say now; `accepted` is the replay's own figure.
    Findings collect(std::int64_t accepted);

private:
    Fleet& fleet_;
    Web& web_;
    KafkaTool& kafka_;
};

}  // namespace shop
