// Reads records from text.
#include "cli/record_input.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <system_error>

namespace leat::cli {
namespace {

Error bad_envelope(std::string_view why) {
    std::string what = "the line is no record envelope: ";
    return {Errc::invalid_argument, what.append(why)};
}

// A string or null under `name`; a missing one is null too.
Result<std::optional<Bytes>> bytes_at(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (value == nullptr || value->is_null()) return std::optional<Bytes>{};
    if (!value->is_string()) return bad_envelope(std::string{name} + " is not a string");
    return std::optional{to_bytes(value->get_string())};
}

Result<std::vector<kafka::Header>> headers_at(const boost::json::object& object) {
    std::vector<kafka::Header> headers;
    const auto* list = object.if_contains("headers");
    if (list == nullptr || list->is_null()) return headers;
    if (!list->is_array() || list->get_array().size() % 2 != 0)
        return bad_envelope("headers is not a list of names and values in turn");
    const auto& items = list->get_array();
    for (std::size_t i = 0; i < items.size(); i += 2) {
        if (!items[i].is_string()) return bad_envelope("a header's name is not a string");
        auto& header = headers.emplace_back();
        header.key = items[i].get_string().c_str();
        if (items[i + 1].is_string()) header.value = to_bytes(items[i + 1].get_string());
    }
    return headers;
}

Result<InputRecord> parse_envelope(std::string_view text) {
    boost::json::error_code fault;
    const auto value =
        boost::json::parse(boost::json::string_view{text.data(), text.size()}, fault);
    if (fault) return bad_envelope(fault.message());
    if (!value.is_object()) return bad_envelope("it is not a JSON object");
    const auto& object = value.get_object();
    InputRecord input;
    auto key = bytes_at(object, "key");
    if (!key) return key.error();
    auto payload = bytes_at(object, "payload");
    if (!payload) return payload.error();
    auto headers = headers_at(object);
    if (!headers) return headers.error();
    input.record = {std::move(*key), std::move(*payload), std::move(*headers), -1};
    if (const auto* ts = object.if_contains("ts"); ts != nullptr && ts->is_int64())
        input.record.timestamp = ts->get_int64();
    if (const auto* p = object.if_contains("partition"); p != nullptr && p->is_int64())
        input.partition = static_cast<std::int32_t>(p->get_int64());
    return input;
}

}  // namespace

Result<InputRecord> parse_record(std::string_view text, const InputRules& rules) {
    if (rules.envelope) {
        auto input = parse_envelope(text);
        if (input)
            input->record.headers.insert(input->record.headers.end(), rules.headers.begin(),
                                         rules.headers.end());
        return input;
    }
    InputRecord input;
    const auto field = [&](std::string_view bytes) -> std::optional<Bytes> {
        if (bytes.empty() && rules.empty_is_null) return std::nullopt;
        return to_bytes(bytes);
    };
    const auto at =
        rules.key_delimiter.empty() ? std::string_view::npos : text.find(rules.key_delimiter);
    if (at != std::string_view::npos) {
        input.record.key = field(text.substr(0, at));
        text.remove_prefix(at + rules.key_delimiter.size());
    } else if (rules.key) {
        input.record.key = to_bytes(*rules.key);
    }
    input.record.value = field(text);
    input.record.headers = rules.headers;
    return input;
}

Result<void> read_delimited(int descriptor, const std::string& delimiter, const InputSink& sink) {
    std::string text;
    std::array<char, std::size_t{64} << 10> chunk{};
    for (;;) {
        pollfd entry{.fd = descriptor, .events = POLLIN, .revents = 0};
        if (poll(&entry, 1, 0) == 0)
            if (auto sent = sink.idle(); !sent) return sent;
        const auto got = read(descriptor, chunk.data(), chunk.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0)
            return Error{Errc::io,
                         "cannot read the input: " + std::generic_category().message(errno)};
        if (got == 0) break;
        const auto searched =
            text.size() < delimiter.size() ? 0 : text.size() - delimiter.size() + 1;
        text.append(chunk.data(), static_cast<std::size_t>(got));
        std::size_t from = 0;
        for (auto at = text.find(delimiter, searched); at != std::string::npos;
             at = text.find(delimiter, from)) {
            if (auto took = sink.take(std::string_view{text}.substr(from, at - from)); !took)
                return took;
            from = at + delimiter.size();
        }
        text.erase(0, from);
    }
    return text.empty() ? Result<void>{} : sink.take(text);
}

kafka::Header parse_header(std::string_view text) {
    const auto equals = text.find('=');
    kafka::Header header{std::string{text.substr(0, equals)}, std::nullopt};
    if (equals != std::string_view::npos) header.value = to_bytes(text.substr(equals + 1));
    return header;
}

}  // namespace leat::cli
