// The handlers of api_table.cpp, by the file that holds them.
#pragma once

#include "broker/request.hpp"
#include "kafka/messages/all.hpp"

namespace leat::broker {

class Broker;

#define LEAT_HANDLER(function, Message)                                     \
    void function(Broker& broker, Request<kafka::Message##Request> request, \
                  const Reply<kafka::Message##Response>& reply)

// api_versions.cpp
LEAT_HANDLER(api_versions, ApiVersions);
// metadata.cpp
LEAT_HANDLER(metadata, Metadata);
LEAT_HANDLER(describe_cluster, DescribeCluster);
LEAT_HANDLER(describe_topic_partitions, DescribeTopicPartitions);
// produce.cpp
LEAT_HANDLER(produce, Produce);
// transactions.cpp
LEAT_HANDLER(init_producer_id, InitProducerId);
LEAT_HANDLER(add_partitions_to_txn, AddPartitionsToTxn);
LEAT_HANDLER(add_offsets_to_txn, AddOffsetsToTxn);
LEAT_HANDLER(txn_offset_commit, TxnOffsetCommit);
LEAT_HANDLER(end_txn, EndTxn);
// transaction_admin.cpp
LEAT_HANDLER(write_txn_markers, WriteTxnMarkers);
LEAT_HANDLER(describe_producers, DescribeProducers);
LEAT_HANDLER(describe_transactions, DescribeTransactions);
LEAT_HANDLER(list_transactions, ListTransactions);
// fetch.cpp
LEAT_HANDLER(fetch, Fetch);
// list_offsets.cpp
LEAT_HANDLER(list_offsets, ListOffsets);
LEAT_HANDLER(offset_for_leader_epoch, OffsetForLeaderEpoch);
// topics.cpp
LEAT_HANDLER(create_topics, CreateTopics);
LEAT_HANDLER(delete_topics, DeleteTopics);
LEAT_HANDLER(create_partitions, CreatePartitions);
// delete_records.cpp
LEAT_HANDLER(delete_records, DeleteRecords);
// configs.cpp
LEAT_HANDLER(describe_configs, DescribeConfigs);
LEAT_HANDLER(alter_configs, AlterConfigs);
LEAT_HANDLER(incremental_alter_configs, IncrementalAlterConfigs);
// log_dirs.cpp
LEAT_HANDLER(describe_log_dirs, DescribeLogDirs);
// groups.cpp
LEAT_HANDLER(find_coordinator, FindCoordinator);
LEAT_HANDLER(join_group, JoinGroup);
LEAT_HANDLER(sync_group, SyncGroup);
LEAT_HANDLER(heartbeat, Heartbeat);
LEAT_HANDLER(leave_group, LeaveGroup);
LEAT_HANDLER(offset_commit, OffsetCommit);
LEAT_HANDLER(offset_fetch, OffsetFetch);
LEAT_HANDLER(offset_delete, OffsetDelete);
LEAT_HANDLER(list_groups, ListGroups);
LEAT_HANDLER(describe_groups, DescribeGroups);
LEAT_HANDLER(delete_groups, DeleteGroups);
// consumer_groups.cpp
LEAT_HANDLER(consumer_group_heartbeat, ConsumerGroupHeartbeat);

#undef LEAT_HANDLER

}  // namespace leat::broker
