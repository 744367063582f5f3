#include "broker/protocol_page.hpp"

#include <array>

#include "broker/api_table.hpp"
#include "broker/kafka_apis.hpp"

namespace leat::broker {
namespace {

using kafka::AclOperation;
using kafka::ResourceType;

std::string text_of(const std::optional<Authorization>& authorization) {
    if (!authorization) return "–";
    constexpr std::array operations = {
        "READ",     "WRITE",          "CREATE",           "DELETE",        "ALTER",
        "DESCRIBE", "CLUSTER_ACTION", "DESCRIBE_CONFIGS", "ALTER_CONFIGS", "IDEMPOTENT_WRITE"};
    constexpr std::array resources = {"topic", "group", "cluster", "transactional id"};
    const auto at = [](auto value, auto first) {
        return static_cast<std::size_t>(value) - static_cast<std::size_t>(first);
    };
    return std::string{operations.at(at(authorization->operation, AclOperation::read))} + " "
           + resources.at(at(authorization->resource, ResourceType::topic));
}

std::string text_of(const kafka::Versions& versions) {
    if (versions.max < versions.min) return "–";
    auto text = std::to_string(versions.min);
    if (versions.max > versions.min) text += "–" + std::to_string(versions.max);
    return text;
}

std::string flexible_from(const kafka::Versions& versions) {
    return versions.max >= versions.flexible ? std::to_string(versions.flexible) : "–";
}

std::string line_of(const KafkaApi& api) {
    const auto* ours = find_api(api.key);
    std::string note{api.note};
    if (ours != nullptr && ours->versions.max > api.versions.max)
        note += std::string{note.empty() ? "" : ". "} + "Above " + std::to_string(api.versions.max)
                + ": of later Kafka";
    if (ours != nullptr && ours->advertised_min < ours->versions.min)
        note += std::string{note.empty() ? "" : ". "} + "Advertised from "
                + std::to_string(ours->advertised_min) + " on, as Kafka does (KAFKA-18659)";
    return "| " + std::to_string(api.key) + " | " + std::string{api.name} + " | "
           + text_of(api.versions) + " | " + (ours != nullptr ? text_of(ours->versions) : "–")
           + " | " + flexible_from(ours != nullptr ? ours->versions : api.versions) + " | "
           + (ours != nullptr ? text_of(ours->authorized_by) : "–") + " | " + note + " |\n";
}

}  // namespace

std::string protocol_page() {
    std::string page =
        "# The protocol\n\n"
        "Every API of Apache Kafka 4.1.1, at the versions that its brokers advertise to clients, "
        "beside ours. An API without versions of ours is not advertised; the last column says why. "
        "Nobody is asked yet for what authorizes an API.\n\n"
        "Generated from `src/broker/api_table.cpp` and `src/broker/kafka_apis.cpp`: a test holds "
        "the page to them, and `./dev interop configs` the second to a real Kafka.\n\n"
        "| key | API | Kafka | ours | flexible from | authorized by | |\n"
        "|--:|--|--|--|--:|--|--|\n";
    for (const auto& api : kafka_apis()) page += line_of(api);
    return page;
}

}  // namespace leat::broker
