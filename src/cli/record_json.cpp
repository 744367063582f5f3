// Writes and reads records as JSON.
#include "cli/record_json.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <limits>

#include "base/nearest.hpp"
#include "base/utf8.hpp"
#include "cli/base64.hpp"

namespace leat::cli {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

constexpr std::string_view base64_suffix = "_base64";

value envelope_item(ByteView bytes) {
    if (is_utf8(as_text(bytes))) return value(as_text(bytes));
    return object{{"base64", base64(bytes)}};
}

std::optional<ByteView> view(const std::optional<Bytes>& bytes) {
    if (!bytes) return std::nullopt;
    return ByteView{*bytes};
}

std::vector<kafka::Header> headers_of(const kafka::RecordView& record) {
    auto decoded = kafka::decode_headers(record);
    return decoded ? std::move(*decoded) : std::vector<kafka::Header>{};
}

Error refusal(std::string_view what, std::string_view name = {}) {
    std::string text{name.empty() ? "it" : "\""};
    if (!name.empty()) text.append(name).append("\"");
    return {Errc::invalid_argument, text.append(" ").append(what)};
}

std::string_view view(const boost::json::string& text) { return {text.data(), text.size()}; }

// Members as they are written, all levels: an object keeps only the last of equal names.
std::size_t members_written(std::string_view text) {
    std::size_t count = 0;
    bool quoted = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (quoted && text[at] == '\\') {
            ++at;
        } else if (text[at] == '"') {
            quoted = !quoted;
        } else if (!quoted && text[at] == ':') {
            ++count;
        }
    }
    return count;
}

std::size_t members_kept(const value& json) {
    std::size_t count = 0;
    if (const auto* list = json.if_array())
        for (const auto& each : *list) count += members_kept(each);
    if (const auto* members = json.if_object())
        for (const auto& each : *members) count += 1 + members_kept(each.value());
    return count;
}

Result<void> check_names(const object& json, std::span<const std::string_view> known) {
    for (const auto& each : json) {
        const std::string_view name{each.key().data(), each.key().size()};
        if (std::ranges::find(known, name) == known.end())
            return refusal("has an " + unknown_name("field", name, known));
    }
    return {};
}

// The number under `name`; nothing if it is not there.
Result<std::optional<std::int64_t>> number_at(const object& json, std::string_view name,
                                              std::int64_t least, std::int64_t most) {
    const auto* found = json.if_contains(name);
    if (found == nullptr) return std::optional<std::int64_t>{};
    const auto* number = found->if_int64();
    if (number == nullptr || *number < least || *number > most)
        return refusal("is a whole number from " + std::to_string(least) + " to "
                           + std::to_string(most) + ", not " + boost::json::serialize(*found),
                       name);
    return std::optional{*number};
}

Result<void> check_word(const object& json, std::string_view name,
                        std::initializer_list<std::string_view> known) {
    const auto* found = json.if_contains(name);
    if (found == nullptr) return {};
    const auto* text = found->if_string();
    if (text == nullptr) return refusal("is not a string", name);
    if (known.size() > 0 && std::ranges::find(known, view(*text)) == known.end())
        return refusal("is not " + boost::json::serialize(*found), name);
    return {};
}

// What stands for bytes: a string, or null.
struct Field {
    bool there = false;
    std::optional<Bytes> bytes = {};
};

// The field under one of `names` or one of them in base64.
Result<Field> field_at(const object& json, std::initializer_list<std::string_view> names) {
    Field field;
    std::string seen;
    for (const auto name : names)
        for (const bool encoded : {false, true}) {
            const auto full = std::string{name} + std::string{encoded ? base64_suffix : ""};
            const auto* found = json.if_contains(full);
            if (found == nullptr) continue;
            if (field.there) return refusal("contradicts \"" + seen + "\"; give one of them", full);
            field.there = true;
            seen = full;
            if (found->is_null() && !encoded) continue;
            const auto* text = found->if_string();
            if (text == nullptr)
                return refusal(encoded ? "is not a string" : "is neither a string nor null", full);
            field.bytes = encoded ? from_base64(view(*text)) : to_bytes(view(*text));
            if (!field.bytes) return refusal("is no base64", full);
        }
    return field;
}

