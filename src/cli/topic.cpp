// `leat topic`: list, create, alter, delete. (describe: topic_describe.cpp)
#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <memory>

#include "cli/commands.hpp"
#include "cli/config_edit.hpp"
#include "cli/glob.hpp"
#include "cli/output.hpp"
#include "cli/topic_describe.hpp"
#include "cli/verb.hpp"
#include "client/known_change.hpp"
#include "client/offsets.hpp"
#include "kafka/messages/topics.hpp"

namespace leat::cli {
namespace {

using kafka::ErrorCode;

struct TopicFlags {
    std::vector<std::string> topics;
    std::string pattern;
    bool internal = false;
    bool counts = false;
    std::int32_t partitions = -1;
    std::int16_t replicas = -1;
    std::vector<std::string> configs;
    std::vector<std::string> unset;
    bool if_not_exists = false;
    bool if_exists = false;
    bool validate_only = false;
};

std::int64_t count_of(client::Cluster& cluster, const client::Topic& topic) {
    std::vector<client::TopicPartition> partitions;
    for (const auto& p : topic.partitions) partitions.push_back({*topic.name, p.partition_index});
    const auto ranges = client::offset_ranges(cluster, partitions);
    if (!ranges) return -1;
    std::int64_t total = 0;
    for (const auto& range : *ranges) total += range.end - range.begin;
    return total;
}

int list(client::Cluster& cluster, const Session& session, const TopicFlags& options) {
    auto metadata = cluster.metadata(std::nullopt);
    if (!metadata) return report(metadata.error());
    std::ranges::sort(metadata->topics, {}, &client::Topic::name);
    Table table{.columns = {{"topic", "TOPIC"},
                            {"partitions", "PARTITIONS"},
                            {"replication_factor", "REPLICATION"},
                            {"internal", "INTERNAL"}},
                .rows = {}};
    if (options.counts) table.columns.push_back({"records", "RECORDS"});
    for (const auto& topic : metadata->topics) {
        if (!topic.name || (topic.is_internal && !options.internal)) continue;
        if (!holds_or_fits(options.pattern, *topic.name)) continue;
        const auto replicas =
            topic.partitions.empty() ? 0 : topic.partitions.front().replica_nodes.size();
        auto& row = table.rows.emplace_back(
            std::vector<Cell>{*topic.name, static_cast<std::int64_t>(topic.partitions.size()),
                              static_cast<std::int64_t>(replicas), topic.is_internal});
        if (options.counts) row.push_back(cell_if_known(count_of(cluster, topic)));
    }
    print(table, session.json);
    return exit_ok;
}

// What became of one topic, for the lines and the JSON of create, alter and delete.
struct Change {
    std::string topic;
    ErrorCode code = ErrorCode::none;
    std::optional<std::string> message;
    bool tolerated = false;  // --if-exists, --if-not-exists
};

int print_changes(const std::vector<Change>& changes, const Session& session,
                  const std::string& verb, bool dry_run) {
    int code = exit_ok;
    boost::json::array all;
    for (const auto& change : changes) {
        const bool ok = change.code == ErrorCode::none;
        boost::json::object object{
            {"topic", change.topic},
            {"ok", ok},
            {"dry_run", dry_run},
            {"error", ok ? nullptr : boost::json::value(name_of(change.code))}};
        object["message"] = change.message ? boost::json::value(*change.message) : nullptr;
        all.emplace_back(std::move(object));
        if (!session.json && ok)
            std::printf("%s%s topic %s\n", dry_run ? "could " : "",
                        (verb
                         + (dry_run              ? ""
                            : verb.back() == 'e' ? "d"
                                                 : "ed"))
                            .c_str(),
                        shown(change.topic).c_str());
        if (ok || change.tolerated) continue;
        code = report(client::broker_error(verb + " topic '" + change.topic + "'", change.code,
                                           change.message));
    }
    if (session.json) print(boost::json::value(std::move(all)));
    return code;
}

// Prints the changes; then waits until the next command, whichever broker it asks, sees them.
int print_and_await(client::Cluster& cluster, const Session& session, const std::string& verb,
                    const std::vector<Change>& changes, const client::ShowsChange& shows) {
    const int code = print_changes(changes, session, verb, false);
    std::vector<std::string> done;
    for (const auto& change : changes)
        if (change.code == ErrorCode::none) done.push_back(change.topic);
    const auto known = client::wait_until_known(cluster, done, shows);
    return known ? code : static_cast<int>(report(known.error()));
}

int create(client::Cluster& cluster, const Session& session, const TopicFlags& options) {
    kafka::CreateTopicsRequest request;
    request.validate_only = options.validate_only;
    request.timeout_ms = session.timeout_ms();
    for (const auto& name : options.topics) {
        auto& topic = request.topics.emplace_back();
        topic.name = name;
        topic.num_partitions = options.partitions;
        topic.replication_factor = options.replicas;
        for (const auto& text : options.configs) {
            const auto config = split_config(text);
            topic.configs.push_back({config.name, config.value});
        }
    }
    auto response =
        cluster.call<kafka::CreateTopicsResponse>(client::Target::controller(), request);
    if (!response) return report(response.error());
    std::vector<Change> changes;
    for (const auto& topic : response->topics)
        changes.push_back(
            {topic.name, topic.error_code, topic.error_message,
             options.if_not_exists && topic.error_code == ErrorCode::topic_already_exists});
    if (options.validate_only) return print_changes(changes, session, "create", true);
    return print_and_await(cluster, session, "create", changes, client::shows_creation);
}

int remove(client::Cluster& cluster, const Session& session, const TopicFlags& options) {
    kafka::DeleteTopicsRequest request;
    request.timeout_ms = session.timeout_ms();
    request.topic_names = options.topics;
    for (const auto& name : options.topics) request.topics.push_back({name, {}});
    auto response =
        cluster.call<kafka::DeleteTopicsResponse>(client::Target::controller(), request);
    if (!response) return report(response.error());
    std::vector<Change> changes;
    std::vector<Uuid> deleted;
    for (const auto& topic : response->responses) {
        changes.push_back(
            {topic.name.value_or(""), topic.error_code, topic.error_message,
             options.if_exists && topic.error_code == ErrorCode::unknown_topic_or_partition});
        deleted.push_back(topic.topic_id);
    }
    // A client may have made a topic of the same name again.
    const auto gone = [&](const client::Topic& topic) {
        return topic.error_code != ErrorCode::none
               || std::ranges::find(deleted, topic.topic_id) == deleted.end();
    };
    return print_and_await(cluster, session, "delete", changes, gone);
}

Result<std::vector<Change>> grow(client::Cluster& cluster, const TopicFlags& options,
                                 std::int32_t timeout_ms) {
    kafka::CreatePartitionsRequest request;
    request.timeout_ms = timeout_ms;
    request.validate_only = options.validate_only;
    for (const auto& name : options.topics)
        request.topics.push_back({name, options.partitions, std::nullopt});
    auto response =
        cluster.call<kafka::CreatePartitionsResponse>(client::Target::controller(), request);
    if (!response) return response.error();
    std::vector<Change> changes;
    for (const auto& topic : response->results)
        changes.push_back({topic.name, topic.error_code, topic.error_message});
    return changes;
}

int alter(client::Cluster& cluster, const Session& session, const TopicFlags& options) {
    std::vector<ConfigEdit> edits;
    for (const auto& text : options.configs) edits.push_back(split_config(text));
    for (const auto& name : options.unset) edits.push_back({name, std::nullopt});
    if (edits.empty() && options.partitions < 0)
        return report_usage(
            {Errc::invalid_argument, "nothing to alter: give --partitions, --config or --unset"});
    std::vector<Change> changes;
    if (options.partitions >= 0) {
        auto grown = grow(cluster, options, session.timeout_ms());
        if (!grown) return report(grown.error());
        changes = std::move(*grown);
    }
    if (!edits.empty()) {
        for (const auto& name : options.topics) {
            const ConfigResource resource{ConfigResource::topic, name};
            auto edited = edit_configs(cluster, resource, edits, options.validate_only);
            if (!edited) return report(edited.error());
            if (options.partitions < 0) changes.push_back({name, ErrorCode::none, {}});
        }
    }
    if (options.validate_only || options.partitions < 0)
        return print_changes(changes, session, "alter", options.validate_only);
    const auto grown = [&](const client::Topic& topic) {
        return topic.error_code != ErrorCode::none
               || static_cast<std::int64_t>(topic.partitions.size()) >= options.partitions;
    };
    return print_and_await(cluster, session, "alter", changes, grown);
}

int describe(client::Cluster& cluster, const Session& session, const TopicFlags& options) {
    return describe_topics(cluster, session, options.topics);
}

void add_names(Command& command, const std::shared_ptr<TopicFlags>& options) {
    command.texts("TOPIC", options->topics, "Topics").required().completed_by(Values::topics);
}

void add_partitions(Command& command, TopicFlags& options, const std::string& about) {
    command.number("-p,--partitions", options.partitions, at_least<std::int32_t>(1), about);
}

void add_configs(Command& command, const std::shared_ptr<TopicFlags>& options) {
    command.texts("-c,--config", options->configs, "A configuration (repeatable)")
        .called("KEY=VALUE")
        .check(is_config_assignment);
    command.flag("--dry-run", options->validate_only,
                 "Let the broker check the request without doing it");
}

void add_list(Command& noun, Session& session) {
    auto options = std::make_shared<TopicFlags>();
    auto& command = noun.add("list", "List topics");
    command.text("PATTERN", options->pattern,
                 "Only topics whose name holds this; with * ? or [...], whose whole name fits");
    command.flag("-i,--internal", options->internal, "Kafka's own topics too");
    command.flag("-l,--counts", options->counts, "Count records (end less beginning)");
    run_with(command, session, options, list);
}

void add_create(Command& noun, Session& session) {
    auto options = std::make_shared<TopicFlags>();
    auto& command = noun.add("create", "Create topics");
    command.texts("TOPIC", options->topics, "Topics").required();
    add_partitions(command, *options, "Partitions (default: the broker's)");
    command.number("-r,--replicas", options->replicas, at_least<std::int16_t>(1),
                   "Replicas (default: the broker's)");
    add_configs(command, options);
    command.flag("--if-not-exists", options->if_not_exists, "No failure if it exists");
    run_with(command, session, options, create);
}

void add_describe(Command& noun, Session& session) {
    auto options = std::make_shared<TopicFlags>();
    auto& command = noun.add("describe", "Show partitions, offsets, sizes and configurations");
    add_names(command, options);
    run_with(command, session, options, describe);
}

void add_alter(Command& noun, Session& session) {
    auto options = std::make_shared<TopicFlags>();
    auto& command = noun.add("alter", "Add partitions, change configurations");
    add_names(command, options);
    add_partitions(command, *options, "New count of partitions");
    add_configs(command, options);
    command
        .texts("--unset", options->unset, "A configuration to go back to its default (repeatable)")
        .called("KEY");
    run_with(command, session, options, alter);
}

void add_delete(Command& noun, Session& session) {
    auto options = std::make_shared<TopicFlags>();
    auto& command = noun.add("delete", "Delete topics and all their records");
    add_names(command, options);
    command.flag("--if-exists", options->if_exists, "No failure if it does not exist");
    run_with(command, session, options, remove);
}

}  // namespace

void add_topic(Command& root, Session& session) {
    auto& noun = root.add("topic", "List, create, describe, alter and delete topics");
    add_list(noun, session);
    add_create(noun, session);
    add_describe(noun, session);
    add_alter(noun, session);
    add_delete(noun, session);
}

}  // namespace leat::cli
