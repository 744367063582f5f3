// What tests of the broker ask of it again and again.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "broker/broker_rig.hpp"
#include "kafka/messages/all.hpp"
#include "kafka/record_batch.hpp"

namespace leat::broker {

inline kafka::CreateTopicsResponse create_topic(BrokerRig& rig, const std::string& name,
                                                std::int32_t partitions = 1,
                                                std::int16_t replicas = 1) {
    kafka::CreateTopicsRequest request;
    auto& topic = request.topics.emplace_back();
    topic.name = name;
    topic.num_partitions = partitions;
    topic.replication_factor = replicas;
    return rig.ask<kafka::CreateTopicsResponse>(request, 7);
}

inline kafka::ProduceRequest producing(const std::string& topic, const std::string& value,
                                       const kafka::BatchOptions& options = {}) {
    kafka::NewRecord record;
    record.timestamp = 1'700'000'000'000;
    record.value = as_bytes(value);
    kafka::ProduceRequest request;
    request.acks = -1;
    auto& data = request.topic_data.emplace_back();
    data.name = topic;
    data.partition_data.emplace_back().records.slices = {
        SharedSlice::of(kafka::build_batch({&record, 1}, options))};
    return request;
}

inline kafka::FetchRequest fetching(const std::string& topic, std::int64_t offset,
                                    std::int32_t max_wait_ms) {
    kafka::FetchRequest request;
    request.max_wait_ms = max_wait_ms;
    request.min_bytes = 1;
    auto& wanted = request.topics.emplace_back();
    wanted.topic = topic;
    auto& partition = wanted.partitions.emplace_back();
    partition.fetch_offset = offset;
    partition.partition_max_bytes = 1 << 20;
    return request;
}

inline std::vector<std::string> values_of(const kafka::FetchResponse& response) {
    std::vector<std::string> values;
    for (const auto& topic : response.responses)
        for (const auto& partition : topic.partitions)
            for (auto rest = partition.records.bytes(); !rest.empty();) {
                const auto header = kafka::BatchHeader::read(rest);
                (void)kafka::for_each_record(rest, 1 << 20, [&](const kafka::RecordView& record) {
                    values.emplace_back(as_text(*record.value));
                    return true;
                });
                rest = rest.subspan(header->size());
            }
    return values;
}

/// The values that a client shows which reads committed records only.
inline std::vector<std::string> committed_values(
    kafka::FetchResponse::FetchableTopicResponse::PartitionData data) {
    std::vector<std::string> values;
    std::set<std::int64_t> aborted;
    for (auto rest = data.records.bytes(); !rest.empty();) {
        const auto header = *kafka::BatchHeader::read(rest);
        for (auto& one : *data.aborted_transactions)
            if (one.first_offset <= header.base_offset && one.producer_id >= 0)
                aborted.insert(std::exchange(one.producer_id, -1));
        if (header.is_control())
            aborted.erase(header.producer_id);
        else if (!header.is_transactional() || !aborted.contains(header.producer_id))
            (void)kafka::for_each_record(rest, 1 << 20, [&](const kafka::RecordView& record) {
                values.emplace_back(as_text(*record.value));
                return true;
            });
        rest = rest.subspan(header.size());
    }
    return values;
}

}  // namespace leat::broker
