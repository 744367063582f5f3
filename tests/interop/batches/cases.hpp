// The cases: for each, what is sent where. The same seed and time give the same cases.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "draft.hpp"

namespace leat::batches {

struct Case {
    std::string name;
    std::string topic;
    std::int16_t version = 9;  // of Produce
    Bytes records;
};

/// A change of a sound batch, mostly for the worse.
struct Mutation {
    std::string name;
    std::function<void(BatchDraft&, std::mt19937&)> apply;
};
/// Those of the batch's header and its surroundings, and those of its records.
std::vector<Mutation> header_mutations(TimestampMs now);
std::vector<Mutation> record_mutations(TimestampMs now);

/// `count` cases at least, for records that are made at `now`.
std::vector<Case> make_cases(unsigned seed, TimestampMs now, std::size_t count);

/// The same records where nothing but they can be refused: without a producer and a claimed append
/// time, in a topic that takes any timestamp.
Case records_alone(const Case& sent);

}  // namespace leat::batches
