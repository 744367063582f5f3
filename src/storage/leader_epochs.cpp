#include "storage/leader_epochs.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "storage/lines.hpp"

namespace leat::storage {

void LeaderEpochs::assign(std::int32_t epoch, std::int64_t start_offset) {
    if (epoch <= latest()) return;
    truncate_end(start_offset);
    check(start_offset >= 0, "an epoch begins at an offset");
    entries_.push_back({epoch, start_offset});
}

EpochEnd LeaderEpochs::end_of(std::int32_t epoch, std::int64_t log_end) const {
    if (entries_.empty() || epoch < 0) return {};
    if (epoch == latest()) return {epoch, log_end};
    if (epoch > latest()) return {};
    const auto next = std::ranges::upper_bound(entries_, epoch, {}, &Entry::epoch);
    // Older than all that is known: Kafka answers with the asked epoch and where knowledge begins.
    if (next == entries_.begin()) return {epoch, next->start_offset};
    return {std::prev(next)->epoch, next->start_offset};
}

std::int32_t LeaderEpochs::at(std::int64_t offset) const {
    const auto next = std::ranges::upper_bound(entries_, offset, {}, &Entry::start_offset);
    return next == entries_.begin() ? -1 : std::prev(next)->epoch;
}

void LeaderEpochs::truncate_end(std::int64_t end_offset) {
    std::erase_if(entries_, [&](const Entry& entry) { return entry.start_offset >= end_offset; });
}

void LeaderEpochs::truncate_start(std::int64_t start_offset) {
    const auto next = std::ranges::upper_bound(entries_, start_offset, {}, &Entry::start_offset);
    if (next == entries_.begin()) return;
    entries_.erase(entries_.begin(), std::prev(next));
    entries_.front().start_offset = std::max(entries_.front().start_offset, start_offset);
}

std::string LeaderEpochs::encode() const {
    auto text = "0\n" + std::to_string(entries_.size()) + "\n";
    for (const auto& [epoch, start] : entries_)
        text += std::to_string(epoch) + " " + std::to_string(start) + "\n";
    return text;
}

Result<LeaderEpochs> LeaderEpochs::decode(std::string_view text) {
    const Error corrupt{Errc::corrupt, "it is not a leader epoch checkpoint of version 0"};
    if (!text.empty() && text.back() != '\n') return corrupt;  // the end of it was lost
    const auto lines = lines_of(text);
    if (lines.size() < 2 || lines[0] != "0") return corrupt;
    const auto count = number_in<std::size_t>(lines[1]);
    if (!count || lines.size() - 2 != *count) return corrupt;
    LeaderEpochs epochs;
    for (std::size_t i = 2; i < lines.size(); ++i) {
        const auto parts = split(lines[i], ' ');
        if (parts.size() != 2) return corrupt;
        const auto epoch = number_in<std::int32_t>(parts[0]);
        const auto start = number_in<std::int64_t>(parts[1]);
        if (!epoch || !start || *epoch <= epochs.latest() || *start < 0) return corrupt;
        if (!epochs.entries_.empty() && *start < epochs.entries_.back().start_offset)
            return corrupt;
        epochs.entries_.push_back({*epoch, *start});
    }
    return epochs;
}

}  // namespace leat::storage