Result<kafka::Header> header_from(const std::optional<Bytes>& name, std::optional<Bytes> content) {
    if (!name) return refusal("hold a name that is null", "headers");
    return kafka::Header{std::string{as_text(*name)}, std::move(content)};
}

// One of an envelope's list of names and values: a string, null, or {"base64": "..."}.
Result<std::optional<Bytes>> envelope_bytes(const value& json) {
    if (json.is_null()) return std::optional<Bytes>{};
    if (const auto* text = json.if_string()) return std::optional{to_bytes(view(*text))};
    const auto* wrapped = json.if_object();
    const auto* encoded = wrapped == nullptr ? nullptr : wrapped->if_contains("base64");
    if (encoded == nullptr || wrapped->size() != 1 || !encoded->is_string())
        return refusal("hold what is neither a string, null nor {\"base64\": \"...\"}", "headers");
    auto bytes = from_base64(view(encoded->get_string()));
    if (!bytes) return refusal("hold what is no base64", "headers");
    return bytes;
}

Result<std::vector<kafka::Header>> envelope_headers(const array& list) {
    if (list.size() % 2 != 0) return refusal("are not names and values in turn", "headers");
    std::vector<kafka::Header> headers;
    for (std::size_t i = 0; i < list.size(); i += 2) {
        auto name = envelope_bytes(list[i]);
        if (!name) return name.error();
        auto content = envelope_bytes(list[i + 1]);
        if (!content) return content.error();
        auto header = header_from(*name, std::move(*content));
        if (!header) return header.error();
        headers.push_back(std::move(*header));
    }
    return headers;
}

Result<kafka::Header> header_object(const value& json) {
    constexpr std::array<std::string_view, 4> known{"name", "name_base64", "value", "value_base64"};
    const auto* one = json.if_object();
    if (one == nullptr) return refusal("mix two forms", "headers");
    if (auto checked = check_names(*one, known); !checked) return checked.error();
    auto name = field_at(*one, {"name"});
    if (!name) return name.error();
    auto content = field_at(*one, {"value"});
    if (!content) return content.error();
    if (!name->there || !content->there)
        return refusal("hold one without a name or without a value; write null if it is null",
                       "headers");
    return header_from(name->bytes, std::move(content->bytes));
}

Result<std::vector<kafka::Header>> headers_at(const object& json) {
    std::vector<kafka::Header> headers;
    const auto* found = json.if_contains("headers");
    if (found == nullptr) return headers;
    const auto* list = found->if_array();
    if (list == nullptr) return refusal("are not a list", "headers");
    // A list of names and values begins with a name, which is no {"name": ...}.
    const auto* first = list->empty() ? nullptr : list->front().if_object();
    if (first == nullptr || first->contains("base64")) return envelope_headers(*list);
    for (const auto& each : *list) {
        auto header = header_object(each);
        if (!header) return header.error();
        headers.push_back(std::move(*header));
    }
    return headers;
}

// What says where the record came from: it must make sense, but means nothing to the new one.
Result<void> check_origin(const object& json) {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    if (auto checked = check_word(json, "topic", {}); !checked) return checked;
    for (const auto* name : {"tstype", "timestamp_type"})
        if (auto checked = check_word(
                json, name, {"create", "logappend", "unknown", "CreateTime", "LogAppendTime"});
            !checked)
            return checked;
    if (auto offset = number_at(json, "offset", 0, most); !offset) return offset.error();
    if (auto node = number_at(json, "broker", -1, std::numeric_limits<std::int32_t>::max()); !node)
        return node.error();
    return {};
}

