#include "kafka/end_txn_marker.hpp"

#include <array>

namespace leat::kafka {
namespace {

// Key: version, type. Value: version, coordinator epoch.
constexpr std::size_t key_size = 4;
constexpr std::size_t value_size = 6;
constexpr std::int16_t abort_type = 0;
constexpr std::int16_t commit_type = 1;
constexpr std::size_t largest_marker = 1024;

}  // namespace

Bytes build_end_txn_marker(std::int64_t producer_id, std::int16_t producer_epoch,
                           const EndTxnMarker& marker, TimestampMs timestamp) {
    std::array<std::byte, key_size> key{};
    store_be(key.data(), std::int16_t{0});
    store_be(key.data() + 2, marker.commit ? commit_type : abort_type);
    std::array<std::byte, value_size> value{};
    store_be(value.data(), std::int16_t{0});
    store_be(value.data() + 2, marker.coordinator_epoch);
    const NewRecord record{timestamp, ByteView{key}, ByteView{value}, {}};
    BatchOptions options;
    options.producer_id = producer_id;
    options.producer_epoch = producer_epoch;
    options.transactional = true;
    options.control = true;
    return build_batch({&record, 1}, options);
}

std::optional<EndTxnMarker> read_end_txn_marker(const BatchHeader& header, ByteView batch) {
    if (!header.is_control() || !header.has_producer_id()) return std::nullopt;
    std::optional<EndTxnMarker> found;
    const auto read = for_each_record(batch, largest_marker, [&](const RecordView& record) {
        if (!record.key || record.key->size() < key_size) return false;
        if (!record.value || record.value->size() < value_size) return false;
        const auto type = load_be<std::int16_t>(record.key->data() + 2);
        if (type == abort_type || type == commit_type)
            found =
                EndTxnMarker{type == commit_type, load_be<std::int32_t>(record.value->data() + 2)};
        return false;
    });
    return read ? found : std::nullopt;
}

}  // namespace leat::kafka
