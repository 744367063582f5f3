#include "cli/stored_records.hpp"

#include "broker/group/group_records.hpp"
#include "broker/topic_state.hpp"
#include "broker/topics.hpp"
#include "cli/record_json.hpp"

namespace leat::cli {
namespace {

using boost::json::object;
using boost::json::value;

std::string_view text_or_empty(const std::optional<ByteView>& bytes) {
    return bytes ? as_text(*bytes) : std::string_view{};
}

object control(const kafka::RecordView& record) {
    const auto key = record.key.value_or(ByteView{});
    if (key.size() < 4) return {{"error", "a control record without a type"}};
    const auto type = load_be<std::int16_t>(key.data() + 2);
    object json;
    json["type"] = type == 0 ? "abort" : type == 1 ? "commit" : "control";
    if (type < 0 || type > 1) json["control_type"] = type;
    if (const auto body = record.value.value_or(ByteView{}); type <= 1 && body.size() >= 6)
        json["coordinator_epoch"] = load_be<std::int32_t>(body.data() + 2);
    return json;
}

object offset_commit(const broker::DecodedOffset& decoded) {
    object json{{"type", "offset_commit"},
                {"group", decoded.key.group},
                {"topic", decoded.key.topic},
                {"partition", decoded.key.partition}};
    if (!decoded.value) return json["erased"] = true, json;
    const auto& commit = *decoded.value;
    json["offset"] = commit.offset;
    json["leader_epoch"] = commit.leader_epoch;
    json["metadata"] = commit.metadata;
    json["commit_timestamp"] = commit.commit_timestamp;
    if (commit.expire_timestamp >= 0) json["expire_timestamp"] = commit.expire_timestamp;
    if (!commit.topic_id.is_zero()) json["topic_id"] = commit.topic_id.to_string();
    return json;
}

value text_or_null(const std::optional<std::string>& text) { return text ? value(*text) : value{}; }

object group(const broker::DecodedGroup& decoded) {
    object json{{"type", "group"}, {"group", decoded.group_id}};
    if (!decoded.value) return json["erased"] = true, json;
    const auto& state = *decoded.value;
    json["protocol_type"] = state.protocol_type;
    json["generation"] = state.generation;
    json["protocol"] = text_or_null(state.protocol);
    json["leader"] = text_or_null(state.leader);
    json["state_timestamp"] = state.current_state_timestamp;
    boost::json::array members;
    for (const auto& member : state.members) {
        object one{{"member_id", member.member_id},
                   {"instance_id", text_or_null(member.group_instance_id)},
                   {"client_id", member.client_id},
                   {"host", member.client_host},
                   {"rebalance_timeout_ms", member.rebalance_timeout},
                   {"session_timeout_ms", member.session_timeout}};
        put_bytes(one, "subscription", ByteView{member.subscription});
        put_bytes(one, "assignment", ByteView{member.assignment});
        members.emplace_back(std::move(one));
    }
    json["members"] = std::move(members);
    return json;
}

object of_offsets_topic(const kafka::RecordView& record) {
    if (!record.key) return {{"error", "a record without a key"}};
    const auto decoded = broker::decode_group_record(*record.key, record.value);
    if (!decoded) return {{"error", decoded.error().what}};
    if (const auto* offset = std::get_if<broker::DecodedOffset>(&*decoded))
        return offset_commit(*offset);
    if (const auto* state = std::get_if<broker::DecodedGroup>(&*decoded)) return group(*state);
    return {{"type", "unknown"}, {"key_type", std::get<broker::DecodedUnknown>(*decoded).type}};
}

object topic_state(std::string_view name, std::string_view bytes) {
    object json{{"type", "topic"}, {"topic", name}};
    const auto state = broker::from_state<broker::TopicState>(bytes);
    if (!state)
        return {{"error", "the state of topic '" + std::string{name}
                              + "' cannot be read; a newer version wrote it?"}};
    json["topic_id"] = state->id.to_string();
    json["partitions"] = state->partitions;
    object configs;
    for (const auto& entry : state->overrides) configs[entry.name] = entry.value;
    json["configs"] = std::move(configs);
    return json;
}

object of_state_log(const kafka::RecordView& record) {
    const auto key = text_or_empty(record.key);
    const auto bytes = text_or_empty(record.value);
    const auto behind = [&](std::string_view prefix) { return key.substr(prefix.size()); };
    object json;
    if (key.starts_with(broker::topic_prefix)) {
        if (record.value) return topic_state(behind(broker::topic_prefix), bytes);
        json = {{"type", "topic"}, {"topic", behind(broker::topic_prefix)}};
    } else if (key.starts_with(broker::deleting_prefix)) {
        json = {{"type", "deleting"}, {"topic_id", behind(broker::deleting_prefix)}};
        if (record.value) put_bytes(json, "topic", record.value);
    } else if (key.starts_with(broker::broker_config_prefix)) {
        json = {{"type", "broker_config"}, {"name", behind(broker::broker_config_prefix)}};
        if (record.value) put_bytes(json, "setting", record.value);
    } else if (key.starts_with(broker::own_config_prefix)) {
        json = {{"type", "this_broker_config"}, {"name", behind(broker::own_config_prefix)}};
        if (record.value) put_bytes(json, "setting", record.value);
    } else if (key == broker::producer_id_key) {
        json = {{"type", "producer_id_block"}};
        if (bytes.size() == sizeof(std::int64_t))
            json["ids_given_out_below"] = load_be<std::int64_t>(as_bytes(bytes).data());
        else if (record.value)
            return {{"error", "the block of producer ids is not of 8 bytes"}};
    } else {
        json = {{"type", "unknown"}};
    }
    if (!record.value) json["erased"] = true;
    return json;
}

}  // namespace

std::optional<boost::json::object> meaning_of(const std::string& topic,
                                              const kafka::BatchHeader& batch,
                                              const kafka::RecordView& record) {
    if (batch.is_control()) return control(record);
    if (topic == broker::offsets_topic) return of_offsets_topic(record);
    if (topic == broker::state_log_name) return of_state_log(record);
    return std::nullopt;
}

}  // namespace leat::cli
