// Problem bodies (RFC 9457).
#include "service/problem.hpp"

#include <optional>

#include "leat/json.hpp"

namespace leat {
namespace {

struct ProblemBody {
    std::string type = "about:blank";
    std::string title;
    int status;
    std::string detail;
    std::optional<std::vector<FieldProblem>> errors;
};

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

std::string_view phrase_of(int status) {
    switch (status) {
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 413:
            return "Content Too Large";
        case 415:
            return "Unsupported Media Type";
        case 422:
            return "Unprocessable Content";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        default:
            return "Error";
    }
}

std::string to_json(const Problem& problem) {
    ProblemBody body{.title = std::string(phrase_of(problem.status)),
                     .status = problem.status,
                     .detail = problem.detail,
                     .errors = {}};
    if (!problem.errors.empty()) body.errors = problem.errors;
    return json::encode(body);
}

}  // namespace leat
