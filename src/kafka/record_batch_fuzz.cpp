// Any bytes as a record batch: refused, or read within its memory bound.
#include <cstdint>

#include "base/check.hpp"
#include "kafka/record_batch.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const leat::ByteView bytes = std::as_bytes(std::span{data, size});
    const auto checked = leat::kafka::check_batch(bytes, 1 << 20);
    if (checked.header) leat::check(checked.header->size() <= size, "a sound batch is whole");
    constexpr std::size_t max_inflated = 1 << 20;
    std::size_t seen = 0;
    (void)leat::kafka::for_each_record(bytes, max_inflated, [&](const auto& record) {
        seen += record.key ? record.key->size() : 0;
        seen += record.value ? record.value->size() : 0;
        (void)leat::kafka::decode_headers(record);
        return true;
    });
    leat::check(seen <= max_inflated + size, "records fit the memory bound");
    return 0;
}
