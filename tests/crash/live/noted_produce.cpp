#include "noted_produce.hpp"

#include "base/check.hpp"

namespace leat::crash {

client::ProducedBatch produce_once(client::Cluster& cluster, HistoryChecker& checker,
                                   const client::TopicPartition& to, const TestRecord& record) {
    kafka::NewRecord fresh;
    fresh.timestamp = record.timestamp;
    if (record.key) fresh.key = as_bytes(*record.key);
    if (record.value) fresh.value = as_bytes(*record.value);
    for (const auto& [name, value] : record.headers)
        fresh.headers.push_back({name, value ? std::optional{to_bytes(*value)} : std::nullopt});
    checker.sent(fingerprint(record));
    const auto answer = client::produce(
        cluster, {{to, SharedSlice::of(kafka::build_batch({&fresh, 1}))}}, {.retry = false});
    check(answer.ok(), answer ? "" : answer.error().what.c_str());
    if (answer->front().error_code == kafka::ErrorCode::none)
        checker.acknowledged(answer->front().base_offset, fingerprint(record));
    return answer->front();
}

}  // namespace leat::crash
