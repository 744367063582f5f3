// The table that is the broker: one row an API. Start reading here.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "broker/request.hpp"
#include "kafka/acl.hpp"
#include "kafka/api_key.hpp"

namespace leat::broker {

class Broker;

/// What a principal needs to be allowed to use an API at all, as Kafka has it. Nobody is asked for
/// it yet: every principal is User:ANONYMOUS.
struct Authorization {
    kafka::AclOperation operation;
    kafka::ResourceType resource;
};

struct ApiRow {
    kafka::ApiKey key;
    std::string_view name;
    kafka::Versions versions;
    /// The lowest version that ApiVersions names; below versions.min for Produce only (see
    /// api_table.cpp).
    std::int16_t advertised_min;
    /// Nothing: everybody may, since nothing can be asked before it.
    std::optional<Authorization> authorized_by;
    /// Decodes the body and calls the handler; closes the connection if it is malformed.
    void (*dispatch)(Broker& broker, RequestContext context, ByteView body);
};

/// All rows, by key.
std::span<const ApiRow> api_table();
/// Nothing if the broker does not know the key.
const ApiRow* find_api(std::int16_t key);

}  // namespace leat::broker
