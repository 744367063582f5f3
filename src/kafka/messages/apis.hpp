// The list of the APIs that have messages here, by key. Their code is compiled once, in
// instances_*.cpp: who encodes or decodes a message only calls it.
#pragma once

#include "kafka/codec.hpp"

namespace leat::kafka {

// clang-format off: one a line
#define LEAT_FOR_EACH_API(what)                                                                  \
    what(Produce) what(Fetch) what(ListOffsets) what(Metadata) what(OffsetCommit)                \
        what(OffsetFetch) what(FindCoordinator) what(JoinGroup) what(Heartbeat) what(LeaveGroup) \
            what(SyncGroup) what(DescribeGroups) what(ListGroups) what(ApiVersions)              \
                what(CreateTopics) what(DeleteTopics) what(DeleteRecords) what(InitProducerId)   \
                    what(OffsetForLeaderEpoch) what(AddPartitionsToTxn) what(AddOffsetsToTxn)    \
                        what(EndTxn) what(WriteTxnMarkers) what(TxnOffsetCommit)                 \
                            what(DescribeConfigs) what(AlterConfigs) what(DescribeLogDirs)       \
                                what(CreatePartitions) what(DeleteGroups)                        \
                                    what(IncrementalAlterConfigs) what(OffsetDelete)             \
                                        what(DescribeCluster) what(DescribeProducers)            \
                                            what(DescribeTransactions) what(ListTransactions)    \
                                                what(ConsumerGroupHeartbeat)                     \
                                                    what(DescribeTopicPartitions)
// clang-format on

#define LEAT_COMPILED_ONCE(Message)                                            \
    struct Message;                                                            \
    extern template std::optional<Message> read_message<Message>(Reader & in); \
    extern template void write_message<Message>(Writer & out, const Message& message);
#define LEAT_API_COMPILED_ONCE(Api)  \
    LEAT_COMPILED_ONCE(Api##Request) \
    LEAT_COMPILED_ONCE(Api##Response)

LEAT_FOR_EACH_API(LEAT_API_COMPILED_ONCE)

#undef LEAT_API_COMPILED_ONCE
#undef LEAT_COMPILED_ONCE

}  // namespace leat::kafka
