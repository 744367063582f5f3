// DescribeConfigs 1–4 (synonyms: KIP-226, types and documentation: KIP-569), AlterConfigs 0–2,
// which replaces all that was set (KIP-133), and IncrementalAlterConfigs 0–1 (KIP-339); for topics
// and for the broker, no other resources. A request changes a resource as a whole or not at all; it
// is answered when the change is durable.
#include <algorithm>

#include "base/text.hpp"
#include "broker/api/config_answers.hpp"
#include "broker/api/handlers.hpp"
#include "broker/broker.hpp"
#include "broker/gather.hpp"
#include "broker/topic_state.hpp"

namespace leat::broker {
namespace {

using namespace kafka;
using Described = DescribeConfigsResponse::DescribeConfigsResult;
using DescribedConfig = Described::DescribeConfigsResourceResult;

// ConfigResource.Type of Kafka's clients.
constexpr std::int8_t topic_resource = 2;
constexpr std::int8_t broker_resource = 4;

enum class AlterOp : std::int8_t { set = 0, remove = 1, append = 2, subtract = 3 };
struct Alteration {
    std::string name;
    AlterOp op = AlterOp::set;
    std::optional<std::string> value;
};

bool is_wanted(const std::optional<std::vector<std::string>>& keys, std::string_view name) {
    return !keys || keys->empty() || std::ranges::find(*keys, name) != keys->end();
}

void add_synonym(DescribedConfig& entry, std::string_view name, const std::string& value,
                 ConfigSource source) {
    auto& synonym = entry.synonyms.emplace_back();
    synonym.name = std::string{name};
    synonym.value = value;
    synonym.source = static_cast<std::int8_t>(source);
}

// The layers under a broker key, the nearest first.
void add_broker_synonyms(DescribedConfig& entry, const Config& config, std::string_view name) {
    if (const auto at = config.dynamics().find(name); at != config.dynamics().end())
        add_synonym(entry, name, at->second, ConfigSource::dynamic_default_broker);
    if (const auto at = config.statics().find(name); at != config.statics().end())
        add_synonym(entry, name, at->second, ConfigSource::static_broker);
    if (const auto* key = find_broker_key(name); key != nullptr && key->default_value)
        add_synonym(entry, name, std::string{*key->default_value}, ConfigSource::default_config);
}

DescribedConfig& add_entry(Described& result, const ConfigKey& key,
                           const DescribeConfigsRequest& request) {
    auto& entry = result.configs.emplace_back();
    entry.name = std::string{key.name};
    entry.config_type = static_cast<std::int8_t>(key.type);
    entry.read_only = !key.dynamic;
    if (request.include_documentation) entry.documentation = std::string{key.doc};
    return entry;
}

void describe_topic(Broker& broker, const DescribeConfigsRequest& request,
                    const std::optional<std::vector<std::string>>& keys, Described& result) {
    const auto topic = broker.topics().find(result.resource_name);
    if (!topic) {
        result.error_code = check_topic_name(result.resource_name)
                                ? ErrorCode::unknown_topic_or_partition
                                : ErrorCode::invalid_topic_exception;
        result.error_message = "The topic '" + result.resource_name + "' does not exist.";
        return;
    }
    const auto& config = broker.config();
    for (const auto& key : topic_keys()) {
        if (!is_wanted(keys, key.name)) continue;
        auto& entry = add_entry(result, key, request);
        entry.value = config.topic_value(key, topic->overrides);
        entry.config_source = topic_config_source(config, key, topic->overrides);
        if (!request.include_synonyms) continue;
        if (const auto at = topic->overrides.find(key.name); at != topic->overrides.end())
            add_synonym(entry, key.name, at->second, ConfigSource::dynamic_topic);
        add_broker_synonyms(entry, config, key.broker_key);
    }
}

bool names_this_broker(const Broker& broker, const std::string& name) {
    return name.empty() || name == std::to_string(broker.node_id());
}

void describe_broker(Broker& broker, const DescribeConfigsRequest& request,
                     const std::optional<std::vector<std::string>>& keys, Described& result) {
    if (!names_this_broker(broker, result.resource_name)) {
        result.error_code = ErrorCode::invalid_request;
        result.error_message = "Unexpected broker id, expected " + std::to_string(broker.node_id())
                               + " or empty string, but received " + result.resource_name;
        return;
    }
    const auto& config = broker.config();
    const bool defaults_only = result.resource_name.empty();  // what was set for all brokers
    for (const auto& key : broker_keys()) {
        if (!is_wanted(keys, key.name)) continue;
        if (defaults_only && !config.dynamics().contains(key.name)) continue;
        auto& entry = add_entry(result, key, request);
        entry.value = config.find(key.name);
        entry.config_source = static_cast<std::int8_t>(broker_config_source(config, key.name));
        if (request.include_synonyms) add_broker_synonyms(entry, config, key.name);
    }
}

// `value` with `elements` of a list added or taken away.
std::string edit_list(std::string_view value, std::string_view elements, bool add) {
    auto parts = split_list(value);
    for (const auto element : split_list(elements)) {
        std::erase(parts, element);
        if (add) parts.push_back(element);
    }
    std::string joined;
    for (const auto part : parts) joined.append(joined.empty() ? "" : ",").append(part);
    return joined;
}

// The value that `change` leaves, nothing for none; `current` is the value in force.
Result<std::optional<std::string>> changed(const Alteration& change, const ConfigKey* key,
                                           const std::string& current) {
    const auto invalid = [&](std::string_view why) {
        return Error{Errc::invalid_argument,
                     "configuration key '" + change.name + "': " + std::string{why}};
    };
    if (change.op == AlterOp::remove) return std::optional<std::string>{};
    if (!change.value) return invalid("a null value can only be deleted");
    if (change.op == AlterOp::set) return change.value;
    if (change.op != AlterOp::append && change.op != AlterOp::subtract)
        return invalid("unknown operation");
    if (key == nullptr || key->type != ConfigType::list)
        return invalid("only lists can be appended to or subtracted from");
    return std::optional{edit_list(current, *change.value, change.op == AlterOp::append)};
}

using Outcome = std::function<void(const Refusal&)>;

void log_changes(Broker& broker, std::string_view what, const std::string& resource,
                 const std::vector<Alteration>& changes) {
    for (const auto& change : changes)
        broker.events().info(what, {{"resource", resource},
                                    {"key", change.name},
                                    {"value", change.value.value_or("(default)")}});
}

void alter_topic(Broker& broker, const std::string& name, const std::vector<Alteration>& changes,
                 bool replace_all, bool validate_only, const Outcome& done) {
    const auto topic = broker.topics().find(name);
    if (!topic)
        return done(
            {ErrorCode::unknown_topic_or_partition, "The topic '" + name + "' does not exist."});
    ConfigMap overrides = replace_all ? ConfigMap{} : topic->overrides;
    for (const auto& change : changes) {
        const auto* key = find_topic_key(change.name);
        const auto current =
            key != nullptr ? broker.config().topic_value(*key, overrides) : std::string{};
        auto value = changed(change, key, current);
        if (!value) return done({ErrorCode::invalid_config, value.error().what});
        if (*value) {
            auto canonical = topic_config_value(change.name, **value);
            if (!canonical) return done({ErrorCode::invalid_config, canonical.error().what});
            overrides[change.name] = std::move(*canonical);
        } else {
            overrides.erase(change.name);
        }
    }
    auto checked = checked_topic_config(broker.config(), overrides);
    if (!checked) return done({ErrorCode::invalid_config, checked.error().what});
    if (validate_only) return done({});
    log_changes(broker, "topic configuration changed", name, changes);
    broker.topics().configure(name, std::move(*checked), done);
}

void alter_broker(Broker& broker, const std::string& name, const std::vector<Alteration>& changes,
                  bool replace_all, bool validate_only, const Outcome& done) {
    if (!names_this_broker(broker, name))
        return done({ErrorCode::invalid_request,
                     "This is broker " + std::to_string(broker.node_id()) + "."});
    Config config = broker.config();
    std::vector<storage::StateLog::Change> writes;
    const auto write = [&](const std::string& key, std::optional<std::string> value) {
        auto set = config.set_dynamic(key, value);
        writes.emplace_back(std::string{broker_config_prefix} + key, std::move(value));
        return set;
    };
    if (replace_all)
        for (const auto& [key, value] : broker.config().dynamics()) (void)write(key, std::nullopt);
    for (const auto& change : changes) {
        const auto* key = find_broker_key(change.name);
        if (key == nullptr)
            return done({ErrorCode::invalid_config, unknown_broker_key(change.name).what});
        auto value = changed(change, key, config.find(change.name).value_or(""));
        if (!value) return done({ErrorCode::invalid_config, value.error().what});
        if (auto set = write(change.name, *value); !set)
            return done({ErrorCode::invalid_config, set.error().what});
    }
    if (validate_only || writes.empty()) return done({});
    log_changes(broker, "broker configuration changed", name, changes);
    for (const auto& [key, value] : config.dynamics())
        if (const auto why = why_without_effect(*find_broker_key(key), value);
            why && !broker.config().dynamics().contains(key))
            broker.events().warn("a broker configuration has no effect",
                                 {{"key", key}, {"value", value}, {"why", *why}});
    broker.configure(std::move(config), writes, [done](const Result<void>& durable) {
        done(durable ? Refusal{} : Refusal{ErrorCode::kafka_storage_error, durable.error().what});
    });
}

struct AlteredResource {
    std::int8_t type = 0;
    std::string name;
};

void alter(Broker& broker, const AlteredResource& resource, const std::vector<Alteration>& changes,
           bool replace_all, bool validate_only, const Outcome& done) {
    for (std::size_t i = 0; i < changes.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (changes[i].name == changes[j].name)
                return done({ErrorCode::invalid_request,
                             "Error due to duplicate config keys: " + changes[i].name});
    if (resource.type == topic_resource)
        return alter_topic(broker, resource.name, changes, replace_all, validate_only, done);
    if (resource.type == broker_resource)
        return alter_broker(broker, resource.name, changes, replace_all, validate_only, done);
    done({ErrorCode::invalid_request,
          "Resources of type " + std::to_string(resource.type) + " have no configuration here."});
}

}  // namespace

void describe_configs(Broker& broker, Request<DescribeConfigsRequest> request,
                      const Reply<DescribeConfigsResponse>& reply) {
    DescribeConfigsResponse response;
    for (const auto& resource : request.body.resources) {
        auto& result = response.results.emplace_back();
        result.resource_type = resource.resource_type;
        result.resource_name = resource.resource_name;
        if (resource.resource_type == topic_resource) {
            describe_topic(broker, request.body, resource.configuration_keys, result);
        } else if (resource.resource_type == broker_resource) {
            describe_broker(broker, request.body, resource.configuration_keys, result);
        } else {
            result.error_code = ErrorCode::invalid_request;
            result.error_message = "Resources of type " + std::to_string(resource.resource_type)
                                   + " have no configuration here.";
        }
    }
    reply(response);
}

// Both requests answer the same, and differ in how they say what is to change.
template <class RequestBody, class Response, class ToChange>
void alter_all(Broker& broker, const RequestBody& body, const Reply<Response>& reply,
               bool replace_all, ToChange to_change) {
    const auto gather = make_gather<Response>(reply);
    auto& results = gather->response.responses;
    results.resize(body.resources.size());
    for (std::size_t i = 0; i < results.size(); ++i) {
        const auto& resource = body.resources[i];
        auto& result = results[i];
        result.resource_type = resource.resource_type;
        result.resource_name = resource.resource_name;
        std::vector<Alteration> changes;
        for (const auto& config : resource.configs) changes.push_back(to_change(config));
        alter(broker, {resource.resource_type, resource.resource_name}, changes, replace_all,
              body.validate_only, gather->part([&result](const Refusal& refusal) {
                  result.error_code = refusal.code;
                  if (refusal.code != ErrorCode::none) result.error_message = refusal.message;
              }));
    }
    gather->one_done();
}

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
