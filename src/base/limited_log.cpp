#include "base/limited_log.hpp"

namespace leat::log {

void LimitedLog::line(Level level, std::string_view message, Fields fields) {
    auto found = kinds_.find(message);
    if (found == kinds_.end()) found = kinds_.emplace(message, Kind{level, clock_.now(), 0}).first;
    if (++found->second.lines <= limit_.lines) write_(level, message, fields);
}

void LimitedLog::tick() {
    std::erase_if(kinds_, [this](const auto& entry) {
        const auto& [message, kind] = entry;
        if (clock_.now() - kind.since < limit_.period) return false;
        if (kind.lines > limit_.lines)
            write_(kind.level, "more lines of one kind were left out",
                   {{"kind", message}, {"count", kind.lines - limit_.lines}});
        return true;
    });
}

}  // namespace leat::log
