// HTTP messages as values: header fields, request targets, percent coding and problem bodies.
#include "net/http.hpp"

#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "base/json_string.hpp"

namespace leat::net::http {
namespace {

constexpr std::string_view splitting{"\r\n\0", 3};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_token_char(char c) {
    static constexpr auto table = [] {
        std::array<bool, 256> allowed{};
        for (unsigned char x = '0'; x <= '9'; ++x) allowed[x] = true;
        for (unsigned char x = 'a'; x <= 'z'; ++x) allowed[x] = true;
        for (unsigned char x = 'A'; x <= 'Z'; ++x) allowed[x] = true;
        for (const char x : std::string_view{"!#$%&'*+-.^_`|~"})
            allowed[static_cast<unsigned char>(x)] = true;
        return allowed;
    }();
    return table[static_cast<unsigned char>(c)];
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

Error bad_target(std::string what) { return {Errc::invalid_argument, std::move(what), false}; }

Result<void> parse_segments(std::string_view path, std::vector<std::string>& into) {
    into.clear();
    if (path.size() <= 1) return {};
    for (std::size_t at = 1;;) {
        const auto end = std::min(path.find('/', at), path.size());
        auto segment = percent_decode(path.substr(at, end - at));
        if (!segment) return segment.error();
        into.push_back(std::move(*segment));
        if (end == path.size()) return {};
        at = end + 1;
    }
}

Result<void> parse_query(std::string_view text,
                         std::vector<std::pair<std::string, std::string>>& into) {
    into.clear();
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('&', at), text.size());
        const auto part = text.substr(at, end - at);
        at = end + 1;
        if (part.empty()) continue;
        const auto equals = std::min(part.find('='), part.size());
        auto name = percent_decode(part.substr(0, equals), true);
        if (!name) return name.error();
        auto value = percent_decode(part.substr(std::min(equals + 1, part.size())), true);
        if (!value) return value.error();
        into.emplace_back(std::move(*name), std::move(*value));
    }
    return {};
}

template <class Members>
Response make_problem(int status, std::string_view title, std::string_view detail,
                      const Members& members) {
    Response response;
    response.status = status;
    response.content_type = problem_media_type;
    auto& body = response.body;
    body = R"({"type":"about:blank","title":)";
    append_json_string(body, title);
    body += ",\"status\":" + std::to_string(status) + ",\"detail\":";
    append_json_string(body, detail);
    for (const auto& [name, value] : members) {
        body += ',';
        append_json_string(body, name);
        body += ':';
        append_json_string(body, value);
    }
    body += '}';
    return response;
}

}  // namespace

Headers::Headers(std::initializer_list<Field> fields) {
    for (const auto& field : fields) add(field.name, field.value);
}

void Headers::add(std::string_view name, std::string_view value) {
    check(is_token(name), "a header field's name is an RFC 9110 token");
    if (value.find_first_of(splitting) == std::string_view::npos)
        add_parsed(name, value);
    else
        add_parsed(name, one_line(value));
}

void Headers::add_parsed(std::string_view name, std::string_view value) {
    entries_.push_back({static_cast<std::uint32_t>(bytes_.size()),
                        static_cast<std::uint32_t>(name.size()),
                        static_cast<std::uint32_t>(value.size())});
    bytes_.append(name).append(value);
}

void Headers::set(std::string_view name, std::string_view value) {
    remove(name);
    add(name, value);
}

void Headers::remove(std::string_view name) {
    // The bytes stay behind: removal is rare, and a message is short-lived.
    std::erase_if(entries_, [&](const Entry& entry) {
        return equals_without_case(std::string_view{bytes_}.substr(entry.begin, entry.name_size),
                                   name);
    });
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        if (entries_[i].name_size != name.size()) continue;
        const auto field = at(i);
        if (equals_without_case(field.name, name)) return field.value;
    }
    return std::nullopt;
}

std::string_view Headers::get(std::string_view name, std::string_view otherwise) const {
    return find(name).value_or(otherwise);
}

