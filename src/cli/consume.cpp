// `leat consume`: prints the records of a topic.
#include <cstdio>
#include <memory>

#include "cli/commands.hpp"
#include "cli/range.hpp"
#include "cli/record_writer.hpp"
#include "cli/terminal.hpp"
#include "cli/verb.hpp"

namespace leat::cli {
namespace {

struct Options {
    std::string topic;
    RangeOptions range;
    bool exit_at_end = false;
    std::optional<std::string> format;
    std::string key_delimiter;
    bool envelope = false;
    bool uncommitted = false;
};

int follow(client::TopicReader& reader, const Options& options, RecordWriter& writer) {
    std::string out;
    auto left = options.range.count;
    bool away = false;
    while (left != 0) {
        auto more = reader.read([&](const client::ReadRecord& read) {
            writer.append(out, read);
            return left < 0 || --left > 0;
        });
        std::fwrite(out.data(), 1, out.size(), stdout);
        if (std::fflush(stdout) != 0) return report({Errc::io, "cannot write to standard output"});
        out.clear();
        if (more && !*more) break;
        // Who follows a topic wants to go on when its broker comes back.
        const bool wait = !more && more.error().retriable && !options.exit_at_end;
        if (!more && !wait) return report(more.error());
        if (!more && !away) tell(more.error().what + ". Waiting.");
        away = !more.ok();
    }
    return exit_ok;
}

int consume(client::Cluster& cluster, const Session& session, const Options& options) {
    auto writer = RecordWriter::create({.json = session.json,
                                        .envelope = options.envelope,
                                        .format = options.format,
                                        .key_delimiter = options.key_delimiter,
                                        .terminal = is_terminal()},
                                       tell);
    if (!writer) return report_usage(writer.error());
    auto ranges = resolve(cluster, {.topic = options.topic,
                                    .partitions = options.range.partitions,
                                    .from = options.range.from,
                                    .until = options.range.until,
                                    .to_end = options.exit_at_end,
                                    .read_committed = !options.uncommitted});
    if (!ranges) return report(ranges.error());
    client::TopicReader reader{
        cluster, std::move(*ranges), {.read_committed = !options.uncommitted}};
    return follow(reader, options, *writer);
}

}  // namespace

void add_consume(Command& root, Session& session) {
    auto options = std::make_shared<Options>();
    auto& command = root.add("consume", "Print the records of a topic, and follow it");
    command.text("TOPIC", options->topic, "The topic").required().completed_by(Values::topics);
    add_range_options(command, options->range);
    command.flag("-e,--exit-at-end", options->exit_at_end, "Stop at what the end is when starting");
    command
        .text("-f,--format", options->format,
              "As kcat's: %t %p %o %k %K %s %S %R %h %T %% \\n \\t \\xHH")
        .may_be_empty();
    command.text("-K,--key-delimiter", options->key_delimiter,
                 "Print the key and this in front of each value");
    command.flag("-J,--envelope", options->envelope, "One JSON object a record, as kcat -J");
    command.flag("--uncommitted", options->uncommitted,
                 "Also records of open and aborted transactions");
    command.footer("TIME is ms since 1970, 2024-01-31, 2024-01-31T12:00:00Z, or an age: 15m, 2h.");
    run_with(command, session, options, consume);
}

}  // namespace leat::cli
