// `leat dlq`: what lies in dead-letter topics, and why.
#include <boost/json.hpp>
#include <cstdio>
#include <map>
#include <memory>

#include "base/utf8.hpp"
#include "cli/commands.hpp"
#include "cli/dlq_headers.hpp"
#include "cli/output.hpp"
#include "cli/range.hpp"
#include "cli/record_json.hpp"
#include "cli/record_text.hpp"
#include "cli/terminal.hpp"
#include "cli/verb.hpp"

namespace leat::cli {
namespace {

constexpr std::string_view suffix = ".dlq";
constexpr std::size_t shown_value = 200;
constexpr std::size_t shown_reason = 80;

struct DlqFlags {
    std::vector<std::string> topics;
    std::string topic;
    RangeOptions range;
    bool full = false;
};

// The letters that one line of the list sums up.
struct Kind {
    std::string topic, source, group, stage, type;
    auto operator<=>(const Kind&) const = default;
};

struct Sum {
    std::int64_t count = 0;
    std::string last;  // RFC 3339, so that text order is time order
    std::string reason;
};

Result<std::vector<std::string>> dead_letter_topics(client::Cluster& cluster) {
    auto metadata = cluster.metadata(std::nullopt);
    if (!metadata) return metadata.error();
    std::vector<std::string> names;
    for (const auto& topic : metadata->topics)
        if (topic.name && topic.name->ends_with(suffix)) names.push_back(*topic.name);
    std::ranges::sort(names);
    return names;
}

std::string failure_time(const DeadLetter& letter, const client::ReadRecord& read) {
    return letter.failed_at.value_or(format_time(read.record.timestamp));
}

DeadLetter letter_of(const client::ReadRecord& read) {
    const auto headers = kafka::decode_headers(read.record);
    if (!headers) return {};
    return read_dead_letter(*headers, read.partition.topic);
}

Result<void> read_all(client::Cluster& cluster, const RangeRequest& request,
                      const std::function<bool(const client::ReadRecord&)>& visit) {
    auto ranges = resolve(cluster, request);
    if (!ranges) return ranges.error();
    client::TopicReader reader{cluster, std::move(*ranges), {.read_committed = true}, tell};
    for (;;) {
        auto more = reader.read(visit);
        if (!more) return more.error();
        if (!*more) return {};
    }
}

Result<void> sum_up(client::Cluster& cluster, const std::string& topic, std::map<Kind, Sum>& sums) {
    const auto before = sums.size();
    auto done = read_all(cluster, {.topic = topic, .partitions = {}, .until = {}, .to_end = true},
                         [&](const client::ReadRecord& read) {
                             const auto letter = letter_of(read);
                             auto& sum =
                                 sums[{topic, letter.topic.value_or(""), letter.group.value_or(""),
                                       letter.stage.value_or(""), letter.error_type.value_or("")}];
                             ++sum.count;
                             const auto time = failure_time(letter, read);
                             if (time < sum.last) return true;
                             sum.last = time;
                             sum.reason = letter.reason.value_or("");
                             return true;
                         });
    if (done && sums.size() == before) sums[{topic, "", "", "", ""}];
    return done;
}

Cell cell_if_any(const std::string& text) {
    if (text.empty()) return std::monostate{};
    return text;
}

int list(client::Cluster& cluster, const Session& session, const DlqFlags& options) {
    auto topics = options.topics;
    if (topics.empty()) {
        auto found = dead_letter_topics(cluster);
        if (!found) return report(found.error());
        topics = std::move(*found);
    }
    std::map<Kind, Sum> sums;
    for (const auto& topic : topics)
        if (auto done = sum_up(cluster, topic, sums); !done) return report(done.error());
    Table table{.columns = {{"dead_letter_topic", "DEAD-LETTER TOPIC"},
                            {"source_topic", "SOURCE"},
                            {"group", "GROUP"},
                            {"stage", "STAGE"},
                            {"error_type", "ERROR"},
                            {"count", "COUNT"},
                            {"last_failed_at", "LAST"},
                            {"last_reason", "LAST REASON"}},
                .rows = {}};
    for (const auto& [kind, sum] : sums)
        table.rows.push_back(
            {kind.topic, cell_if_any(kind.source), cell_if_any(kind.group), cell_if_any(kind.stage),
             cell_if_any(kind.type), sum.count, cell_if_any(sum.last),
             cell_if_any(session.json ? sum.reason
                                      : std::string{cut_utf8(sum.reason, shown_reason)})});
    print(table, session.json);
    return exit_ok;
}

boost::json::value text_or_null(const std::optional<std::string>& text) {
    if (!text) return nullptr;
    return boost::json::string{*text};
}

boost::json::value number_or_null(const std::optional<std::int64_t>& number) {
    if (!number) return nullptr;
    return *number;
}

// What the letter says of a field that it came without.
LeftOut left_out(const std::optional<ByteView>& field, const LeftOut& said) {
    return field ? LeftOut{} : said;
}

void append_json(std::string& out, const client::ReadRecord& read) {
    const auto letter = letter_of(read);
    const auto key = left_out(read.record.key, letter.key);
    const auto value = left_out(read.record.value, letter.value);
    auto object = boost::json::parse(record_json(read)).as_object();
    object["dead_letter"] =
        boost::json::object{{"family", letter.family},
                            {"reason", text_or_null(letter.reason)},
                            {"error_type", text_or_null(letter.error_type)},
                            {"stage", text_or_null(letter.stage)},
                            {"handler", text_or_null(letter.handler)},
                            {"group", text_or_null(letter.group)},
                            {"source_topic", text_or_null(letter.topic)},
                            {"source_partition", number_or_null(letter.partition)},
                            {"source_offset", number_or_null(letter.offset)},
                            {"attempts", number_or_null(letter.attempts)},
                            {"failed_at", failure_time(letter, read)},
                            {"key_bytes", number_or_null(key.bytes)},
                            {"key_sha256", text_or_null(key.sha256)},
                            {"value_bytes", number_or_null(value.bytes)},
                            {"value_sha256", text_or_null(value.sha256)}};
    out.append(boost::json::serialize(object)).append("\n");
}

void append_line(std::string& out, std::string_view label, const std::string& text) {
    if (text.empty()) return;
    out.append("  ").append(label).append(12 - std::min<std::size_t>(label.size(), 11), ' ');
    out.append(shown(text)).append("\n");
}

std::string cut(const std::optional<ByteView>& bytes, bool full) {
    if (!bytes) return "null";
    if (full || bytes->size() <= shown_value) return readable(*bytes);
    return readable(as_bytes(cut_utf8(as_text(*bytes), shown_value))) + "... ("
           + std::to_string(bytes->size()) + " bytes; --full shows all)";
}

// A field, or what the letter says of it if it came without.
std::string field_text(const std::optional<ByteView>& field, const LeftOut& said, bool full) {
    const auto [bytes, sha256] = left_out(field, said);
    if (!bytes) return cut(field, full);
    auto text = "left out, " + std::to_string(*bytes) + " bytes";
    if (sha256) text += " with the SHA-256 " + *sha256;
    return text;
}

std::string origin_text(const DeadLetter& letter) {
    std::string text = letter.topic.value_or("");
    if (letter.partition) text += " partition " + std::to_string(*letter.partition);
    if (letter.offset) text += " offset " + std::to_string(*letter.offset);
    if (letter.group) text += " group " + *letter.group;
    return text;
}

void append_text(std::string& out, const client::ReadRecord& read, bool full) {
    const auto letter = letter_of(read);
    out += heading(read.partition.to_string() + " offset " + std::to_string(read.record.offset))
           + "\n";
    append_line(out, "reason", letter.reason.value_or("(no known header tells it)"));
    append_line(out, "error", letter.error_type.value_or(""));
    append_line(out, "stage", letter.stage.value_or(""));
    append_line(out, "handler", letter.handler.value_or(""));
    append_line(out, "attempts", letter.attempts ? std::to_string(*letter.attempts) : "");
    append_line(out, "failed at", failure_time(letter, read));
    append_line(out, "origin", origin_text(letter));
    append_line(out, "timestamp", format_time(read.record.timestamp));
    append_line(out, "key", field_text(read.record.key, letter.key, full));
    append_line(out, "value", field_text(read.record.value, letter.value, full));
    const auto headers = kafka::decode_headers(read.record);
    if (!headers) return;
    for (const auto& header : *headers) {
        const auto text = header_text(header.key, header.value);
        append_line(out, "header",
                    header.key + "="
                        + std::string{full ? std::string_view{text} : cut_utf8(text, shown_value)});
    }
}

int show(client::Cluster& cluster, const Session& session, const DlqFlags& options) {
    const RangeRequest request{.topic = options.topic,
                               .partitions = options.range.partitions,
                               .from = options.range.from,
                               .until = options.range.until,
                               .to_end = true};
    auto left = options.range.count;
    if (left == 0) return exit_ok;
    auto done = read_all(cluster, request, [&](const client::ReadRecord& read) {
        std::string out;
        if (session.json) {
            append_json(out, read);
            if (is_terminal()) out = escaped_json(std::move(out));
        } else {
            append_text(out, read, options.full);
        }
        std::fwrite(out.data(), 1, out.size(), stdout);
        return left < 0 || --left > 0;
    });
    return done ? static_cast<int>(exit_ok) : static_cast<int>(report(done.error()));
}

}  // namespace

void add_dlq(Command& root, Session& session) {
    auto& noun = root.add("dlq", "See what lies in dead-letter topics, and why");
    auto list_options = std::make_shared<DlqFlags>();
    auto& lists = noun.add("list", "Count dead letters by source, group and error");
    lists.texts("TOPIC", list_options->topics, "Dead-letter topics (default: all *.dlq)")
        .completed_by(Values::topics);
    run_with(lists, session, list_options, list);
    auto options = std::make_shared<DlqFlags>();
    auto& shows = noun.add("show", "Show dead letters one by one");
    shows.text("TOPIC", options->topic, "The dead-letter topic")
        .required()
        .completed_by(Values::topics);
    add_range_options(shows, options->range);
    shows.flag("--full", options->full, "Show long values whole");
    run_with(shows, session, options, show);
}

}  // namespace leat::cli
