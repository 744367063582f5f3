// Reads records from text.
#include "cli/record_input.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "cli/terminal.hpp"

namespace leat::cli {

Result<InputRecord> parse_record(std::string_view text, const InputRules& rules) {
    if (rules.envelope) {
        auto input = parse_record_json(text);
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
    } else if (!rules.key_delimiter.empty()) {
        return Error{Errc::invalid_argument, "it has no '" + escaped(rules.key_delimiter)
                                                 + "' between a key and a value; --key gives such "
                                                   "lines a key"};
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
