#include "service/trace.hpp"

#include <gtest/gtest.h>

#include <set>

namespace leat::service {
namespace {

constexpr const char* example = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

TEST(Trace, reads_back_what_it_writes) {
    const auto context = parse_traceparent(example);
    ASSERT_TRUE(context);
    EXPECT_EQ(context->traceparent(), example);
    EXPECT_EQ(context->trace_id_text(), "0af7651916cd43dd8448eb211c80319c");
    EXPECT_EQ(context->flags, 1);
}

TEST(Trace, refuses_what_the_recommendation_calls_invalid) {
    for (const char* bad : {"", "00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
                            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                            "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
                            "00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01",
                            "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01"})
        EXPECT_FALSE(parse_traceparent(bad)) << bad;
}

TEST(Trace, takes_the_known_fields_of_a_later_version) {
    EXPECT_TRUE(parse_traceparent("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-later"));
    EXPECT_FALSE(parse_traceparent("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01later"));
}

TEST(Trace, continues_a_trace_with_a_span_of_its_own) {
    const auto parent = *parse_traceparent(example);
    const auto child = continue_trace(example);
    EXPECT_EQ(child.trace_id, parent.trace_id);
    EXPECT_NE(child.span_id, parent.span_id);
}

TEST(Trace, begins_a_new_one_where_there_is_none_or_a_broken_one) {
    std::set<std::string> ids;
    for (int i = 0; i < 100; ++i) ids.insert(new_trace().trace_id_text());
    ids.insert(continue_trace(std::nullopt).trace_id_text());
    ids.insert(continue_trace("nonsense").trace_id_text());
    EXPECT_EQ(ids.size(), 102U);
}

}  // namespace
}  // namespace leat::service
