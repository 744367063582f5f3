// Any bytes as one of the small files: refused or read, and what was read is written back the same.
#include <cstdlib>

#include "storage/checkpoint.hpp"
#include "storage/leader_epochs.hpp"
#include "storage/producer_state.hpp"
#include "storage/segment.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace leat;
    using namespace leat::storage;
    const ByteView bytes{reinterpret_cast<const std::byte*>(data), size};
    const auto text = as_text(bytes);
    if (const auto offsets = decode_checkpoint(text))
        if (*decode_checkpoint(encode_checkpoint(*offsets)) != *offsets) std::abort();
    if (const auto epochs = LeaderEpochs::decode(text))
        if (LeaderEpochs::decode(epochs->encode())->entries() != epochs->entries()) std::abort();
    ProducerState state;
    if (state.decode(bytes)) {
        ProducerState again;
        if (!again.decode(state.encode()) || again.encode() != state.encode()) std::abort();
    }
    const auto index = decode_index(bytes, 1 << 20);
    if (decode_index(encode(index, 0), 1 << 20).size() != index.size()) std::abort();
    const auto times = decode_time_index(bytes);
    if (decode_time_index(encode(times, 0)).size() != times.size()) std::abort();
    static_cast<void>(TopicPartition::parse(text));
    return 0;
}
