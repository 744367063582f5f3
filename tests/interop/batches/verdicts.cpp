#include "verdicts.hpp"

namespace leat::batches {
namespace {

constexpr int unknown_server_error = -1;
constexpr int invalid_timestamp = 32;
constexpr int out_of_order_sequence = 45;
constexpr int invalid_epoch = 47;
constexpr int invalid_record = 87;

bool claims_append_time(ByteView batch) {
    const auto header = kafka::BatchHeader::read(batch);
    return header && header->is_log_append_time();
}

Verdict wrong(std::string why) { return {Kind::wrong, std::move(why)}; }

Verdict judge_accepted(const Outcome& o) {
    if (o.kafka.append_time != o.leat.append_time) return wrong("only one tells an append time");
    if (o.kafka.stored_as != o.leat.stored_as) return wrong("only one takes it for a repetition");
    if (!o.leat_read || !o.leat_read->readable) return wrong("ours cannot be read");
    if (!o.leat_read->dense) return wrong("ours has not one record at each offset");
    if (!o.kafka_read || !o.kafka_read->readable) return wrong("Kafka's cannot be read");
    if (o.leat_read->digest != o.kafka_read->digest) return wrong("other records are read");
    return {Kind::same, {}};
}

// Kafka overlooks a record that it cannot read, and judges the producer or the timestamps. That it
// is such a batch shows where nothing is left to refuse but the records.
Verdict judge_two_faults(const Outcome* alone) {
    if (alone == nullptr) return wrong("each names another fault");
    if (alone->leat.code != invalid_record) return wrong("our fault is not in its records");
    if (auto verdict = judge(*alone); verdict.kind == Kind::wrong)
        return wrong("its records alone: " + verdict.why);
    return {Kind::two_faults, {}};
}

Verdict judge_refused(const Outcome& o, const Outcome* alone) {
    if (o.kafka.base_offset != o.leat.base_offset) return wrong("refused with other base offsets");
    if (o.kafka.code == unknown_server_error) return {Kind::kafka_tripped, {}};
    if (o.names_two_faults()) return judge_two_faults(alone);
    if (o.kafka.code != o.leat.code) return wrong("refused with other error codes");
    if (o.kafka.bad_records != o.leat.bad_records) return wrong("other records are named");
    return {Kind::same, {}};
}

Verdict judge_taken_by_kafka(const Outcome& o) {
    if (o.leat.code == invalid_timestamp && claims_append_time(o.sent.records))
        return {Kind::hidden_timestamps, {}};
    if (o.leat.code != invalid_record) return wrong("only Kafka takes it");
    if (o.kafka_read && o.kafka_read->readable && o.kafka_read->dense)
        return wrong("only Kafka takes it, and its consumer can read it");
    return {Kind::kafka_cannot_read, {}};
}

}  // namespace

bool Outcome::names_two_faults() const {
    const bool kafka_names_another = kafka.code == out_of_order_sequence
                                     || kafka.code == invalid_epoch
                                     || kafka.code == invalid_timestamp;
    return kafka_names_another && leat.code == invalid_record;
}

Verdict judge(const Outcome& outcome, const Outcome* alone) {
    if (outcome.leat.accepted() && outcome.kafka.accepted()) return judge_accepted(outcome);
    if (outcome.leat.accepted()) return wrong("only we take it");
    if (outcome.kafka.accepted()) return judge_taken_by_kafka(outcome);
    return judge_refused(outcome, alone);
}

}  // namespace leat::batches
