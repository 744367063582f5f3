// Batches as the product writes them.
#pragma once

#include "kafka/record_batch.hpp"
#include "record.hpp"

namespace leat::crash {

/// `each` as it is put into a batch; lives as long as `each`.
inline kafka::NewRecord new_record(const TestRecord& each) {
    kafka::NewRecord record;
    record.timestamp = each.timestamp;
    if (each.key) record.key = as_bytes(*each.key);
    if (each.value) record.value = as_bytes(*each.value);
    for (const auto& [key, value] : each.headers)
        record.headers.push_back({key, value ? std::optional{to_bytes(*value)} : std::nullopt});
    return record;
}

inline std::string batch_of(std::int64_t base, const std::vector<TestRecord>& records,
                            kafka::Codec codec = kafka::Codec::none) {
    std::vector<kafka::NewRecord> fresh;
    for (const auto& each : records) fresh.push_back(new_record(each));
    kafka::BatchOptions options;
    options.base_offset = base;
    options.codec = codec;
    return std::string{as_text(kafka::build_batch(fresh, options))};
}

/// 50 of a plain producer.
inline std::vector<TestRecord> some_records() {
    std::vector<TestRecord> records;
    for (int i = 0; i < 50; ++i) {
        records.push_back(make_record(HistoryChecker::Kind::plain, 3, i,
                                      static_cast<std::uint64_t>(i) * 0x9e3779b97f4a7c15U));
        records.back().timestamp = 1'700'000'000'000 + i * 7;
    }
    return records;
}

}  // namespace leat::crash
