#include "base/clock.hpp"

namespace leat {

TimestampMs SystemClock::wall_ms() const {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
}

MonoTime SystemClock::now() const { return std::chrono::steady_clock::now(); }

}  // namespace leat
