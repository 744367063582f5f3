// ConsumerGroupHeartbeat 0–1 (KIP-848): refused, as by a Kafka that is restricted to classic
// groups. Advertised nevertheless: a client that finds it missing waits for a better broker without
// a word, and one that is refused tells its user.
#include "broker/api/handlers.hpp"
#include "broker/broker.hpp"

namespace leat::broker {

using namespace kafka;

void consumer_group_heartbeat(Broker& broker, Request<ConsumerGroupHeartbeatRequest> request,
                              const Reply<ConsumerGroupHeartbeatResponse>& reply) {
    broker.events().warn(
        "a consumer asks for the new group protocol (KIP-848) and is refused",
        {{"group", request.body.group_id}, {"client", request.context.client->host}});
    ConsumerGroupHeartbeatResponse response;
    response.error_code = ErrorCode::unsupported_version;
    response.error_message = "This broker serves classic groups only; set group.protocol=classic.";
    reply(response);
}

}  // namespace leat::broker
