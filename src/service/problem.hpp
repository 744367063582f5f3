// Problem bodies (RFC 9457): how an HTTP answer says what was wrong and with which field.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "leat/json_error.hpp"

namespace leat {

/// One refused field.
struct FieldProblem {
    std::string pointer;  // RFC 6901, into the request's body: "/items/2/price"
    std::string detail;
};

/// What an HTTP error answer tells. The title is the phrase of the status.
struct Problem {
    int status = 500;
    std::string detail;  // a whole sentence for the person who sent the request; UTF-8
    std::vector<FieldProblem> errors;
};

/// The problem of a request body that json::decode() refused: 400 if it is not JSON, 413 if it is
/// too large or too deep, 422 if a field is wrong.
Problem problem_of(const json::error& error);

/// The body, of type net::http::problem_media_type:
/// `{"type":"about:blank","title":…,"status":422,"detail":…,"errors":[…]}`, without `errors` if
/// there are none.
std::string to_json(const Problem& problem);

}  // namespace leat
