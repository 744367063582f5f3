// Problem bodies (RFC 9457).
#include "service/problem.hpp"

#include "leat/json.hpp"
#include "net/http.hpp"

namespace leat {
namespace {

int status_of(json::fault kind) {
    switch (kind) {
        case json::fault::syntax:
            return 400;
        case json::fault::limit:
            return 413;
        case json::fault::value:
            return 422;
    }
    return 422;
}

}  // namespace

Problem problem_of(const json::error& error) {
    Problem problem{.status = status_of(error.kind), .detail = {}, .errors = {}};
    switch (error.kind) {
        case json::fault::syntax:
            problem.detail = "The body is not JSON: ";
            break;
        case json::fault::limit:
            problem.detail = "The body is too large: ";
            break;
        case json::fault::value:
            problem.detail = "The body does not fit: ";
            break;
    }
    problem.detail += error.to_string() + ".";
    problem.errors.push_back({error.pointer, error.message});
    return problem;
}

std::string to_json(const Problem& problem) {
    const auto title = net::http::reason_phrase(problem.status);
    auto body = net::http::problem(problem.status, title, problem.detail).body;
    if (problem.errors.empty()) return body;
    body.pop_back();
    body += ",\"errors\":" + json::encode(problem.errors) + "}";
    return body;
}

}  // namespace leat
