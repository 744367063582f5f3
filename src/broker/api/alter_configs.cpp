// AlterConfigs 0–2, which replaces all that was set (KIP-133), and IncrementalAlterConfigs 0–1
// (KIP-339), for topics, for this broker and for all brokers. A request changes a resource as a
// whole or not at all; it is answered when the change is durable. With validate_only, all of it is
// judged and nothing changes.
#include <algorithm>
#include <set>

#include "broker/api/config_resources.hpp"
#include "broker/api/handlers.hpp"
#include "broker/broker.hpp"
#include "broker/gather.hpp"
#include "broker/topic_state.hpp"

namespace leat::broker {
namespace {

using namespace kafka;

constexpr std::size_t longest_value = 32'767;

enum class AlterOp : std::int8_t { set = 0, remove = 1, append = 2, subtract = 3 };
struct Alteration {
    std::string name;
    AlterOp op = AlterOp::set;
    std::optional<std::string> value;
};
using Alterations = std::vector<Alteration>;

struct AlteredResource {
    ConfigResource type{};
    std::string name;
    Alterations changes;
    bool replace_all = false;
    bool validate_only = false;
};

using Outcome = std::function<void(const Refusal&)>;

Refusal invalid_request(std::string why) { return {ErrorCode::invalid_request, std::move(why)}; }
Refusal invalid_config(std::string why) { return {ErrorCode::invalid_config, std::move(why)}; }

// What stands between the commas, as Java's split() tells it: not trimmed, and without what is
// empty at the end, but for an empty text.
std::vector<std::string> split_as_java(std::string_view text) {
    std::vector<std::string> parts;
    for (std::size_t from = 0; from <= text.size();) {
        const auto comma = std::min(text.find(',', from), text.size());
        parts.emplace_back(text.substr(from, comma - from));
        from = comma + 1;
    }
    while (!text.empty() && !parts.empty() && parts.back().empty()) parts.pop_back();
    return parts;
}

// `value` with `elements` of a list added or taken away, as Kafka's controller does it: what is
// added and there already stays where it is; of what is taken away and there twice, one goes.
std::string edit_list(std::string_view value, std::string_view elements, bool add) {
    auto parts = split_as_java(value);
    std::erase(parts, "");
    for (auto& element : split_as_java(elements)) {
        const auto at = std::ranges::find(parts, element);
        if (add && at == parts.end()) parts.push_back(std::move(element));
        if (!add && at != parts.end()) parts.erase(at);
    }
    std::string joined;
    for (std::size_t i = 0; i < parts.size(); ++i)
        joined.append(i == 0 ? "" : ",").append(parts[i]);
    return joined;
}

// What `change` makes of the resource's `values`. Elements are added to what was set there, or to
// the key's own default, not to what is inherited.
Refusal apply(const Alteration& change, const ConfigKey* key, ConfigMap& values) {
    if (change.op == AlterOp::remove) {
        values.erase(change.name);
        return {};
    }
    auto value = change.value.value_or("");
    if (change.op == AlterOp::append || change.op == AlterOp::subtract) {
        const bool add = change.op == AlterOp::append;
        if (key == nullptr || key->type != ConfigType::list)
            return invalid_config(std::string{"Can't "} + (add ? "append to" : "subtract from")
                                  + " key " + change.name + " because its type is not list.");
        const auto at = values.find(change.name);
        value = edit_list(at != values.end() ? at->second : key->default_value.value_or(""), value,
                          add);
    } else if (change.op != AlterOp::set) {
        return invalid_request("Unknown operation " + std::to_string(static_cast<int>(change.op))
                               + " for key " + change.name);
    }
    if (value.size() > longest_value)
        return invalid_config("The value of " + change.name + " is longer than "
                              + std::to_string(longest_value) + " bytes.");
    values[change.name] = std::move(value);
    return {};
}

// What all changes make of the resource's `values`.
Refusal apply_all(const AlteredResource& resource, const ConfigKey* (*find_key)(std::string_view),
                  ConfigMap& values) {
    if (resource.replace_all) values.clear();
    for (const auto& change : resource.changes)
        if (auto refusal = apply(change, find_key(change.name), values);
            refusal.code != ErrorCode::none)
            return refusal;
    return {};
}

void log_changes(Broker& broker, std::string_view what, const AlteredResource& resource) {
    for (const auto& change : resource.changes)
        broker.events().info(what, {{"resource", resource.name},
                                    {"key", change.name},
                                    {"value", change.value.value_or("(default)")}});
}

void alter_topic(Broker& broker, const AlteredResource& resource, const Outcome& done) {
    const auto topic = broker.topics().find(resource.name);
    auto overrides = topic ? topic->overrides : ConfigMap{};
    if (auto refusal = apply_all(resource, find_topic_key, overrides);
        refusal.code != ErrorCode::none)
        return done(refusal);
    if (resource.name.empty())
        return done(invalid_request("Default topic resources are not allowed."));
    if (auto named = check_topic_name(resource.name); !named)
        return done({ErrorCode::invalid_topic_exception, named.error().what});
    auto checked = checked_topic_config(broker.config(), overrides);
    if (!checked) return done(invalid_config(checked.error().what));
    if (!topic)
        return done({ErrorCode::unknown_topic_or_partition,
                     "The topic '" + resource.name + "' does not exist."});
    if (resource.validate_only) return done({});
    log_changes(broker, "topic configuration changed", resource);
    broker.topics().configure(resource.name, std::move(*checked), done);
}

void tell_without_effect(Broker& broker, const ConfigMap& before, const ConfigMap& values) {
    for (const auto& [key, value] : values)
        if (const auto why = why_without_effect(*find_broker_key(key), value);
            why && !before.contains(key))
            broker.events().warn("a broker configuration has no effect",
                                 {{"key", key}, {"value", value}, {"why", *why}});
}

// Kafka's brokers judge changes of themselves before the controller sees them, and say
// INVALID_REQUEST where it says INVALID_CONFIG of topics (KAFKA-13609).
void alter_broker(Broker& broker, const AlteredResource& resource, const Outcome& done) {
    const auto whom = resource.name.empty() ? DynamicFor::all_brokers : DynamicFor::this_broker;
    if (!resource.name.empty())
        if (auto refusal = check_broker_name(broker, resource.name);
            refusal.code != ErrorCode::none)
            return done(refusal);
    const auto before = broker.config().dynamics(whom);
    auto values = before;
    if (auto refusal = apply_all(resource, find_broker_key, values);
        refusal.code != ErrorCode::none)
        return done(refusal);
    auto config = broker.config();
    std::vector<storage::StateLog::Change> writes;
    const std::string prefix{resource.name.empty() ? broker_config_prefix : own_config_prefix};
    for (const auto& [key, value] : before) {
        if (values.contains(key)) continue;
        (void)config.set_dynamic(whom, key, std::nullopt);
        writes.emplace_back(prefix + key, std::nullopt);
    }
    for (const auto& [key, value] : values) {
        if (auto set = config.set_dynamic(whom, key, value); !set)
            return done(invalid_request(set.error().what));
        const auto& canonical = config.dynamics(whom).at(key);
        if (const auto at = before.find(key); at == before.end() || at->second != canonical)
            writes.emplace_back(prefix + key, canonical);
    }
    if (resource.validate_only || writes.empty()) return done({});
    log_changes(broker, "broker configuration changed", resource);
    tell_without_effect(broker, before, config.dynamics(whom));
    broker.configure(std::move(config), writes, [done](const Result<void>& durable) {
        done(durable ? Refusal{} : Refusal{ErrorCode::kafka_storage_error, durable.error().what});
    });
}

// There are no named loggers, so there is none to change.
Refusal alter_loggers(const Broker& broker, const AlteredResource& resource) {
    if (auto refusal = check_broker_name(broker, resource.name); refusal.code != ErrorCode::none)
        return refusal;
    if (resource.changes.empty()) return {};
    const auto& first = resource.changes.front();
    if (first.op != AlterOp::set && first.op != AlterOp::remove)
        return invalid_request("Loggers can only be set and deleted.");
    return invalid_config("Logger " + first.name + " does not exist!");
}

// What may be said of any resource before it is looked at.
Refusal check_changes(const Alterations& changes) {
    std::set<std::string_view> names;
    for (const auto& change : changes)
        if (!names.insert(change.name).second)
            return invalid_request("Error due to duplicate config keys: " + change.name);
    for (const auto& change : changes)
        if (change.op != AlterOp::remove && !change.value)
            return invalid_request("Null value not supported for : " + change.name);
    return {};
}

void alter(Broker& broker, const AlteredResource& resource, const Outcome& done) {
    if (auto refusal = check_changes(resource.changes); refusal.code != ErrorCode::none)
        return done(refusal);
    if (resource.type == ConfigResource::topic) return alter_topic(broker, resource, done);
    if (resource.type == ConfigResource::broker) return alter_broker(broker, resource, done);
    if (resource.type == ConfigResource::broker_logger && !resource.replace_all)
        return done(alter_loggers(broker, resource));
    if (resource.type == ConfigResource::group || resource.type == ConfigResource::client_metrics)
        return done(no_such_configs(resource.type));
    done(invalid_request("Unknown resource type "
                         + std::to_string(static_cast<int>(resource.type))));
}

// Both requests answer the same, and differ in how they say what is to change.
template <class RequestBody, class Response, class ToChange>
void alter_all(Broker& broker, const RequestBody& body, const Reply<Response>& reply,
               bool replace_all, ToChange to_change) {
    const auto gather = make_gather<Response>(reply);
    auto& results = gather->response.responses;
    results.resize(body.resources.size());
    std::multiset<std::pair<std::int8_t, std::string>> named;
    for (const auto& resource : body.resources)
        named.emplace(resource.resource_type, resource.resource_name);
    for (std::size_t i = 0; i < results.size(); ++i) {
        const auto& resource = body.resources[i];
        auto& result = results[i];
        result.resource_type = resource.resource_type;
        result.resource_name = resource.resource_name;
        const Outcome outcome = gather->part([&result](const Refusal& refusal) {
            result.error_code = refusal.code;
            if (refusal.code != ErrorCode::none) result.error_message = refusal.message;
        });
        if (named.count({resource.resource_type, resource.resource_name}) > 1) {
            outcome(invalid_request("Each resource must appear at most once."));
            continue;
        }
        Alterations changes;
        for (const auto& config : resource.configs) changes.push_back(to_change(config));
        alter(broker,
              {ConfigResource{resource.resource_type}, resource.resource_name, std::move(changes),
               replace_all, body.validate_only},
              outcome);
    }
    gather->one_done();
}

}  // namespace

void incremental_alter_configs(Broker& broker, Request<IncrementalAlterConfigsRequest> request,
                               const Reply<IncrementalAlterConfigsResponse>& reply) {
    alter_all(broker, request.body, reply, false, [](const auto& config) {
        return Alteration{config.name, static_cast<AlterOp>(config.config_operation), config.value};
    });
}

void alter_configs(Broker& broker, Request<AlterConfigsRequest> request,
                   const Reply<AlterConfigsResponse>& reply) {
    alter_all(broker, request.body, reply, true, [](const auto& config) {
        return Alteration{config.name, AlterOp::set, config.value};
    });
}

}  // namespace leat::broker
