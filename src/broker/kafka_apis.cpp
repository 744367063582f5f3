#include "broker/kafka_apis.hpp"

#include <array>

namespace leat::broker {
namespace {

constexpr auto never_flexible = std::numeric_limits<std::int16_t>::max();
constexpr kafka::Versions nowhere{0, -1, never_flexible};

constexpr std::string_view served;
constexpr std::string_view removed = "removed: ZooKeeper's, or of brokers among themselves";
constexpr std::string_view controllers_only = "for controllers only: one node has none";
constexpr std::string_view no_quorum = "one node: there is no quorum of controllers";
constexpr std::string_view single_node = "one node: nothing to elect, to move or to unregister";
constexpr std::string_view one_directory = "one data directory: no other to move to";
constexpr std::string_view features = "features are those of the build: none to raise or lower";
constexpr std::string_view security = "comes with security";
constexpr std::string_view quotas = "quotas: later";
constexpr std::string_view new_groups = "KIP-848 groups: later";
constexpr std::string_view refused_groups =
    "KIP-848 groups: later. Advertised, and refused with UNSUPPORTED_VERSION, which clients tell "
    "their user";
constexpr std::string_view share_groups = "share groups (KIP-932): later";
constexpr std::string_view streams_groups =
    "Streams groups (KIP-1071): later; Kafka 4.1 holds them for unstable and does not advertise "
    "them";
constexpr std::string_view telemetry =
    "telemetry of clients (KIP-714): later; Kafka's brokers advertise it with a receiver only";
constexpr std::string_view config_resources =
    "KIP-1142: later, with resources beyond topics and brokers, which Metadata lists";

constexpr std::array apis = {
    KafkaApi{0, "Produce", {3, 13, 9}, served},
    KafkaApi{1, "Fetch", {4, 18, 12}, served},
    KafkaApi{2, "ListOffsets", {1, 10, 6}, served},
    KafkaApi{3, "Metadata", {0, 13, 9}, served},
    KafkaApi{4, "LeaderAndIsr", nowhere, removed},
    KafkaApi{5, "StopReplica", nowhere, removed},
    KafkaApi{6, "UpdateMetadata", nowhere, removed},
    KafkaApi{7, "ControlledShutdown", nowhere, removed},
    KafkaApi{8, "OffsetCommit", {2, 9, 8}, served},
    KafkaApi{9, "OffsetFetch", {1, 9, 6}, served},
    KafkaApi{10, "FindCoordinator", {0, 6, 3}, served},
    KafkaApi{11, "JoinGroup", {0, 9, 6}, served},
    KafkaApi{12, "Heartbeat", {0, 4, 4}, served},
    KafkaApi{13, "LeaveGroup", {0, 5, 4}, served},
    KafkaApi{14, "SyncGroup", {0, 5, 4}, served},
    KafkaApi{15, "DescribeGroups", {0, 6, 5}, served},
    KafkaApi{16, "ListGroups", {0, 5, 3}, served},
    KafkaApi{17, "SaslHandshake", {0, 1, never_flexible}, security},
    KafkaApi{18, "ApiVersions", {0, 4, 3}, served},
    KafkaApi{19, "CreateTopics", {2, 7, 5}, served},
    KafkaApi{20, "DeleteTopics", {1, 6, 4}, served},
    KafkaApi{21, "DeleteRecords", {0, 2, 2}, served},
    KafkaApi{22, "InitProducerId", {0, 5, 2}, served},
    KafkaApi{23, "OffsetForLeaderEpoch", {2, 4, 4}, served},
    KafkaApi{24, "AddPartitionsToTxn", {0, 5, 3}, served},
    KafkaApi{25, "AddOffsetsToTxn", {0, 4, 3}, served},
    KafkaApi{26, "EndTxn", {0, 5, 3}, served},
    KafkaApi{27, "WriteTxnMarkers", {1, 1, 1}, served},
    KafkaApi{28, "TxnOffsetCommit", {0, 5, 3}, served},
    KafkaApi{29, "DescribeAcls", {1, 3, 2}, security},
    KafkaApi{30, "CreateAcls", {1, 3, 2}, security},
    KafkaApi{31, "DeleteAcls", {1, 3, 2}, security},
    KafkaApi{32, "DescribeConfigs", {1, 4, 4}, served},
    KafkaApi{33, "AlterConfigs", {0, 2, 2}, served},
    KafkaApi{34, "AlterReplicaLogDirs", {1, 2, 2}, one_directory},
    KafkaApi{35, "DescribeLogDirs", {1, 4, 2}, served},
    KafkaApi{36, "SaslAuthenticate", {0, 2, 2}, security},
    KafkaApi{37, "CreatePartitions", {0, 3, 2}, served},
    KafkaApi{38, "CreateDelegationToken", {1, 3, 2}, security},
    KafkaApi{39, "RenewDelegationToken", {1, 2, 2}, security},
    KafkaApi{40, "ExpireDelegationToken", {1, 2, 2}, security},
    KafkaApi{41, "DescribeDelegationToken", {1, 3, 2}, security},
    KafkaApi{42, "DeleteGroups", {0, 2, 2}, served},
    KafkaApi{43, "ElectLeaders", {0, 2, 2}, single_node},
    KafkaApi{44, "IncrementalAlterConfigs", {0, 1, 1}, served},
    KafkaApi{45, "AlterPartitionReassignments", {0, 1, 0}, single_node},
    KafkaApi{46, "ListPartitionReassignments", {0, 0, 0}, single_node},
    KafkaApi{47, "OffsetDelete", {0, 0, never_flexible}, served},
    KafkaApi{48, "DescribeClientQuotas", {0, 1, 1}, quotas},
    KafkaApi{49, "AlterClientQuotas", {0, 1, 1}, quotas},
    KafkaApi{50, "DescribeUserScramCredentials", {0, 0, 0}, security},
    KafkaApi{51, "AlterUserScramCredentials", {0, 0, 0}, security},
    KafkaApi{52, "Vote", nowhere, controllers_only},
    KafkaApi{53, "BeginQuorumEpoch", nowhere, controllers_only},
    KafkaApi{54, "EndQuorumEpoch", nowhere, controllers_only},
    KafkaApi{55, "DescribeQuorum", {0, 2, 0}, no_quorum},
    KafkaApi{56, "AlterPartition", nowhere, controllers_only},
    KafkaApi{57, "UpdateFeatures", {0, 2, 0}, features},
    KafkaApi{58, "Envelope", nowhere, controllers_only},
    KafkaApi{59, "FetchSnapshot", nowhere, controllers_only},
    KafkaApi{60, "DescribeCluster", {0, 2, 0}, served},
    KafkaApi{61, "DescribeProducers", {0, 0, 0}, served},
    KafkaApi{62, "BrokerRegistration", nowhere, controllers_only},
    KafkaApi{63, "BrokerHeartbeat", nowhere, controllers_only},
    KafkaApi{64, "UnregisterBroker", {0, 0, 0}, single_node},
    KafkaApi{65, "DescribeTransactions", {0, 0, 0}, served},
    KafkaApi{66, "ListTransactions", {0, 2, 0}, served},
    KafkaApi{67, "AllocateProducerIds", nowhere, controllers_only},
    KafkaApi{68, "ConsumerGroupHeartbeat", {0, 1, 0}, refused_groups},
    KafkaApi{69, "ConsumerGroupDescribe", {0, 1, 0}, new_groups},
    KafkaApi{70, "ControllerRegistration", nowhere, controllers_only},
    KafkaApi{71, "GetTelemetrySubscriptions", nowhere, telemetry},
    KafkaApi{72, "PushTelemetry", nowhere, telemetry},
    KafkaApi{73, "AssignReplicasToDirs", nowhere, controllers_only},
    KafkaApi{74, "ListConfigResources", {0, 1, 0}, config_resources},
    KafkaApi{75, "DescribeTopicPartitions", {0, 0, 0}, served},
    KafkaApi{76, "ShareGroupHeartbeat", {1, 1, 0}, share_groups},
    KafkaApi{77, "ShareGroupDescribe", {1, 1, 0}, share_groups},
    KafkaApi{78, "ShareFetch", {1, 1, 0}, share_groups},
    KafkaApi{79, "ShareAcknowledge", {1, 1, 0}, share_groups},
    KafkaApi{80, "AddRaftVoter", {0, 0, 0}, no_quorum},
    KafkaApi{81, "RemoveRaftVoter", {0, 0, 0}, no_quorum},
    KafkaApi{82, "UpdateRaftVoter", nowhere, controllers_only},
    KafkaApi{83, "InitializeShareGroupState", {0, 0, 0}, share_groups},
    KafkaApi{84, "ReadShareGroupState", {0, 0, 0}, share_groups},
    KafkaApi{85, "WriteShareGroupState", {0, 0, 0}, share_groups},
    KafkaApi{86, "DeleteShareGroupState", {0, 0, 0}, share_groups},
    KafkaApi{87, "ReadShareGroupStateSummary", {0, 0, 0}, share_groups},
    KafkaApi{88, "StreamsGroupHeartbeat", nowhere, streams_groups},
    KafkaApi{89, "StreamsGroupDescribe", nowhere, streams_groups},
    KafkaApi{90, "DescribeShareGroupOffsets", {0, 0, 0}, share_groups},
    KafkaApi{91, "AlterShareGroupOffsets", {0, 0, 0}, share_groups},
    KafkaApi{92, "DeleteShareGroupOffsets", {0, 0, 0}, share_groups},
};

}  // namespace

std::span<const KafkaApi> kafka_apis() { return apis; }

}  // namespace leat::broker
