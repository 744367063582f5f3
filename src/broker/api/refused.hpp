// What an operator is told of that a client is refused; bounded, as all of broker.events().
#pragma once

#include "broker/broker.hpp"

namespace leat::broker {

/// Not of a topic that exists already: services ask for theirs at each start.
inline void tell_of_refused_creation(Broker& broker, const RequestContext& context,
                                     const std::string& topic, const Refusal& refusal) {
    if (refusal.code == kafka::ErrorCode::none
        || refusal.code == kafka::ErrorCode::topic_already_exists)
        return;
    broker.events().info("the creation of a topic is refused", {{"topic", topic},
                                                                {"error", name_of(refusal.code)},
                                                                {"why", refusal.message},
                                                                {"client", context.client->host}});
}

/// Not of what is a step of the protocol: a member that shall come again.
inline void tell_of_refused_join(Broker& broker, const RequestContext& context,
                                 const std::string& group, kafka::ErrorCode code) {
    using kafka::ErrorCode;
    switch (code) {
        case ErrorCode::inconsistent_group_protocol:
        case ErrorCode::invalid_group_id:
        case ErrorCode::invalid_session_timeout:
        case ErrorCode::group_max_size_reached:
        case ErrorCode::fenced_instance_id:
        case ErrorCode::policy_violation:
            broker.events().info("a member is refused",
                                 {{"group", group},
                                  {"error", name_of(code)},
                                  {"client_id", context.header.client_id.value_or("")},
                                  {"client", context.client->host}});
            break;
        default:
            break;
    }
}

}  // namespace leat::broker
