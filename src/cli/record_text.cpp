// Writes records.
#include "cli/record_text.hpp"

#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <optional>

#include "cli/terminal.hpp"

namespace leat::cli {
namespace {

Error unknown_escape(std::string_view at) {
    std::string what = "unknown escape '";
    what.append(at.substr(0, 4)).append("'; known are \\n \\r \\t \\0 \\\\ and \\xHH");
    return {Errc::invalid_argument, what};
}

// The character of the escape at the front of `text` (which begins with a backslash) and how many
// characters it took.
struct Escape {
    char character = 0;
    std::size_t length = 2;
};
std::optional<Escape> escape_at(std::string_view text) {
    if (text.size() < 2) return std::nullopt;
    switch (text[1]) {
        case 'n':
            return Escape{'\n'};
        case 'r':
            return Escape{'\r'};
        case 't':
            return Escape{'\t'};
        case '0':
            return Escape{'\0'};
        case '\\':
            return Escape{'\\'};
        case 'x':
            break;
        default:
            return std::nullopt;
    }
    unsigned value = 0;
    const auto digits = text.substr(2, 2);
    const auto [stop, fault] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (fault != std::errc{}) return std::nullopt;
    return Escape{static_cast<char>(value), 2 + static_cast<std::size_t>(stop - digits.data())};
}

void append_length(std::string& out, const std::optional<ByteView>& bytes) {
    out += bytes ? std::to_string(bytes->size()) : "-1";
}

void append_binary_length(std::string& out, const std::optional<ByteView>& bytes) {
    std::array<std::byte, 4> raw{};
    store_be(raw.data(), bytes ? static_cast<std::int32_t>(bytes->size()) : -1);
    out += as_text(raw);
}

void append_headers(std::string& out, const kafka::RecordView& record) {
    const auto headers = kafka::decode_headers(record);
    if (!headers) return;
    bool first = true;
    for (const auto& header : *headers) {
        out.append(first ? "" : ",").append(header.key).append("=");
        out += header.value ? std::string{as_text(*header.value)} : "NULL";
        first = false;
    }
}

// Adds `name` as text, as base64, or as null.
void put_bytes(boost::json::object& object, const std::string& name,
               const std::optional<ByteView>& bytes) {
    if (!bytes) {
        object[name] = nullptr;
    } else if (is_utf8(as_text(*bytes))) {
        object[name] = as_text(*bytes);
    } else {
        object[name + "_base64"] = base64(*bytes);
    }
}

std::optional<ByteView> view(const std::optional<Bytes>& bytes) {
    if (!bytes) return std::nullopt;
    return ByteView{*bytes};
}

}  // namespace

Result<RecordFormat> RecordFormat::parse(std::string_view text) {
    constexpr std::string_view tokens = "tpokKsSRhT";
    RecordFormat format;
    std::string literal;
    const auto end_literal = [&] {
        if (!literal.empty()) format.pieces_.push_back({0, std::exchange(literal, {})});
    };
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '\\') {
            const auto escape = escape_at(text.substr(at));
            if (!escape) return unknown_escape(text.substr(at));
            literal += escape->character;
            at += escape->length - 1;
        } else if (text[at] != '%') {
            literal += text[at];
        } else if (++at < text.size() && text[at] == '%') {
            literal += '%';
        } else if (at < text.size() && tokens.find(text[at]) != std::string_view::npos) {
            end_literal();
            format.pieces_.push_back({text[at], {}});
        } else {
            return Error{Errc::invalid_argument,
                         "unknown token '%" + std::string{text.substr(at, 1)}
                             + "' in the format; known are %t %p %o %k %K %s %S %R %h %T %%"};
        }
    }
    end_literal();
    return format;
}

void RecordFormat::append(std::string& out, const client::ReadRecord& read) const {
    const auto& record = read.record;
    for (const auto& piece : pieces_) {
        switch (piece.token) {
            case 't':
                out += read.partition.topic;
                break;
            case 'p':
                out += std::to_string(read.partition.partition);
                break;
            case 'o':
                out += std::to_string(record.offset);
                break;
            case 'k':
                out += as_text(record.key.value_or(ByteView{}));
                break;
            case 'K':
                append_length(out, record.key);
                break;
            case 's':
                out += as_text(record.value.value_or(ByteView{}));
                break;
            case 'S':
                append_length(out, record.value);
                break;
            case 'R':
                append_binary_length(out, record.value);
                break;
            case 'h':
                append_headers(out, record);
                break;
            case 'T':
                out += std::to_string(record.timestamp);
                break;
            default:
                out += piece.literal;
        }
    }
}

std::string record_json(const client::ReadRecord& read) {
    boost::json::object object;
    object["topic"] = read.partition.topic;
    object["partition"] = read.partition.partition;
    object["offset"] = read.record.offset;
    object["timestamp"] = read.record.timestamp;
    object["timestamp_type"] = read.batch.is_log_append_time() ? "LogAppendTime" : "CreateTime";
    put_bytes(object, "key", read.record.key);
    put_bytes(object, "value", read.record.value);
    boost::json::array headers;
    if (const auto decoded = kafka::decode_headers(read.record)) {
        for (const auto& header : *decoded) {
            boost::json::object one;
            one["name"] = header.key;
            put_bytes(one, "value", view(header.value));
            headers.emplace_back(std::move(one));
        }
    }
    object["headers"] = std::move(headers);
    return boost::json::serialize(object);
}

std::string record_envelope(const client::ReadRecord& read) {
    boost::json::object object;
    object["topic"] = read.partition.topic;
    object["partition"] = read.partition.partition;
    object["offset"] = read.record.offset;
    object["tstype"] = read.batch.is_log_append_time() ? "logappend" : "create";
    object["ts"] = read.record.timestamp;
    object["broker"] = read.node_id;
    const auto decoded = kafka::decode_headers(read.record);
    if (decoded && !decoded->empty()) {
        boost::json::array headers;
        for (const auto& header : *decoded) {
            headers.emplace_back(header.key);
            headers.emplace_back(header.value ? boost::json::value(as_text(*header.value))
                                              : nullptr);
        }
        object["headers"] = std::move(headers);
    }
    object["key"] = read.record.key ? boost::json::value(as_text(*read.record.key)) : nullptr;
    object["payload"] =
        read.record.value ? boost::json::value(as_text(*read.record.value)) : nullptr;
    return boost::json::serialize(object);
}

std::string readable(ByteView bytes) {
    const auto text = as_text(bytes);
    return is_utf8(text) ? std::string{text} : "base64:" + base64(bytes);
}

std::string base64(ByteView bytes) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const auto count = std::min<std::size_t>(3, bytes.size() - at);
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i)
            bits = bits << 8 | (i < count ? std::to_integer<std::uint32_t>(bytes[at + i]) : 0U);
        for (std::size_t i = 0; i < 4; ++i)
            out += i <= count ? digits[bits >> (18 - 6 * i) & 0x3fU] : '=';
    }
    return out;
}

Result<std::string> unescape(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '\\') {
            out += text[at];
            continue;
        }
        const auto escape = escape_at(text.substr(at));
        if (!escape) return unknown_escape(text.substr(at));
        out += escape->character;
        at += escape->length - 1;
    }
    return out;
}

}  // namespace leat::cli
