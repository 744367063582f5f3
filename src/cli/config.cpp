// `leat config`: get, set and unset the configurations of topics and brokers.
#include <boost/json.hpp>
#include <cstdio>
#include <memory>

#include "cli/commands.hpp"
#include "cli/config_edit.hpp"
#include "cli/output.hpp"
#include "cli/verb.hpp"

namespace leat::cli {
namespace {

struct ConfigFlags {
    std::optional<std::string> topic;
    std::optional<std::int32_t> broker;
    bool default_broker = false;
    std::vector<std::string> words;
    bool all = false;
    bool validate_only = false;

    ConfigResource resource() const {
        if (topic) return {ConfigResource::topic, *topic};
        return {ConfigResource::broker, broker ? std::to_string(*broker) : ""};
    }
};

int get(client::Cluster& cluster, const Session& session, const ConfigFlags& options) {
    auto entries = read_configs(cluster, options.resource(), options.words);
    if (!entries) return report(entries.error());
    Table table{.columns = {{"name", "NAME"},
                            {"value", "VALUE"},
                            {"source", "SOURCE"},
                            {"read_only", "READ-ONLY"},
                            {"sensitive", "SENSITIVE"}},
                .rows = {}};
    for (const auto& entry : *entries)
        if (options.all || !options.words.empty() || !entry.is_default)
            table.rows.push_back(
                {entry.name, cell_of(entry.value), entry.source, entry.read_only, entry.sensitive});
    for (const auto& word : options.words) {
        const auto found = std::ranges::find(*entries, word, &ConfigEntry::name);
        if (found == entries->end())
            return report({Errc::not_found, options.resource().label()
                                                + " has no configuration called '" + word + "'"});
    }
    print(table, session.json);
    if (!session.json && table.rows.empty()) std::printf("(only defaults; --all shows them)\n");
    return exit_ok;
}

int change(client::Cluster& cluster, const Session& session, const ConfigFlags& options,
           const std::vector<ConfigEdit>& edits) {
    const auto resource = options.resource();
    auto edited = edit_configs(cluster, resource, edits, options.validate_only);
    if (!edited) return report(edited.error());
    boost::json::array all;
    for (const auto& edit : edits) {
        all.emplace_back(
            boost::json::object{{"name", edit.name},
                                {"value", edit.value ? boost::json::value(*edit.value) : nullptr},
                                {"changed", !options.validate_only}});
        if (session.json) continue;
        std::printf(
            "%s: %s %s\n", shown(resource.label()).c_str(),
            shown(edit.value ? edit.name + "=" + *edit.value : edit.name + " back to its default")
                .c_str(),
            options.validate_only ? "(would be accepted)" : "");
    }
    if (session.json) print(boost::json::value(std::move(all)));
    return exit_ok;
}

int set(client::Cluster& cluster, const Session& session, const ConfigFlags& options) {
    std::vector<ConfigEdit> edits;
    for (const auto& word : options.words) edits.push_back(split_config(word));
    return change(cluster, session, options, edits);
}

int unset(client::Cluster& cluster, const Session& session, const ConfigFlags& options) {
    std::vector<ConfigEdit> edits;
    for (const auto& word : options.words) edits.push_back({word, std::nullopt});
    return change(cluster, session, options, edits);
}

void add_whose(Command& command, const std::shared_ptr<ConfigFlags>& options) {
    command.text("-t,--topic", options->topic, "A topic")
        .called("TOPIC")
        .completed_by(Values::topics);
    command.number("--broker", options->broker, at_least<std::int32_t>(0), "A broker").called("ID");
    command.flag("--all-brokers", options->default_broker, "The default of all brokers");
    command.exactly_one({"--topic", "--broker", "--all-brokers"});
}

}  // namespace

void add_config(Command& root, Session& session) {
    auto& noun = root.add("config", "Read and change configurations");
    auto get_options = std::make_shared<ConfigFlags>();
    auto& gets = noun.add("get", "Show configurations that are not defaults");
    add_whose(gets, get_options);
    gets.texts("KEY", get_options->words, "Only these");
    gets.flag("-a,--all", get_options->all, "Defaults too");
    run_with(gets, session, get_options, get);
    auto set_options = std::make_shared<ConfigFlags>();
    auto& sets = noun.add("set", "Set configurations");
    add_whose(sets, set_options);
    sets.texts("KEY=VALUE", set_options->words, "New values")
        .required()
        .check(is_config_assignment);
    sets.flag("--dry-run", set_options->validate_only, "Only have the broker check them");
    run_with(sets, session, set_options, set);
    auto unset_options = std::make_shared<ConfigFlags>();
    auto& unsets = noun.add("unset", "Go back to defaults");
    add_whose(unsets, unset_options);
    unsets.texts("KEY", unset_options->words, "Configurations").required();
    unsets.flag("--dry-run", unset_options->validate_only, "Only have the broker check it");
    run_with(unsets, session, unset_options, unset);
}

}  // namespace leat::cli
