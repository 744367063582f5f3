// Apache Kafka's own APIs, beside which docs/protocol.md shows ours.
#pragma once

#include <span>
#include <string_view>

#include "kafka/api_key.hpp"
#include "kafka/codec.hpp"

namespace leat::broker {

struct KafkaApi {
    std::int16_t key;
    std::string_view name;
    /// Those that a broker of Apache Kafka 4.1.1 advertises to clients, and from which on they are
    /// flexible; none where max is below min. What it knows but holds for unstable is not there.
    kafka::Versions versions;
    /// Why the API is not ours, or what is to be known of it if it is; empty: nothing.
    std::string_view note;
};

/// All of them, by key, from 0 without a gap. tests/interop/configs holds them to a real broker.
std::span<const KafkaApi> kafka_apis();

}  // namespace leat::broker
