#include "noted_produce.hpp"

#include "base/check.hpp"
#include "test_batches.hpp"

namespace leat::crash {

client::ProducedBatch produce_once(client::Cluster& cluster, HistoryChecker& checker,
                                   const client::TopicPartition& to, const TestRecord& record) {
    const auto fresh = new_record(record);
    checker.sent(fingerprint(record));
    const auto answer = client::produce(
        cluster, {{to, SharedSlice::of(kafka::build_batch({&fresh, 1}))}}, {.retry = false});
    check(answer.ok(), answer ? "" : answer.error().what.c_str());
    if (answer->front().error_code == kafka::ErrorCode::none)
        checker.acknowledged(answer->front().base_offset, fingerprint(record));
    return answer->front();
}

}  // namespace leat::crash
