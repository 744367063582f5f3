#include "hostile_batch.hpp"

#include "base/crc32c.hpp"
#include "kafka/header.hpp"
#include "kafka/messages/produce.hpp"

namespace leat::crash {
namespace {
constexpr std::size_t at_length = 8;
constexpr std::size_t at_crc = 17;
constexpr std::size_t at_attributes = 21;
constexpr std::size_t at_last_delta = 23;
constexpr std::size_t at_count = 57;
}  // namespace

void renew_checksum(Bytes& batch) {
    store_be(batch.data() + at_crc, crc32c(ByteView{batch}.subspan(at_attributes)));
}

Bytes batch_around(ByteView body, std::int32_t count, kafka::Codec codec) {
    const kafka::NewRecord none;
    auto batch = kafka::build_batch({&none, 1});
    batch.resize(kafka::batch_header_size);
    batch.insert(batch.end(), body.begin(), body.end());
    store_be(batch.data() + at_length,
             static_cast<std::int32_t>(batch.size() - kafka::batch_prefix_size));
    store_be(batch.data() + at_attributes, static_cast<std::int16_t>(codec));
    store_be(batch.data() + at_last_delta, count - 1);
    store_be(batch.data() + at_count, count);
    renew_checksum(batch);
    return batch;
}

std::string produce_frame(const std::string& topic, Bytes batch, std::int16_t version) {
    kafka::ProduceRequest request;
    request.acks = -1;
    request.timeout_ms = 10'000;
    auto& data = request.topic_data.emplace_back();
    data.name = topic;
    data.partition_data.emplace_back().records.slices = {SharedSlice::of(std::move(batch))};
    return std::string{as_text(kafka::request_frame(request, version, 1, "hostile").flat())};
}

Bytes bomb(kafka::Codec codec, std::size_t size) { return kafka::compress(codec, Bytes(size)); }

}  // namespace leat::crash
