// Writes records.
#include "cli/record_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/utf8.hpp"
#include "cli/base64.hpp"
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

void append_token(std::string& out, char token, const client::ReadRecord& read) {
    const auto& record = read.record;
    switch (token) {
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
        default:
            out += std::to_string(record.timestamp);
    }
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

void RecordFormat::append(std::string& out, const client::ReadRecord& read, bool terminal) const {
    std::string bytes;
    for (const auto& piece : pieces_) {
        if (piece.token == 0) {
            out += piece.literal;
            continue;
        }
        auto& target = terminal ? bytes : out;
        append_token(target, piece.token, read);
        if (!terminal) continue;
        out += escaped(bytes);
        bytes.clear();
    }
}

std::string RecordFormat::loss_of(const client::ReadRecord& read) const {
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
        const auto token = pieces_[i].token;
        if ((token != 'k' && token != 's' && token != 'h') || tells_length(token)) continue;
        const auto& field = token == 'k' ? read.record.key : read.record.value;
        const std::string name = token == 'k' ? "key" : token == 's' ? "value" : "headers";
        if (token != 'h' && !field) return "a null " + name + " looks like an empty one";
        const bool literal_follows = i + 1 < pieces_.size() && pieces_[i + 1].token == 0;
        if (!literal_follows) continue;
        std::string bytes;
        append_token(bytes, token, read);
        const auto& end = pieces_[i + 1].literal;
        if (bytes.find(end) != std::string::npos)
            return "the " + name + " hold" + (token == 'h' ? "" : "s") + " '" + escaped(end)
                   + "', which is also written behind " + (token == 'h' ? "them" : "it");
    }
    return {};
}

bool RecordFormat::tells_length(char token) const {
    return std::ranges::any_of(pieces_, [token](const Piece& piece) {
        return token == 'k'   ? piece.token == 'K'
               : token == 's' ? piece.token == 'S' || piece.token == 'R'
                              : false;
    });
}

std::string readable(ByteView bytes) {
    const auto text = as_text(bytes);
    return is_utf8(text) ? std::string{text} : "base64:" + base64(bytes);
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
