// Any bytes as a record of the broker's own topics: it means something, or an error says why not.
#include "cli/stored_records.hpp"

#include <cstdlib>

#include "broker/topic_state.hpp"
#include "broker/topics.hpp"
#include "cli/dump_output.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace leat;
    const ByteView bytes{reinterpret_cast<const std::byte*>(data), size};
    if (size < 2) return 0;
    const auto key_size = std::min(std::to_integer<std::size_t>(bytes[1]), size - 2);
    kafka::RecordView record;
    record.key = bytes.subspan(2, key_size);
    if (std::to_integer<int>(bytes[0]) % 2 == 0) record.value = bytes.subspan(2 + key_size);
    kafka::BatchHeader batch;
    batch.attributes = std::to_integer<int>(bytes[0]) % 3 == 0 ? 0x20 : 0;
    for (const auto topic : {broker::offsets_topic, broker::state_log_name}) {
        const auto meaning = cli::meaning_of(std::string{topic}, batch, record);
        if (!meaning || (!meaning->contains("type") && !meaning->contains("error"))) std::abort();
        if (cli::dump_line("record", *meaning).empty()) std::abort();
    }
    return 0;
}
