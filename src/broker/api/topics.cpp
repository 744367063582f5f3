// CreateTopics 2–7 (KIP-4, configurations in the answer: KIP-525), DeleteTopics 1–6 (by id:
// KIP-516) and CreatePartitions 0–3 (KIP-195); answered when durable. One broker: an assignment
// names it once, and replication factors above 1 are taken for 1 unless
// leat.accept.any.replication.factor is false.
#include <algorithm>
#include <map>
#include <set>

#include "broker/api/handlers.hpp"
#include "broker/api/refused.hpp"
#include "broker/broker.hpp"
#include "broker/gather.hpp"

namespace leat::broker {
namespace {

using namespace kafka;
using WantedTopic = CreateTopicsRequest::CreatableTopic;
using CreatedTopic = CreateTopicsResponse::CreatableTopicResult;

Refusal bad_assignment(std::string why) {
    return {ErrorCode::invalid_replica_assignment, std::move(why)};
}

// Whether one partition may have these replicas; the sentences are those of Kafka's controller.
// Only this broker once is possible, so all partitions have as many replicas as the first.
Refusal judge_replicas(const Broker& broker, const std::vector<std::int32_t>& replicas) {
    constexpr std::string_view assignment = "The manual partition assignment includes ";
    if (replicas.empty()) return bad_assignment(std::string{assignment} + "an empty replica list.");
    auto sorted = replicas;
    std::ranges::sort(sorted);
    if (const auto twice = std::ranges::adjacent_find(sorted); twice != sorted.end())
        return bad_assignment(std::string{assignment} + "the broker " + std::to_string(*twice)
                              + " more than once.");
    for (const auto id : sorted)
        if (id != broker.node_id())
            return bad_assignment(std::string{assignment} + "broker " + std::to_string(id)
                                  + ", but no such broker is registered.");
    return {};
}

// Turns what the client wants into a NewTopic, or says why it cannot be; in Kafka's order.
Refusal interpret(Broker& broker, const WantedTopic& wanted, Topics::NewTopic& topic) {
    topic.name = wanted.name;
    topic.partitions = wanted.num_partitions;
    topic.replication_factor = wanted.replication_factor;
    if (auto refusal = broker.topics().check_new_name(wanted.name); refusal.code != ErrorCode::none)
        return refusal;
    for (const auto& config : wanted.configs) {
        if (!config.value)
            return {ErrorCode::invalid_config,
                    "Null value not supported for topic configs: " + config.name};
        topic.overrides[config.name] = *config.value;
    }
    if (auto checked = checked_topic_config(broker.config(), topic.overrides); !checked)
        return {ErrorCode::invalid_config, checked.error().what};
    if (wanted.assignments.empty()) return {};
    if (wanted.replication_factor != -1)
        return {ErrorCode::invalid_request,
                "A manual partition assignment was specified, but replication factor was not set "
                "to -1."};
    if (wanted.num_partitions != -1)
        return {ErrorCode::invalid_request,
                "A manual partition assignment was specified, but numPartitions was not set to "
                "-1."};
    std::set<std::int32_t> indexes;
    for (const auto& assignment : wanted.assignments) {
        if (!indexes.insert(assignment.partition_index).second)
            return bad_assignment("Found multiple manual partition assignments for partition "
                                  + std::to_string(assignment.partition_index));
        if (auto refusal = judge_replicas(broker, assignment.broker_ids);
            refusal.code != ErrorCode::none)
            return refusal;
    }
    const auto count = static_cast<std::int32_t>(indexes.size());
    if (*indexes.begin() != 0 || *indexes.rbegin() != count - 1)
        return bad_assignment("partitions should be a consecutive 0-based integer sequence");
    topic.partitions = count;
    topic.replication_factor = 1;
    return {};
}

// Whether `added` new partitions may have these assignments, one each.
template <class Assignments>
Refusal judge_additions(const Broker& broker, const Assignments& assignments, std::int32_t added) {
    if (assignments.size() != static_cast<std::size_t>(added))
        return bad_assignment(
            "Attempted to add " + std::to_string(added) + " additional partition(s), but only "
            + std::to_string(assignments.size()) + " assignment(s) were specified.");
    for (const auto& assignment : assignments)
        if (auto refusal = judge_replicas(broker, assignment.broker_ids);
            refusal.code != ErrorCode::none)
            return refusal;
    return {};
}

void answer(Broker& broker, const Topics::NewTopic& wanted, const Refusal& refusal,
            CreatedTopic& result) {
    result.error_code = refusal.code;
    result.configs.emplace();
    if (refusal.code != ErrorCode::none) {
        result.error_message = refusal.message;
        return;
    }
    const auto& config = broker.config();
    if (const auto topic = broker.topics().find(wanted.name)) result.topic_id = topic->id;
    result.num_partitions = wanted.partitions != -1
                                ? wanted.partitions
                                : static_cast<std::int32_t>(config.number("num.partitions"));
    result.replication_factor = 1;
    for (const auto& key : topic_keys()) {
        auto& shown = result.configs->emplace_back();
        shown.name = std::string{key.name};
        const auto at = wanted.overrides.find(key.name);
        const bool own = at != wanted.overrides.end();
        shown.value = own ? at->second : config.topic_default(key);  // as it was asked for
        shown.config_source = static_cast<std::int8_t>(own ? ConfigSource::dynamic_topic
                                                           : config.topic_default_source(key));
    }
}

// Kafka answers once for a topic that was named several times, behind the others.
template <class Wanted, class Result>
std::vector<Wanted> named_once(const std::vector<Wanted>& all, std::vector<Result>& results) {
    std::map<std::string, int> times;
    for (const auto& wanted : all) ++times[wanted.name];
    std::vector<Wanted> once;
    for (const auto& wanted : all)
        if (times[wanted.name] == 1) once.push_back(wanted);
    results.resize(once.size());
    for (const auto& [name, count] : times) {
        if (count == 1) continue;
        auto& result = results.emplace_back();
        result.name = name;
        result.error_code = ErrorCode::invalid_request;
        result.error_message = "Duplicate topic name.";
        if constexpr (requires { result.configs; }) result.configs.emplace();
    }
    return once;
}

}  // namespace

void create_topics(Broker& broker, Request<CreateTopicsRequest> request,
                   const Reply<CreateTopicsResponse>& reply) {
    const auto gather = make_gather<CreateTopicsResponse>(reply);
    auto& results = gather->response.topics;
    const auto once = named_once(request.body.topics, results);
    std::size_t judged = 0;  // partitions of this request that would be made
    for (std::size_t i = 0; i < once.size(); ++i) {
        auto& result = results[i];
        result.name = once[i].name;
        Topics::NewTopic topic;
        auto refusal = interpret(broker, once[i], topic);
        if (refusal.code == ErrorCode::none) refusal = broker.topics().check_new(topic, judged);
        if (request.body.validate_only) {
            answer(broker, topic, refusal, result);
            if (refusal.code == ErrorCode::none)
                judged += static_cast<std::size_t>(result.num_partitions);
            continue;
        }
        const auto outcome = [&broker, topic, &result,
                              context = request.context](const Refusal& created) {
            tell_of_refused_creation(broker, context, topic.name, created);
            answer(broker, topic, created, result);
        };
        if (refusal.code != ErrorCode::none)
            outcome(refusal);
        else
            broker.topics().create(topic, gather->part(outcome));
    }
    gather->one_done();
}

void delete_topics(Broker& broker, Request<DeleteTopicsRequest> request,
                   const Reply<DeleteTopicsResponse>& reply) {
    using Wanted = DeleteTopicsRequest::DeleteTopicState;
    auto wanted = request.body.topics;
    if (request.version() < 6) {
        wanted.clear();
        for (const auto& name : request.body.topic_names) wanted.push_back(Wanted{name, {}});
    }
    const auto gather = make_gather<DeleteTopicsResponse>(reply);
    auto& results = gather->response.responses;
    results.resize(wanted.size());
    std::multiset<Uuid> found;
    for (const auto& one : wanted)
        if (const auto topic =
                one.name ? broker.topics().find(*one.name) : broker.topics().find(one.topic_id))
            found.insert(topic->id);
    for (std::size_t i = 0; i < results.size(); ++i) {
        auto& result = results[i];
        const auto topic = wanted[i].name ? broker.topics().find(*wanted[i].name)
                                          : broker.topics().find(wanted[i].topic_id);
        result.name = topic ? topic->name : wanted[i].name;
        result.topic_id = topic ? topic->id : wanted[i].topic_id;
        if (!topic) {
            result.error_code = wanted[i].name ? ErrorCode::unknown_topic_or_partition
                                               : ErrorCode::unknown_topic_id;
        } else if (found.count(topic->id) > 1) {
            result.error_code = ErrorCode::invalid_request;
            result.error_message = "The topic is named more than once.";
        } else if (topic->is_internal()) {
            result.error_code = ErrorCode::topic_authorization_failed;
            result.error_message = "The broker keeps group offsets in this topic.";
        } else if (!broker.config().flag("delete.topic.enable")) {
            result.error_code = ErrorCode::topic_deletion_disabled;
            result.error_message = "delete.topic.enable is false.";
        } else {
            broker.topics().remove(topic->name, gather->part([&result](const Refusal& outcome) {
                result.error_code = outcome.code;
                if (outcome.code != ErrorCode::none) result.error_message = outcome.message;
            }));
        }
    }
    gather->one_done();
}

void create_partitions(Broker& broker, Request<CreatePartitionsRequest> request,
                       const Reply<CreatePartitionsResponse>& reply) {
    const auto gather = make_gather<CreatePartitionsResponse>(reply);
    auto& results = gather->response.results;
    const auto once = named_once(request.body.topics, results);
    std::size_t judged = 0;  // partitions of this request that would be made
    for (std::size_t i = 0; i < once.size(); ++i) {
        const auto& wanted = once[i];
        auto& result = results[i];
        result.name = wanted.name;
        const auto outcome = [&result](const Refusal& refusal) {
            result.error_code = refusal.code;
            if (refusal.code != ErrorCode::none) result.error_message = refusal.message;
        };
        auto refusal = broker.topics().check_growth(wanted.name, wanted.count, judged);
        const auto topic = broker.topics().find(wanted.name);
        const auto added = topic ? wanted.count - topic->partition_count : 0;
        if (refusal.code == ErrorCode::none && wanted.assignments)
            refusal = judge_additions(broker, *wanted.assignments, added);
        if (refusal.code != ErrorCode::none) {
            outcome(refusal);
        } else if (request.body.validate_only) {
            judged += static_cast<std::size_t>(added);
        } else {
            broker.topics().grow(wanted.name, wanted.count, gather->part(outcome));
        }
    }
    gather->one_done();
}

}  // namespace leat::broker
