// One record, sent once: what the broker answers is told to a checker.
#pragma once

#include "client/producer.hpp"
#include "record.hpp"

namespace leat::crash {

/// Throws std::logic_error if no answer comes.
client::ProducedBatch produce_once(client::Cluster& cluster, HistoryChecker& checker,
                                   const client::TopicPartition& to, const TestRecord& record);

}  // namespace leat::crash
