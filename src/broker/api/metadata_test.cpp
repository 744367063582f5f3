// Where clients are told to connect to.
#include <gtest/gtest.h>

#include "broker/broker_rig.hpp"
#include "kafka/messages/all.hpp"

namespace leat::broker {
namespace {

using namespace kafka;

TEST(Metadata, tells_each_client_the_address_of_its_own_listener) {
    BrokerRig rig;
    rig.come_from({"/10.0.0.9", 2, "EXTERNAL", {"fd00::1", 19092}, {}});
    const auto metadata = rig.ask<MetadataResponse>(MetadataRequest{}, 9).brokers.at(0);
    EXPECT_EQ(metadata.host, "fd00::1");
    EXPECT_EQ(metadata.port, 19092);
    DescribeClusterRequest cluster;
    cluster.endpoint_type = 1;
    const auto node = rig.ask<DescribeClusterResponse>(cluster, 1).brokers.at(0);
    EXPECT_EQ(node.host, "fd00::1");
    EXPECT_EQ(node.port, 19092);
    FindCoordinatorRequest find;
    find.coordinator_keys = {"g"};
    const auto found = rig.ask<FindCoordinatorResponse>(find, 4).coordinators.at(0);
    EXPECT_EQ(found.host, "fd00::1");
    EXPECT_EQ(found.port, 19092);
    rig.come_from({"/127.0.0.1", 3, "PLAINTEXT", {"127.0.0.1", 9092}, {}});
    EXPECT_EQ(rig.ask<MetadataResponse>(MetadataRequest{}, 9).brokers.at(0).host, "127.0.0.1");
}

}  // namespace
}  // namespace leat::broker
