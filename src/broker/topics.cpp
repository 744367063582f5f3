#include "broker/topics.hpp"

#include <algorithm>
#include <set>

#include "base/log.hpp"
#include "broker/topic_state.hpp"
#include "storage/removal.hpp"

namespace leat::broker {
namespace {

using kafka::ErrorCode;

constexpr std::int32_t max_partitions_of_topic = 10'000;

Refusal refusal(ErrorCode code, std::string message) { return {code, std::move(message)}; }

Refusal outcome_of(const Result<void>& result) {
    if (result) return {};
    return {ErrorCode::kafka_storage_error, result.error().what};
}

// Kafka's metric names turn '.' into '_', so names that differ only there collide.
std::string collision_form(std::string_view name) {
    std::string form{name};
    std::ranges::replace(form, '.', '_');
    return form;
}

std::string state_key(std::string_view prefix, std::string_view name) {
    return std::string{prefix}.append(name);
}

}  // namespace

Topics::Topics(const Runtime& runtime, const Config& config, const Owners& owners)
    : runtime_(runtime),
      config_(config),
      data_dir_(owners.data_dir),
      flusher_(owners.flusher),
      state_(owners.state),
      events_(owners.events) {}

Topics::~Topics() {
    *alive_ = false;
    for (const auto& [name, topic] : by_name_)
        for (const auto& partition : topic->partitions)
            if (partition) partition->abandon();
}

Result<void> Topics::open_all() {
    if (auto done = remove_leftovers(); !done) return done;
    if (auto done = finish_deletions(); !done) return done;
    Result<void> result;
    state_.for_each(topic_prefix, [&](const std::string& key, const std::string& value) {
        if (!result) return;
        auto topic = std::make_shared<Topic>();
        topic->name = key.substr(topic_prefix.size());
        const auto state = from_state<TopicState>(value);
        if (!state) {
            result = Error{Errc::corrupt, "the state of topic '" + topic->name
                                              + "' cannot be read; a newer version wrote it?"};
            return;
        }
        topic->id = state->id;
        ConfigMap stored;
        for (const auto& entry : state->overrides) stored[entry.name] = entry.value;
        topic->overrides = usable_overrides(topic->name, stored);
        tell_without_effect(*topic);
        topic->partition_count = state->partitions;
        result = open_partitions(*topic);
        if (result) insert(std::move(topic));
    });
    return result;
}

// An earlier version may have kept what this one does not take.
ConfigMap Topics::usable_overrides(const std::string& topic, const ConfigMap& stored) const {
    ConfigMap usable;
    for (const auto& [name, value] : stored) {
        auto canonical = topic_config_value(name, value);
        if (canonical)
            usable.emplace(name, std::move(*canonical));
        else
            log::warn("a stored configuration is not used",
                      {{"topic", topic}, {"error", canonical.error().what}});
    }
    return usable;
}

// Of a key, whatever its values: a client may set any number of them.
void Topics::tell_once(const std::string& key, const std::string& value, const std::string& topic,
                       std::string_view why) {
    if (told_.emplace(key, why).second)
        log::warn("what a topic asks for has no effect; this is said once",
                  {{"asked", key + "=" + value}, {"topic", topic}, {"why", why}});
}

void Topics::tell_without_effect(const Topic& topic, std::int16_t replication_factor) {
    if (topic.is_internal()) return;  // the coordinator trims it itself
    if (replication_factor > 1)
        tell_once("replication.factor", std::to_string(replication_factor), topic.name,
                  "there is one node, so each partition has one replica");
    for (const auto& [name, value] : topic.overrides)
        if (const auto why = why_without_effect(*find_topic_key(name), value))
            tell_once(name, value, topic.name, *why);
}

// Folders whose removal a stop or a kill broke off.
Result<void> Topics::remove_leftovers() {
    auto paths = data_dir_.leftovers();
    if (!paths) return paths.error();
    storage::remove_trees_in_steps(runtime_.disk, runtime_.pool, *paths, [] {});
    return {};
}

Result<void> Topics::finish_deletions() {
    std::set<Uuid> deleting;
    std::set<std::string> names;
    std::vector<std::string> keys;
    state_.for_each(deleting_prefix, [&](const std::string& key, const std::string& name) {
        keys.push_back(key);
        names.insert(name);
        if (const auto id = Uuid::parse(std::string_view{key}.substr(deleting_prefix.size())))
            deleting.insert(*id);
    });
    if (keys.empty()) return {};
    const auto found = data_dir_.partitions();
    if (!found) return found.error();
    std::vector<storage::TopicPartition> folders;
    for (const auto& [partition, topic_id] : *found)
        // A power cut may have taken the id of a folder that no sync covered: nothing in it was
        // acknowledged, and a new topic must not find it.
        if (deleting.contains(topic_id) || (topic_id.is_zero() && names.contains(partition.topic)))
            folders.push_back(partition);
    return remove_folders(folders, std::move(keys));
}

// The markers go last: whatever a power cut brings back of the folders, a start takes away by them.
Result<void> Topics::remove_folders(const std::vector<storage::TopicPartition>& partitions,
                                    std::vector<std::string> markers) {
    std::vector<std::string> paths;
    for (const auto& partition : partitions) {
        auto path = data_dir_.delete_log(partition);
        if (!path) return path.error();
        if (*path) paths.push_back(std::move(**path));
    }
    const auto erase_markers = [this, markers = std::move(markers), alive = alive_] {
        if (!*alive) return;
        for (const auto& marker : markers) state_.erase(marker, [](const Result<void>&) {});
    };
    const auto durable = std::make_shared<Result<void>>();
    runtime_.pool.run(
        // Else a power cut may leave a folder under its old name with some files gone.
        [&disk = runtime_.disk, dir = data_dir_.path(), durable] { *durable = disk.sync_dir(dir); },
        [this, durable, paths, erase_markers, alive = alive_] {
            if (*alive && *durable)
                storage::remove_trees_in_steps(runtime_.disk, runtime_.pool, paths, erase_markers);
        });
    return {};
}

Result<void> Topics::open_partitions(Topic& topic) {
    const auto log_config = config_.log_config(topic.overrides);
    for (auto i = static_cast<std::int32_t>(topic.partitions.size()); i < topic.partition_count;
         ++i) {
        const storage::TopicPartition id{topic.name, i};
        auto opened = data_dir_.open_log(id, topic.id, log_config, runtime_.clock.wall_ms());
        if (!opened) return opened.error();
        std::shared_ptr<storage::Log> log = std::move(*opened);
        flusher_.add(id, log);
        topic.partitions.push_back(std::make_shared<Partition>(id, std::move(log), flusher_));
        ++partition_count_;
    }
    return {};
}

void Topics::insert(std::shared_ptr<Topic> topic) {
    apply_config(*topic);
    by_id_[topic->id] = topic;
    const auto name = topic->name;
    by_name_[name] = std::move(topic);
}

void Topics::apply_config(Topic& topic) {
    const auto value = [&](std::string_view name) {
        return config_.topic_value(*find_topic_key(name), topic.overrides);
    };
    topic.max_message_bytes = std::stoul(value("max.message.bytes"));
    topic.timestamp_before_max_ms = std::stoll(value("message.timestamp.before.max.ms"));
    topic.timestamp_after_max_ms = std::stoll(value("message.timestamp.after.max.ms"));
    topic.max_inflated_bytes = static_cast<std::size_t>(config_.number("socket.request.max.bytes"));
    topic.keys_required = value("cleanup.policy").find("compact") != std::string::npos;
    topic.compress_with = config_.compression(topic.overrides);
    const auto log_config = config_.log_config(topic.overrides);
    for (const auto& partition : topic.partitions) partition->log().set_config(log_config);
}

void Topics::defaults_changed() {
    for (const auto& [name, topic] : by_name_) apply_config(*topic);
}

std::shared_ptr<Topic> Topics::find(std::string_view name) const {
    const auto at = by_name_.find(name);
    return at == by_name_.end() ? nullptr : at->second;
}

std::shared_ptr<Topic> Topics::find(const Uuid& id) const {
    const auto at = by_id_.find(id);
    return at == by_id_.end() ? nullptr : at->second;
}

Refusal Topics::check_new_name(const std::string& name) const {
    if (auto named = check_topic_name(name); !named)
        return refusal(ErrorCode::invalid_topic_exception, named.error().what);
    // Ours, and Kafka's, of metadata: nobody is to write into the first.
    if (name == state_log_name || name == "__cluster_metadata")
        return refusal(ErrorCode::invalid_request,
                       "Creation of internal topic " + name + " is prohibited.");
    if (by_name_.contains(name) || creating_.contains(name))
        return refusal(ErrorCode::topic_already_exists, "Topic '" + name + "' already exists.");
    const auto form = collision_form(name);
    for (const auto& [other, existing] : by_name_)
        if (collision_form(other) == form)
            return refusal(ErrorCode::invalid_topic_exception,
                           "Topic '" + name + "' collides with existing topic '" + other
                               + "': '.' and '_' count as the same.");
    return {};
}

bool Topics::has_room_for(std::size_t partitions) const {
    return partition_count_ + promised_partitions_ + partitions
           <= static_cast<std::size_t>(config_.number("leat.max.partitions"));
}

Refusal Topics::check_new(const NewTopic& topic, std::size_t others) const {
    if (auto named = check_new_name(topic.name); named.code != ErrorCode::none) return named;
    if (auto checked = checked_topic_config(config_, topic.overrides); !checked)
        return refusal(ErrorCode::invalid_config, checked.error().what);
    if (topic.replication_factor == 0 || topic.replication_factor < -1
        || (topic.replication_factor > 1 && !config_.flag("leat.accept.any.replication.factor")))
        return refusal(ErrorCode::invalid_replication_factor,
                       "Replication factor " + std::to_string(topic.replication_factor)
                           + " is not possible: there is one broker.");
    if (topic.partitions == 0 || topic.partitions < -1)
        return refusal(ErrorCode::invalid_partitions,
                       "Number of partitions was set to an invalid non-positive value.");
    const auto count = topic.partitions < 0 ? config_.number("num.partitions") : topic.partitions;
    if (count > max_partitions_of_topic || !has_room_for(others + static_cast<std::size_t>(count)))
        return refusal(ErrorCode::policy_violation,
                       std::to_string(count) + " more partitions are over the limit "
                           + "(leat.max.partitions, or 10000 for one topic).");
    return {};
}

std::string Topics::encoded(const Topic& topic) const {
    TopicState state{topic.id, topic.partition_count, {}};
    for (const auto& [name, value] : topic.overrides) state.overrides.push_back({name, value});
    return to_state(state);
}

void Topics::create(const NewTopic& wanted, Done done) {
    if (auto refusal = check_new(wanted); refusal.code != ErrorCode::none)
        return done(std::move(refusal));
    auto topic = std::make_shared<Topic>();
    topic->name = wanted.name;
    topic->id = Uuid::random();
    topic->overrides = *checked_topic_config(config_, wanted.overrides);
    tell_without_effect(*topic, wanted.replication_factor);
    topic->partition_count = wanted.partitions > 0
                                 ? wanted.partitions
                                 : static_cast<std::int32_t>(config_.number("num.partitions"));
    creating_.insert(wanted.name);
    const auto promised = static_cast<std::size_t>(topic->partition_count);
    promised_partitions_ += promised;
    state_.put(state_key(topic_prefix, topic->name), encoded(*topic),
               [this, topic, promised, done = std::move(done)](const Result<void>& durable) {
                   creating_.erase(topic->name);
                   promised_partitions_ -= promised;
                   if (!durable) return done(outcome_of(durable));
                   auto opened = open_partitions(*topic);
                   insert(topic);  // it exists, even if a log of it could not be opened
                   events_.info("topic created",
                                {{"topic", topic->name}, {"partitions", topic->partition_count}});
                   done(outcome_of(opened));
               });
}

void Topics::remove(const std::string& name, Done done) {
    const auto topic = find(name);
    if (!topic)
        return done(refusal(ErrorCode::unknown_topic_or_partition,
                            "This server does not host this topic-partition."));
    by_name_.erase(name);
    by_id_.erase(topic->id);
    partition_count_ -= topic->partitions.size();
    creating_.insert(name);  // the name is taken until its folders are out of the way
    const auto removal = std::make_shared<Removal>();
    removal->topic = topic;
    removal->marker = state_key(deleting_prefix, topic->id.to_string());
    removal->done = std::move(done);
    removal->awaited = topic->partitions.size() + 1;
    state_.apply({{state_key(topic_prefix, name), std::nullopt}, {removal->marker, name}},
                 [this, removal](const Result<void>& durable) {
                     if (durable) return let_go(removal);
                     creating_.erase(removal->topic->name);
                     partition_count_ += removal->topic->partitions.size();
                     insert(removal->topic);  // nothing has happened to it
                     removal->done(outcome_of(durable));
                 });
}

void Topics::let_go(const std::shared_ptr<Removal>& removal) {
    if (on_leaving) {
        ++removal->awaited;
        on_leaving(*removal->topic, [this, removal] { advance(*removal); });
    }
    for (const auto& partition : removal->topic->partitions) {
        flusher_.remove(partition->log(), [this, removal] { advance(*removal); });
        partition->close();
    }
    events_.info("topic deleted", {{"topic", removal->topic->name}});
    if (on_removed) on_removed(*removal->topic);
    advance(*removal);
}

// One of the things that a removal waits for has happened.
void Topics::advance(Removal& removal) {
    if (--removal.awaited > 0) return;
    creating_.erase(removal.topic->name);
    std::vector<storage::TopicPartition> ids;
    for (const auto& partition : removal.topic->partitions) ids.push_back(partition->id());
    removal.done(outcome_of(remove_folders(ids, {removal.marker})));
}

Refusal Topics::check_growth(const std::string& name, std::int32_t count,
                             std::size_t others) const {
    const auto topic = find(name);
    if (!topic)
        return refusal(ErrorCode::unknown_topic_or_partition,
                       "The topic '" + name + "' does not exist.");
    const auto now = topic->partition_count;
    if (count <= now)
        return refusal(ErrorCode::invalid_partitions,
                       "Topic currently has " + std::to_string(now)
                           + " partitions, which is higher than or equal to the requested "
                           + std::to_string(count) + ".");
    if (count > max_partitions_of_topic
        || !has_room_for(others + static_cast<std::size_t>(count - now)))
        return refusal(ErrorCode::invalid_partitions,
                       std::to_string(count) + " partitions are over the limit "
                           + "(leat.max.partitions, or 10000 for one topic).");
    return {};
}

void Topics::grow(const std::string& name, std::int32_t count, Done done) {
    if (auto refusal = check_growth(name, count); refusal.code != ErrorCode::none)
        return done(std::move(refusal));
    const auto topic = find(name);
    const auto now = topic->partition_count;
    const auto promised = static_cast<std::size_t>(count - now);
    promised_partitions_ += promised;
    topic->partition_count = count;
    state_.put(state_key(topic_prefix, name), encoded(*topic),
               [this, topic, now, promised, done = std::move(done)](const Result<void>& durable) {
                   promised_partitions_ -= promised;
                   if (!durable) {
                       // When one fails, so do those that came after it.
                       topic->partition_count = std::min(topic->partition_count, now);
                       return done(outcome_of(durable));
                   }
                   events_.info("partitions added",
                                {{"topic", topic->name}, {"partitions", topic->partition_count}});
                   done(outcome_of(open_partitions(*topic)));
               });
}

void Topics::configure(const std::string& name, ConfigMap overrides, Done done) {
    const auto topic = find(name);
    check(topic != nullptr, "only a topic that exists is configured");
    const auto mine = topic->changes.begin(topic->overrides, std::move(overrides));
    topic->overrides = *mine;
    apply_config(*topic);
    tell_without_effect(*topic);
    state_.put(state_key(topic_prefix, name), encoded(*topic),
               [this, topic, mine, done = std::move(done)](const Result<void>& durable) {
                   topic->overrides = topic->changes.settle(mine, durable.ok());
                   if (!durable) apply_config(*topic);
                   done(outcome_of(durable));
               });
}

}  // namespace leat::broker
