#include "storage/checkpoint.hpp"

#include "storage/lines.hpp"

namespace leat::storage {

std::string encode_checkpoint(const OffsetCheckpoint& offsets) {
    auto text = "0\n" + std::to_string(offsets.size()) + "\n";
    for (const auto& [partition, offset] : offsets)
        text += partition.topic + " " + std::to_string(partition.partition) + " "
                + std::to_string(offset) + "\n";
    return text;
}

Result<OffsetCheckpoint> decode_checkpoint(std::string_view text) {
    const Error corrupt{Errc::corrupt, "it is not an offset checkpoint"};
    if (!text.empty() && text.back() != '\n') return corrupt;  // the end of it was lost
    const auto lines = lines_of(text);
    if (lines.empty()) return OffsetCheckpoint{};  // Kafka creates them empty
    const auto version = number_in<std::int32_t>(lines[0]);
    if (!version) return corrupt;
    if (*version != 0)
        return Error{Errc::unsupported, "its version is " + std::to_string(*version) + ", not 0"};
    if (lines.size() < 2) return corrupt;
    const auto count = number_in<std::size_t>(lines[1]);
    if (!count || lines.size() - 2 != *count) return corrupt;
    OffsetCheckpoint offsets;
    for (std::size_t i = 2; i < lines.size(); ++i) {
        const auto parts = split(lines[i], ' ');
        if (parts.size() != 3) return corrupt;
        const auto partition = number_in<std::int32_t>(parts[1]);
        const auto offset = number_in<std::int64_t>(parts[2]);
        if (parts[0].empty() || !partition || *partition < 0 || !offset || *offset < 0)
            return corrupt;
        offsets[{std::string{parts[0]}, *partition}] = *offset;
    }
    return offsets;
}

}  // namespace leat::storage
