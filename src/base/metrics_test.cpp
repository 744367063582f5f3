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

TEST(Metrics, tell_of_the_process_without_being_asked) {
    Metrics metrics;
    EXPECT_THAT(metrics.text(),
                testing::AllOf(testing::HasSubstr("# TYPE process_cpu_seconds_total counter\n"),
                               testing::HasSubstr("# TYPE process_resident_memory_bytes gauge\n"),
                               testing::HasSubstr("\nprocess_open_fds ")));
}

}  // namespace
}  // namespace leat