Result<std::optional<TimestampMs>> timestamp_at(const object& json) {
    constexpr std::numeric_limits<std::int64_t> limits;
    auto ours = number_at(json, "timestamp", limits.min(), limits.max());
    if (!ours) return ours;
    auto kcats = number_at(json, "ts", limits.min(), limits.max());
    if (!kcats) return kcats;
    if (*ours && *kcats) return refusal("contradicts \"timestamp\"; give one of them", "ts");
    return *ours ? *ours : *kcats;
}

Result<InputRecord> read_object(const object& json) {
    constexpr std::array<std::string_view, 15> known{
        "topic",      "partition", "offset",       "timestamp", "timestamp_type",
        "tstype",     "ts",        "broker",       "headers",   "key",
        "key_base64", "value",     "value_base64", "payload",   "payload_base64"};
    if (auto checked = check_names(json, known); !checked) return checked.error();
    if (auto checked = check_origin(json); !checked) return checked.error();
    InputRecord input;
    auto key = field_at(json, {"key"});
    if (!key) return key.error();
    auto content = field_at(json, {"payload", "value"});
    if (!content) return content.error();
    if (!content->there)
        return refusal("has neither \"payload\" nor \"value\"; write null if it is null");
    auto headers = headers_at(json);
    if (!headers) return headers.error();
    auto timestamp = timestamp_at(json);
    if (!timestamp) return timestamp.error();
    auto partition = number_at(json, "partition", 0, std::numeric_limits<std::int32_t>::max());
    if (!partition) return partition.error();
    if (*partition) input.partition = static_cast<std::int32_t>(**partition);
    input.record = {.key = std::move(key->bytes),
                    .value = std::move(content->bytes),
                    .headers = std::move(*headers),
                    .timestamp = *timestamp};
    return input;
}

}  // namespace

void put_bytes(object& target, const std::string& name, const std::optional<ByteView>& bytes) {
    if (!bytes) {
        target[name] = nullptr;
    } else if (is_utf8(as_text(*bytes))) {
        target[name] = as_text(*bytes);
    } else {
        target[name + std::string{base64_suffix}] = base64(*bytes);
    }
}

array headers_json(const kafka::RecordView& record) {
    array headers;
    for (const auto& header : headers_of(record)) {
        object one;
        put_bytes(one, "name", as_bytes(header.key));
        put_bytes(one, "value", view(header.value));
        headers.emplace_back(std::move(one));
    }
    return headers;
}

std::string record_json(const client::ReadRecord& read) {
    object json;
    json["topic"] = read.partition.topic;
    json["partition"] = read.partition.partition;
    json["offset"] = read.record.offset;
    json["timestamp"] = read.record.timestamp;
    json["timestamp_type"] = read.batch.is_log_append_time() ? "LogAppendTime" : "CreateTime";
    put_bytes(json, "key", read.record.key);
    put_bytes(json, "value", read.record.value);
    json["headers"] = headers_json(read.record);
    return boost::json::serialize(json);
}

std::string record_envelope(const client::ReadRecord& read) {
    object json;
    json["topic"] = read.partition.topic;
    json["partition"] = read.partition.partition;
    json["offset"] = read.record.offset;
    json["tstype"] = read.batch.is_log_append_time() ? "logappend" : "create";
    json["ts"] = read.record.timestamp;
    json["broker"] = read.node_id;
    array headers;
    for (const auto& header : headers_of(read.record)) {
        headers.emplace_back(envelope_item(as_bytes(header.key)));
        headers.emplace_back(header.value ? envelope_item(*header.value) : value{});
    }
    if (!headers.empty()) json["headers"] = std::move(headers);
    put_bytes(json, "key", read.record.key);
    put_bytes(json, "payload", read.record.value);
    return boost::json::serialize(json);
}

Result<InputRecord> parse_record_json(std::string_view text) {
    boost::json::error_code fault;
    const auto json = boost::json::parse(boost::json::string_view{text.data(), text.size()}, fault);
    if (fault) return refusal("is no JSON: " + fault.message());
    if (!json.is_object()) return refusal("is not a JSON object");
    if (members_written(text) != members_kept(json)) return refusal("names a field twice");
    return read_object(json.get_object());
}

}  // namespace leat::cli
