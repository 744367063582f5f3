// `leat consume`: prints the records of a topic.
#include <cstdio>
#include <memory>

#include "cli/commands.hpp"
#include "cli/range.hpp"
#include "cli/record_text.hpp"
#include "cli/verb.hpp"

namespace leat::cli {
namespace {

struct Options {
    std::string topic;
    std::vector<std::int32_t> partitions;
    std::string from = "beginning";
    std::string until;
    std::int64_t count = -1;
    bool exit_at_end = false;
    std::string format;
    std::string key_delimiter;
    bool envelope = false;
    bool uncommitted = false;
};

using Append = std::function<void(std::string&, const client::ReadRecord&)>;

// How each record is written, the line's end included.
Result<Append> writer_of(const Session& session, const Options& options) {
    if (options.envelope || session.json)
        return Append{[envelope = options.envelope](std::string& out, const auto& read) {
            out.append(envelope ? record_envelope(read) : record_json(read)).append("\n");
        }};
    std::string text = options.format;
    if (text.empty())
        text = options.key_delimiter.empty() ? "%s\n" : "%k" + options.key_delimiter + "%s\n";
    auto format = RecordFormat::parse(text);
    if (!format) return format.error();
    return Append{[format = std::move(*format)](std::string& out, const auto& read) {
        format.append(out, read);
    }};
}

RangeRequest range_of(const Options& options) {
    const auto now = SystemClock{}.wall_ms();
    RangeRequest request{.topic = options.topic,
                         .partitions = options.partitions,
                         .from = *parse_place(options.from, now),
                         .until = {},
                         .to_end = options.exit_at_end,
                         .read_committed = !options.uncommitted};
    if (!options.until.empty()) request.until = *parse_place(options.until, now);
    return request;
}

int follow(client::TopicReader& reader, const Options& options, const Append& append) {
    std::string out;
    auto left = options.count;
    bool away = false;
    while (left != 0) {
        auto more = reader.read([&](const client::ReadRecord& read) {
            append(out, read);
            return left < 0 || --left > 0;
        });
        std::fwrite(out.data(), 1, out.size(), stdout);
        if (std::fflush(stdout) != 0) return report({Errc::io, "cannot write to standard output"});
        out.clear();
        if (more && !*more) break;
        // Who follows a topic wants to go on when its broker comes back.
        const bool wait = !more && more.error().retriable && !options.exit_at_end;
        if (!more && !wait) return report(more.error());
        if (!more && !away) std::fprintf(stderr, "leat: %s Waiting.\n", more.error().what.c_str());
        away = !more.ok();
    }
    return exit_ok;
}

int consume(client::Cluster& cluster, const Session& session, const Options& options) {
    const auto append = writer_of(session, options);
    if (!append) return report_usage(append.error());
    auto ranges = resolve(cluster, range_of(options));
    if (!ranges) return report(ranges.error());
    client::TopicReader reader{
        cluster, std::move(*ranges), {.read_committed = !options.uncommitted}};
    return follow(reader, options, *append);
}

}  // namespace

void add_consume(CLI::App& app, Session& session) {
    auto options = std::make_shared<Options>();
    auto* command = app.add_subcommand("consume", "Print the records of a topic, and follow it");
    command->add_option("TOPIC", options->topic, "The topic")->required();
    command->add_option("-p,--partition", options->partitions, "Only these partitions")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("N[,N...]");
    command
        ->add_option("-o,--offset,--from", options->from,
                     "Where to begin: beginning, end, N, -N (the last N), @TIME")
        ->check(is_place)
        ->capture_default_str()
        ->type_name("PLACE");
    command->add_option("--until", options->until, "Where to stop, that place excluded")
        ->check(is_place)
        ->type_name("PLACE");
    command->add_option("-c,--count", options->count, "Stop after so many records")
        ->check(CLI::NonNegativeNumber)
        ->type_name("N");
    command->add_flag("-e,--exit-at-end", options->exit_at_end,
                      "Stop at what the end is when starting");
    command
        ->add_option("-f,--format", options->format,
                     "Format as kcat's: %t %p %o %k %K %s %S %R %h %T %% \\n \\t \\xHH")
        ->type_name("FORMAT");
    command->add_option("-K,--key-delimiter", options->key_delimiter,
                        "Print the key and this in front of each value");
    command->add_flag("-J,--envelope", options->envelope, "One JSON object a record, as kcat -J");
    command->add_flag("--uncommitted", options->uncommitted,
                      "Also records of open and aborted transactions");
    command->footer("TIME is ms since 1970, 2024-01-31, 2024-01-31T12:00:00Z, or an age: 15m, 2h.");
    run_with(command, session, options, consume);
}

}  // namespace leat::cli
