// Moves the committed offsets of a group that nobody consumes in.
#include "cli/group_reset.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <map>
#include <memory>

#include "cli/group_state.hpp"
#include "cli/output.hpp"
#include "cli/range.hpp"
#include "cli/verb.hpp"

namespace leat::cli {
namespace {

struct ResetFlags {
    std::string group;
    std::vector<std::string> topics;
    bool all_topics = false;
    Place to;
    std::optional<std::int64_t> shift_by;
    bool execute = false;
    bool dry_run = false;  // what happens without --execute; to be asked for in scripts
};

using Committed = std::map<client::TopicPartition, client::CommittedOffset>;

// The partitions to reset, from --topic and what the group has committed.
Result<std::vector<client::TopicPartition>> selected(client::Cluster& cluster,
                                                     const ResetFlags& options,
                                                     const Committed& committed) {
    std::vector<client::TopicPartition> partitions;
    if (options.all_topics)
        for (const auto& [partition, offset] : committed) partitions.push_back(partition);
    for (const auto& text : options.topics) {
        const auto selection = parse_selection(text);
        if (!selection) return selection.error();
        auto all = client::partitions_of(cluster, selection->topic);
        if (!all) return all.error();
        for (const auto& each : *all)
            if (selection->partitions.empty()
                || std::ranges::find(selection->partitions, each.partition)
                       != selection->partitions.end())
                partitions.push_back(each);
    }
    std::ranges::sort(partitions);
    partitions.erase(std::unique(partitions.begin(), partitions.end()), partitions.end());
    if (partitions.empty())
        return Error{Errc::not_found,
                     "nothing to reset: the group has committed no offsets of "
                     "what was named; name topics with --topic"};
    return partitions;
}

Result<std::vector<std::int64_t>> targets(client::Cluster& cluster, const ResetFlags& options,
                                          const std::vector<client::OffsetRange>& held,
                                          const Committed& committed) {
    if (!options.shift_by) return offsets_of(cluster, options.to, held);
    std::vector<std::int64_t> offsets;
    for (const auto& range : held) {
        const auto at = committed.find(range.partition);
        const auto current = at == committed.end() ? range.begin : at->second.offset;
        offsets.push_back(
            current + std::clamp(*options.shift_by, range.begin - current, range.end - current));
    }
    return offsets;
}

// Refuses while members consume: they would overwrite the new offsets, or be surprised by them.
Result<void> check_idle(client::Cluster& cluster, const std::string& id) {
    auto group = describe_group(cluster, id);
    if (!group) return group.error().code == Errc::not_found ? Result<void>{} : group.error();
    if (group->is_idle()) return {};
    return Error{Errc::invalid_argument,
                 "group '" + id + "' is active (" + group->activity()
                     + "); stop its consumers before resetting its offsets"};
}

Table table_of(const std::vector<client::OffsetRange>& held,
               const std::vector<std::int64_t>& offsets, const Committed& committed,
               bool executed) {
    Table table{.columns = {{"topic", "TOPIC"},
                            {"partition", "PARTITION"},
                            {"committed_offset", "COMMITTED"},
                            {"new_offset", "NEW"},
                            {"lag", "LAG AFTER"},
                            {"executed", "DONE"}},
                .rows = {}};
    for (std::size_t i = 0; i < held.size(); ++i) {
        const auto at = committed.find(held[i].partition);
        table.rows.push_back({held[i].partition.topic, std::int64_t{held[i].partition.partition},
                              cell_if_known(at == committed.end() ? -1 : at->second.offset),
                              offsets[i], held[i].end - offsets[i], executed});
    }
    return table;
}

int reset(client::Cluster& cluster, const Session& session, const ResetFlags& options) {
    if (auto idle = check_idle(cluster, options.group); !idle) return report(idle.error());
    auto listed = client::committed_offsets(cluster, options.group);
    if (!listed) return report(listed.error());
    Committed committed;
    for (const auto& each : *listed) committed[each.partition] = each;
    auto partitions = selected(cluster, options, committed);
    if (!partitions) return report(partitions.error());
    auto held = client::offset_ranges(cluster, *partitions);
    if (!held) return report(held.error());
    auto offsets = targets(cluster, options, *held, committed);
    if (!offsets) return report(offsets.error());
    if (options.execute) {
        std::vector<client::CommittedOffset> commits;
        for (std::size_t i = 0; i < held->size(); ++i)
            commits.push_back({(*partitions)[i], (*offsets)[i], -1, {}});
        auto done = client::commit_offsets(cluster, options.group, commits);
        if (!done) return report(done.error());
    }
    print(table_of(*held, *offsets, committed, options.execute), session.json);
    if (!options.execute && !session.json)
        std::printf("Nothing is changed yet: --execute does it.\n");
    return exit_ok;
}

}  // namespace

Result<TopicSelection> parse_selection(const std::string& text) {
    const auto colon = text.find(':');
    TopicSelection selection{text.substr(0, colon), {}};
    const Error wrong{Errc::invalid_argument,
                      "'" + text + "' is neither TOPIC nor TOPIC:PARTITION[,PARTITION...]"};
    if (selection.topic.empty()) return wrong;
    if (colon == std::string::npos) return selection;
    for (auto from = colon + 1; from <= text.size();) {
        const auto comma = std::min(text.find(',', from), text.size());
        std::int32_t number = 0;
        const auto [stop, fault] = std::from_chars(text.data() + from, text.data() + comma, number);
        if (fault != std::errc{} || stop != text.data() + comma || number < 0) return wrong;
        selection.partitions.push_back(number);
        from = comma + 1;
    }
    return selection;
}

void add_group_reset(Command& noun, Session& session) {
    auto options = std::make_shared<ResetFlags>();
    auto& command = noun.add(
        "reset", "Move the committed offsets of a group without members (dry run by default)");
    command.text("GROUP", options->group, "The group").required().completed_by(Values::groups);
    command.texts("-t,--topic", options->topics, "A topic, or some partitions of it (repeatable)")
        .called("TOPIC[:N,...]")
        .completed_by(Values::topics)
        .check([](const std::string& text) {
            const auto parsed = parse_selection(text);
            return parsed ? std::string{} : parsed.error().what;
        });
    command.flag("--all-topics", options->all_topics, "All that the group has committed");
    command.exactly_one({"--topic", "--all-topics"});
    command
        .parsed("--to", options->to, read_place,
                "earliest, latest, an offset N, -N before the end, or @TIME")
        .called("PLACE");
    command.number("--shift-by", options->shift_by, {}, "Forward by N records, or back by -N");
    command.exactly_one({"--to", "--shift-by"});
    command.flag("--execute", options->execute, "Do it").excludes({"--dry-run"});
    command.flag("--dry-run", options->dry_run, "Only show what would be done (the default)");
    run_with(command, session, options, reset);
}

}  // namespace leat::cli
