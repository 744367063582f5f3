#include "base/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace leat {
namespace {

TEST(Metrics, gives_the_same_series_for_the_same_name_and_labels) {
    Metrics metrics;
    metrics.counter("requests_total", "Requests.", {{"api", "Fetch"}}).add(2);
    metrics.counter("requests_total", "Requests.", {{"api", "Fetch"}}).add(3);
    metrics.gauge("open", "Open.").set(7);
    EXPECT_THAT(metrics.text(), testing::HasSubstr("requests_total{api=\"Fetch\"} 5"));
    EXPECT_THAT(metrics.text(), testing::HasSubstr("open 7"));
}

}  // namespace
}  // namespace leat
