#include "base/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

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

TEST(Metrics, write_every_type_as_Prometheus_reads_it) {
    Metrics metrics;
    metrics.counter("sent_total", "Records\nthat were \\ sent.").add(1.5);
    metrics.gauge("lag", "Lag.", {{"topic", "a\"b\\c\nd"}, {"group", "g"}}).set(-3);
    auto took = metrics.histogram("took_seconds", "Time.", {{"api", "Fetch"}}, {0.5, 1});
    for (const double seconds : {0.25, 0.5, 0.75, 4.0}) took.observe(seconds);
    EXPECT_THAT(metrics.text(),
                testing::StartsWith("# HELP sent_total Records\\nthat were \\\\ sent.\n"
                                    "# TYPE sent_total counter\n"
                                    "sent_total 1.5\n"
                                    "# HELP lag Lag.\n"
                                    "# TYPE lag gauge\n"
                                    "lag{group=\"g\",topic=\"a\\\"b\\\\c\\nd\"} -3\n"
                                    "# HELP took_seconds Time.\n"
                                    "# TYPE took_seconds histogram\n"
                                    "took_seconds_bucket{api=\"Fetch\",le=\"0.5\"} 2\n"
                                    "took_seconds_bucket{api=\"Fetch\",le=\"1\"} 3\n"
                                    "took_seconds_bucket{api=\"Fetch\",le=\"+Inf\"} 4\n"
                                    "took_seconds_sum{api=\"Fetch\"} 5.5\n"
                                    "took_seconds_count{api=\"Fetch\"} 4\n"));
}

TEST(Metrics, write_numbers_that_are_none) {
    Metrics metrics;
    metrics.gauge("up", "Infinity.").set(std::numeric_limits<double>::infinity());
    metrics.gauge("unknown", "Nothing.").set(std::numeric_limits<double>::quiet_NaN());
    EXPECT_THAT(metrics.text(), testing::AllOf(testing::HasSubstr("\nup +Inf\n"),
                                               testing::HasSubstr("\nunknown NaN\n")));
}

TEST(MetricsDeathTest, refuse_a_second_type_for_a_name_and_names_that_are_none) {
    Metrics metrics;
    metrics.counter("things", "Things.");
    EXPECT_DEATH(metrics.gauge("things", "Things."), "one type");
    EXPECT_DEATH(metrics.gauge("9lives", "Lives."), "Prometheus");
    EXPECT_DEATH(metrics.gauge("open", "Open.", {{"a-b", "c"}}), "Prometheus");
}

}  // namespace
}  // namespace leat
