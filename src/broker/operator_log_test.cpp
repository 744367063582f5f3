// What an operator reads of what clients do and are refused: a line each, and no flood.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/broker_calls.hpp"

namespace leat::broker {
namespace {

using namespace kafka;
using testing::HasSubstr;

class OperatorLog : public testing::Test {
protected:
    /// What is logged while `what` runs.
    static std::string during(const std::function<void()>& what) {
        testing::internal::CaptureStderr();
        what();
        return testing::internal::GetCapturedStderr();
    }
    static std::size_t count(const std::string& text, const std::string& what) {
        std::size_t found = 0;
        for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
            ++found;
        return found;
    }
    void alter(const std::string& key, const std::string& value) {
        IncrementalAlterConfigsRequest request;
        auto& resource = request.resources.emplace_back();
        resource.resource_type = 2;
        resource.resource_name = "t";
        resource.configs.push_back({key, 0, value});
        const auto answer = rig.ask<IncrementalAlterConfigsResponse>(request, 1);
        ASSERT_EQ(answer.responses.at(0).error_code, ErrorCode::none);
    }
    ErrorCode produce(const std::string& value) {
        return rig.ask<ProduceResponse>(producing("t", value), 9)
            .responses.at(0)
            .partition_responses.at(0)
            .error_code;
    }

    BrokerRig rig;
};

TEST_F(OperatorLog, says_once_of_a_key_that_it_has_no_effect_whatever_its_values) {
    create_topic(rig, "t");
    const auto log = during([&] {
        for (int i = 1; i <= 1000; ++i) alter("delete.retention.ms", std::to_string(i));
    });
    EXPECT_EQ(count(log, "has no effect"), 1U);
    EXPECT_LE(count(log, "\n"), 20U);
    EXPECT_EQ(count(during([&] { alter("cleanup.policy", "compact"); }), "has no effect"), 1U);
    // What is said of both together is another thing.
    EXPECT_EQ(count(during([&] { alter("cleanup.policy", "compact,delete"); }), "has no effect"),
              1U);
}

}  // namespace
}  // namespace leat::broker
