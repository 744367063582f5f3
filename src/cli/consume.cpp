// `leat consume`: prints the records of topics. (as a member of a group: consume_group.cpp)
#include "cli/consume.hpp"

#include <cstdio>
#include <memory>

#include "cli/commands.hpp"
#include "cli/terminal.hpp"
#include "cli/verb.hpp"
#include "client/topic_follower.hpp"

namespace leat::cli {
namespace {

Result<std::vector<client::ReadRange>> ranges_of(client::Cluster& cluster,
                                                 const ConsumeOptions& options) {
    Absent absent;
    if (options.follows())
        absent = [](const std::string& what) { tell(what + " yet; waiting for it"); };
    auto topics = find_topics(cluster, options.choice, absent);
    if (!topics) return topics.error();
    std::vector<client::ReadRange> all;
    for (const auto& topic : *topics) {
        auto ranges = resolve(cluster, {.topic = topic,
                                        .partitions = options.range.partitions,
                                        .from = options.range.from,
                                        .until = options.range.until,
                                        .to_end = options.exit_at_end,
                                        .read_committed = !options.uncommitted});
        if (!ranges) return ranges.error();
        all.insert(all.end(), ranges->begin(), ranges->end());
    }
    return all;
}

// Reads until there is no more, or as many as are wanted are printed.
int print_all(const std::function<Result<bool>(const client::TopicReader::Visit&)>& read,
              const ConsumeOptions& options, RecordPrinter& printer) {
    bool away = false;
    while (!printer.is_done()) {
        auto more = read([&](const client::ReadRecord& record) { return printer.take(record); });
        if (auto flushed = printer.flush(); !flushed) return report(flushed.error());
        if (more && !*more) break;
        // Who follows a topic wants to go on when its broker comes back.
        const bool wait = !more && more.error().retriable && !options.exit_at_end;
        if (!more && !wait) return report(more.error());
        if (!more && !away) tell(more.error().what + ". Waiting.");
        away = !more.ok();
    }
    return exit_ok;
}

int consume_ranges(client::Cluster& cluster, const ConsumeOptions& options,
                   RecordPrinter& printer) {
    auto ranges = ranges_of(cluster, options);
    if (!ranges) return report(ranges.error());
    const auto fetching = options.fetching();
    if (!options.follows()) {
        client::TopicReader reader{cluster, std::move(*ranges), fetching, tell};
        return print_all([&](const auto& visit) { return reader.read(visit); }, options, printer);
    }
    client::Following following{
        .wants = [&](const std::string& name) { return options.choice.wants(name); },
        .partitions = options.range.partitions};
    if (!options.choice.has_pattern()) following.names = options.choice.words;
    client::TopicFollower follower{cluster, std::move(*ranges), fetching, std::move(following),
                                   tell};
    return print_all([&](const auto& visit) { return follower.read(visit); }, options, printer);
}

int consume(client::Cluster& cluster, const Session& session, const ConsumeOptions& options) {
    auto writer = RecordWriter::create({.json = session.json,
                                        .envelope = options.envelope,
                                        .format = options.format,
                                        .key_delimiter = options.key_delimiter,
                                        .terminal = is_terminal()},
                                       tell);
    if (!writer) return report_usage(writer.error());
    RecordPrinter printer{std::move(*writer), options.range.count};
    return options.group.empty() ? consume_ranges(cluster, options, printer)
                                 : consume_in_group(cluster, options, printer);
}

}  // namespace

bool RecordPrinter::take(const client::ReadRecord& record) {
    writer_.append(out_, record);
    if (left_ > 0) --left_;
    return left_ != 0;
}

Result<void> RecordPrinter::flush() {
    const auto written = std::fwrite(out_.data(), 1, out_.size(), stdout);
    const bool good = written == out_.size() && std::fflush(stdout) == 0;
    out_.clear();
    if (good) return {};
    return Error{Errc::io, "cannot write to standard output"};
}

client::FetchOptions ConsumeOptions::fetching() const { return {.read_committed = !uncommitted}; }

void add_consume(Command& root, Session& session) {
    auto options = std::make_shared<ConsumeOptions>();
    auto& command = root.add("consume", "Print the records of topics, and follow them");
    command.texts("TOPIC", options->choice.words, "Topics, or patterns such as 'orders.*'")
        .required()
        .completed_by(Values::topics);
    command
        .text("-g,--group", options->group,
              "As a member of this group, which goes on where it was and commits what is printed")
        .completed_by(Values::groups)
        .excludes({"--partition", "--until"});
    add_range_options(command, options->range);
    command.flag("-e,--exit-at-end", options->exit_at_end, "Stop at what the end is when starting");
    command
        .text("-f,--format", options->format,
              "As kcat's: %t %p %o %k %K %s %S %R %h %T %% \\n \\t \\xHH")
        .may_be_empty()
        .excludes({"--key-delimiter", "--envelope", "--json"});
    command
        .text("-K,--key-delimiter", options->key_delimiter,
              "Print the key and this in front of each value")
        .excludes({"--envelope", "--json"});
    command.flag("-J,--envelope", options->envelope, "One JSON object a record, as kcat -J")
        .excludes({"--json"});
    command.flag("--uncommitted", options->uncommitted,
                 "Also records of open and aborted transactions");
    command.footer(
        "TIME is ms since 1970, 2024-01-31, 2024-01-31T12:00:00Z, or an age: 15min, 2h.\n"
        "Topics that do not exist yet are waited for, unless --exit-at-end or --until is given.\n"
        "Partitions and fitting topics that are added are read from their beginning. With "
        "--group,\n"
        "--offset counts where the group has committed nothing.");
    run_with(command, session, options, consume);
}

}  // namespace leat::cli
