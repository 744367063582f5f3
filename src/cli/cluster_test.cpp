// `leat cluster`, on a broker.
#include "cli/leat_for_test.hpp"

namespace leat::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Cluster, tells_its_brokers_and_what_they_speak) {
    const LiveBroker broker;
    const auto text = broker.run({"cluster"});
    EXPECT_THAT(text, AllOf(HasSubstr("Cluster "), HasSubstr("1 brokers"),
                            HasSubstr(broker.address()), Not(HasSubstr("Produce"))));
    EXPECT_THAT(broker.run({"cluster", "--apis"}), HasSubstr("Produce"));
    EXPECT_THAT(broker.run({"cluster", "--json"}),
                AllOf(HasSubstr("\"controller\":1"), HasSubstr("\"reachable\":true"),
                      HasSubstr("\"api\":\"Fetch\"")));
}

}  // namespace
}  // namespace leat::cli
