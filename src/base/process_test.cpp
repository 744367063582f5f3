#include "base/process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace leat {
namespace {

const std::string line =
    "4711 (leat) S 1 4711 4711 0 -1 4194304 9900 0 3 0 250 75 0 0 20 0 17 0 196642 3133440 387 "
    "18446744073709551615 94203896836096\n";

TEST(ProcessStat, is_read_from_the_kernels_line) {
    const auto stat = parse_process_stat(line);
    ASSERT_TRUE(stat);
    EXPECT_EQ(stat->cpu_ticks, 325U);
    EXPECT_EQ(stat->threads, 17U);
    EXPECT_EQ(stat->start_ticks, 196642U);
    EXPECT_EQ(stat->virtual_bytes, 3133440U);
    EXPECT_EQ(stat->resident_pages, 387U);
}

TEST(ProcessStat, may_have_a_name_with_spaces_and_brackets) {
    auto odd = line;
    odd.replace(odd.find("leat"), 4, "a (b) 1 2) c");
    const auto stat = parse_process_stat(odd);
    ASSERT_TRUE(stat);
    EXPECT_EQ(stat->threads, 17U);
    EXPECT_EQ(stat->resident_pages, 387U);
}

TEST(ProcessStat, is_nothing_when_the_line_is_cut_or_is_no_line_of_the_kernel) {
    EXPECT_FALSE(parse_process_stat(line.substr(0, line.find(" 387"))));
    EXPECT_FALSE(parse_process_stat("no such process"));
    EXPECT_FALSE(parse_process_stat(""));
    auto wrong = line;
    wrong.replace(wrong.find(" 17 "), 4, " -1 ");
    EXPECT_FALSE(parse_process_stat(wrong));
}

TEST(BootTime, is_read_from_its_line_alone) {
    EXPECT_EQ(parse_boot_time("cpu 1 2 3\nintr 9 btime 7\nbtime 1795661245\nprocesses 5\n"),
              1795661245U);
    EXPECT_FALSE(parse_boot_time("cpu 1 2 3\n"));
    EXPECT_FALSE(parse_boot_time("cpu 1\nbtime soon\n"));
}

TEST(ProcessMetrics, tell_of_this_process) {
    std::vector<std::string> names;
    for (const auto& metric : read_process_metrics()) {
        names.emplace_back(metric.name);
        if (names.back() == "process_cpu_seconds_total")
            EXPECT_TRUE(metric.counter);
        else
            EXPECT_GT(metric.value, 0) << metric.name;
    }
    EXPECT_THAT(names, testing::UnorderedElementsAre(
                           "process_cpu_seconds_total", "process_resident_memory_bytes",
                           "process_virtual_memory_bytes", "process_threads",
                           "process_start_time_seconds", "process_open_fds", "process_max_fds"));
}

}  // namespace
}  // namespace leat