Headers::Field Headers::at(std::size_t index) const {
    check(index < entries_.size(), "header field index in range");
    const auto& entry = entries_[index];
    const std::string_view bytes{bytes_};
    return {bytes.substr(entry.begin, entry.name_size),
            bytes.substr(entry.begin + entry.name_size, entry.value_size)};
}

void Headers::clear() {
    bytes_.clear();
    entries_.clear();
}

void Headers::reserve(std::size_t fields, std::size_t bytes) {
    entries_.reserve(fields);
    bytes_.reserve(bytes);
}

std::optional<std::string_view> Request::query_value(std::string_view name) const {
    for (const auto& [key, value] : query)
        if (key == name) return value;
    return std::nullopt;
}

std::string Request::media_type() const {
    auto value = headers.get("content-type");
    value = value.substr(0, value.find(';'));
    while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
    std::string type{value};
    std::transform(type.begin(), type.end(), type.begin(), lower);
    return type;
}

Response problem(int status, std::string_view title, std::string_view detail,
                 ProblemMembers members) {
    return make_problem(status, title, detail, members);
}

Response problem(int status, std::string_view title, std::string_view detail,
                 const std::vector<std::pair<std::string, std::string>>& members) {
    return make_problem(status, title, detail, members);
}

Response text(std::string body, int status) {
    return {status, "text/plain; charset=utf-8", {}, std::move(body)};
}

Response json(std::string body, int status) {
    return {status, "application/json", {}, std::move(body)};
}

std::string_view reason_phrase(int status) {
    static constexpr std::pair<int, std::string_view> phrases[] = {
        {100, "Continue"},
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {402, "Payment Required"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {417, "Expectation Failed"},
        {422, "Unprocessable Content"},
        {425, "Too Early"},
        {428, "Precondition Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
    };
    const auto* found =
        std::lower_bound(std::begin(phrases), std::end(phrases), status,
                         [](const auto& phrase, int wanted) { return phrase.first < wanted; });
    return found != std::end(phrases) && found->first == status ? found->second : "Unknown";
}

Result<void> parse_target(std::string_view target, Request& into) {
    into.target = target;
    auto rest = target;
    if (rest.starts_with("http://") || rest.starts_with("https://")) {
        const auto slash = rest.find_first_of("/?", rest.find("//") + 2);
        rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash);
        if (rest.empty()) rest = "/";
    }
    if (rest == "*") {
        into.path = "*";
        into.segments.clear();
        into.query.clear();
        return {};
    }
    const auto question = std::min(rest.find('?'), rest.size());
    auto path = rest.substr(0, question);
    if (path.empty() && question < rest.size() && rest.size() < target.size()) path = "/";
    if (path.empty() || path.front() != '/')
        return bad_target("The request target must begin with \"/\".");
    into.path = path;
    if (auto done = parse_segments(path, into.segments); !done) return done;
    return parse_query(rest.substr(std::min(question + 1, rest.size())), into.query);
}

Result<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus_is_space) {
            out += ' ';
        } else if (text[i] != '%') {
            out += text[i];
        } else {
            const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
            if (high < 0 || low < 0)
                return bad_target("A \"%\" in the request target needs two hex digits after it.");
            if (high == 0 && low == 0) return bad_target("The request target contains \"%00\".");
            out += static_cast<char>(high * 16 + low);
            i += 2;
        }
    }
    return out;
}

std::string percent_encode(std::string_view text) {
    static constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                           || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_'
                           || c == '~';
        if (plain) {
            out += c;
        } else {
            out += '%';
            out += digits[byte >> 4U];
            out += digits[byte & 15U];
        }
    }
    return out;
}

std::string one_line(std::string_view value) {
    std::string line{value};
    for (auto& c : line)
        if (splitting.find(c) != std::string_view::npos) c = ' ';
    return line;
}

bool equals_without_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
               return lower(x) == lower(y);
           });
}

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

}  // namespace leat::net::http
