#include "service/problem.hpp"

#include <gtest/gtest.h>

#include "leat/json.hpp"

namespace leat {
namespace {

struct PlacedOrder {
    std::string id;
    int count;
};

Problem refuse(std::string_view body) {
    return problem_of(json::decode<PlacedOrder>(body).error());
}

TEST(Problem, names_the_field_and_what_is_wrong_with_it) {
    EXPECT_EQ(to_json(refuse(R"({"id":"o1","count":"two"})")),
              R"({"type":"about:blank","title":"Unprocessable Content","status":422,)"
              R"("detail":"The body does not fit: /count: expected an integer, found a string.",)"
              R"("errors":[{"pointer":"/count","detail":"expected an integer, found a string"}]})");
}

TEST(Problem, tells_bad_syntax_wrong_fields_and_limits_apart) {
    EXPECT_EQ(refuse(R"({"id":"o1")").status, 400);
    EXPECT_EQ(refuse(R"({"id":"o1"})").status, 422);
    EXPECT_EQ(problem_of(json::decode<PlacedOrder>("{}", {.max_bytes = 1}).error()).status, 413);
}

TEST(Problem, leaves_out_the_errors_when_there_are_none) {
    EXPECT_EQ(to_json({.status = 503, .detail = "The queue is full.", .errors = {}}),
              R"({"type":"about:blank","title":"Service Unavailable","status":503,)"
              R"("detail":"The queue is full."})");
}

}  // namespace
}  // namespace leat
