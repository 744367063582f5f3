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

}  // namespace leat::broker
