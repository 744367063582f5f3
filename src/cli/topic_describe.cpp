// Gathers what several APIs know of a topic.
#include "cli/topic_describe.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <map>

#include "cli/config_edit.hpp"
#include "cli/output.hpp"
#include "client/offsets.hpp"
#include "kafka/messages/log_dirs.hpp"

namespace leat::cli {
namespace {

using kafka::ErrorCode;

std::string joined(const std::vector<std::int32_t>& nodes) {
    std::string text;
    for (const auto node : nodes) text += (text.empty() ? "" : ",") + std::to_string(node);
    return text;
}

// Bytes on the leader's disk, by partition; empty where the broker does not tell.
std::map<std::int32_t, std::int64_t> sizes_of(client::Cluster& cluster,
                                              const client::Topic& topic) {
    std::map<std::int32_t, std::vector<std::int32_t>> by_leader;
    for (const auto& p : topic.partitions) by_leader[p.leader_id].push_back(p.partition_index);
    std::map<std::int32_t, std::int64_t> sizes;
    for (const auto& [node, partitions] : by_leader) {
        kafka::DescribeLogDirsRequest request;
        request.topics.emplace().push_back({*topic.name, partitions});
        auto response =
            cluster.call<kafka::DescribeLogDirsResponse>(client::Target::node(node), request);
        if (!response) continue;
        for (const auto& dir : response->results)
            for (const auto& found : dir.topics)
                for (const auto& p : found.partitions)
                    if (!p.is_future_key) sizes[p.partition_index] += p.partition_size;
    }
    return sizes;
}

Result<Table> partitions_table(client::Cluster& cluster, const client::Topic& topic) {
    Table table{.columns = {{"partition", "PARTITION"},
                            {"leader", "LEADER"},
                            {"replicas", "REPLICAS"},
                            {"isr", "ISR"},
                            {"leader_epoch", "EPOCH"},
                            {"begin_offset", "BEGIN"},
                            {"end_offset", "END"},
                            {"records", "RECORDS"},
                            {"size_bytes", "BYTES"}},
                .rows = {}};
    std::vector<client::TopicPartition> led;
    for (const auto& p : topic.partitions)
        if (p.leader_id >= 0) led.push_back({*topic.name, p.partition_index});
    auto ranges = client::offset_ranges(cluster, led);
    if (!ranges) return ranges.error();
    const auto sizes = sizes_of(cluster, topic);
    for (const auto& p : topic.partitions) {
        const auto range = std::ranges::find_if(
            *ranges, [&](const auto& r) { return r.partition.partition == p.partition_index; });
        const bool known = range != ranges->end();
        const auto size = sizes.find(p.partition_index);
        table.rows.push_back(
            {std::int64_t{p.partition_index}, cell_if_known(p.leader_id), joined(p.replica_nodes),
             joined(p.isr_nodes), cell_if_known(p.leader_epoch),
             cell_if_known(known ? range->begin : -1), cell_if_known(known ? range->end : -1),
             cell_if_known(known ? range->end - range->begin : -1),
             cell_if_known(size == sizes.end() ? -1 : size->second)});
    }
    return table;
}

std::int64_t total(const Table& table, std::string_view column) {
    const auto at = std::ranges::find(table.columns, column, &Column::name) - table.columns.begin();
    std::int64_t sum = 0;
    for (const auto& row : table.rows)
        if (const auto* number = std::get_if<std::int64_t>(&row[static_cast<std::size_t>(at)]))
            sum += *number;
    return sum;
}

boost::json::object json_of(const client::Topic& topic, const Table& partitions,
                            const std::vector<ConfigEntry>& configs) {
    boost::json::object object{{"topic", *topic.name},
                               {"topic_id", topic.topic_id.to_string()},
                               {"internal", topic.is_internal},
                               {"records", total(partitions, "records")},
                               {"size_bytes", total(partitions, "size_bytes")},
                               {"partitions", to_json(partitions)}};
    auto rows = to_json(partitions);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        rows[i].as_object()["replicas"] =
            boost::json::value_from(topic.partitions[i].replica_nodes);
        rows[i].as_object()["isr"] = boost::json::value_from(topic.partitions[i].isr_nodes);
    }
    object["partitions"] = std::move(rows);
    boost::json::object changed;
    for (const auto& entry : configs)
        if (!entry.is_default)
            changed[entry.name] = entry.value ? boost::json::value(*entry.value) : nullptr;
    object["configs"] = std::move(changed);
    return object;
}

void print_topic(const client::Topic& topic, const Table& partitions,
                 const std::vector<ConfigEntry>& configs) {
    std::printf("%s  id %s%s  %zu partitions, %lld records, %s\n",
                heading("Topic " + *topic.name).c_str(), topic.topic_id.to_string().c_str(),
                topic.is_internal ? ", internal" : "", topic.partitions.size(),
                static_cast<long long>(total(partitions, "records")),
                human_bytes(total(partitions, "size_bytes")).c_str());
    for (const auto& entry : configs)
        if (!entry.is_default)
            std::printf("  %s=%s\n", shown(entry.name).c_str(),
                        shown(entry.value.value_or("(hidden)")).c_str());
    print(partitions, false);
}

}  // namespace

int describe_topics(client::Cluster& cluster, const Session& session,
                    const std::vector<std::string>& topics) {
    int code = exit_ok;
    boost::json::array all;
    for (const auto& name : topics) {
        auto topic = cluster.topic(name);
        if (!topic) {
            code = report(topic.error());
            continue;
        }
        std::ranges::sort(topic->partitions, {},
                          &client::Topic::MetadataResponsePartition::partition_index);
        auto partitions = partitions_table(cluster, *topic);
        if (!partitions) return report(partitions.error());
        auto configs = read_configs(cluster, {ConfigResource::topic, name}, {});
        if (!configs) return report(configs.error());
        if (session.json) {
            all.emplace_back(json_of(*topic, *partitions, *configs));
            continue;
        }
        if (&name != &topics.front()) std::printf("\n");
        print_topic(*topic, *partitions, *configs);
    }
    if (session.json) print(boost::json::value(std::move(all)));
    return code;
}

}  // namespace leat::cli
