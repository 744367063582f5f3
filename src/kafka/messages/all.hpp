// Every API that has messages here, for whatever walks them all: tests, fuzzers, the protocol page.
#pragma once

#include "kafka/messages/api_versions.hpp"
#include "kafka/messages/configs.hpp"
#include "kafka/messages/fetch.hpp"
#include "kafka/messages/group.hpp"
#include "kafka/messages/group_admin.hpp"
#include "kafka/messages/list_offsets.hpp"
#include "kafka/messages/log_dirs.hpp"
#include "kafka/messages/metadata.hpp"
#include "kafka/messages/offsets.hpp"
#include "kafka/messages/produce.hpp"
#include "kafka/messages/topics.hpp"

namespace leat::kafka {

/// Calls visit.template operator()<Request, Response>() for each API, by key.
template <class Visit>
void for_each_api(Visit visit) {
    visit.template operator()<ProduceRequest, ProduceResponse>();
    visit.template operator()<FetchRequest, FetchResponse>();
    visit.template operator()<ListOffsetsRequest, ListOffsetsResponse>();
    visit.template operator()<MetadataRequest, MetadataResponse>();
    visit.template operator()<OffsetCommitRequest, OffsetCommitResponse>();
    visit.template operator()<OffsetFetchRequest, OffsetFetchResponse>();
    visit.template operator()<FindCoordinatorRequest, FindCoordinatorResponse>();
    visit.template operator()<JoinGroupRequest, JoinGroupResponse>();
    visit.template operator()<HeartbeatRequest, HeartbeatResponse>();
    visit.template operator()<LeaveGroupRequest, LeaveGroupResponse>();
    visit.template operator()<SyncGroupRequest, SyncGroupResponse>();
    visit.template operator()<DescribeGroupsRequest, DescribeGroupsResponse>();
    visit.template operator()<ListGroupsRequest, ListGroupsResponse>();
    visit.template operator()<ApiVersionsRequest, ApiVersionsResponse>();
    visit.template operator()<CreateTopicsRequest, CreateTopicsResponse>();
    visit.template operator()<DeleteTopicsRequest, DeleteTopicsResponse>();
    visit.template operator()<DeleteRecordsRequest, DeleteRecordsResponse>();
    visit.template operator()<InitProducerIdRequest, InitProducerIdResponse>();
    visit.template operator()<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>();
    visit.template operator()<DescribeConfigsRequest, DescribeConfigsResponse>();
    visit.template operator()<AlterConfigsRequest, AlterConfigsResponse>();
    visit.template operator()<DescribeLogDirsRequest, DescribeLogDirsResponse>();
    visit.template operator()<CreatePartitionsRequest, CreatePartitionsResponse>();
    visit.template operator()<DeleteGroupsRequest, DeleteGroupsResponse>();
    visit.template operator()<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>();
    visit.template operator()<OffsetDeleteRequest, OffsetDeleteResponse>();
    visit.template operator()<DescribeClusterRequest, DescribeClusterResponse>();
    visit.template operator()<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse>();
}

}  // namespace leat::kafka
