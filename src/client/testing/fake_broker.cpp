// The fake broker that tests of the client and the command line talk to.
#include "client/testing/fake_broker.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "kafka/messages/all.hpp"

namespace leat::client {
namespace {

bool read_all(int descriptor, std::span<std::byte> target) {
    while (!target.empty()) {
        const auto got = recv(descriptor, target.data(), target.size(), 0);
        if (got <= 0) return false;
        target = target.subspan(static_cast<std::size_t>(got));
    }
    return true;
}

bool is_flexible(std::int16_t key, std::int16_t version) {
    bool flexible = false;
    kafka::for_each_api([&]<class Request, class Response>() {
        if (static_cast<std::int16_t>(Request::api) == key)
            flexible = Request::versions.is_flexible(version);
    });
    return flexible;
}

kafka::MetadataResponse metadata_of(const Asked& asked, std::uint16_t port,
                                    std::int32_t partitions) {
    kafka::MetadataResponse response;
    response.brokers.push_back({1, "127.0.0.1", port, std::nullopt});
    response.controller_id = 1;
    response.cluster_id = "fake";
    for (const auto& wanted : asked.as<kafka::MetadataRequest>().topics.value_or(
             std::vector<kafka::MetadataRequest::MetadataRequestTopic>{})) {
        auto& topic = response.topics.emplace_back();
        topic.name = wanted.name;
        topic.topic_id.bytes[0] = std::byte{7};
        for (std::int32_t i = 0; i < partitions; ++i) {
            auto& partition = topic.partitions.emplace_back();
            partition.partition_index = i;
            partition.leader_id = 1;
        }
    }
    return response;
}

}  // namespace

FakeBroker::FakeBroker(Script script) : script_(std::move(script)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    check(bind(listener_, raw, sizeof address) == 0 && listen(listener_, 16) == 0, "listens");
    socklen_t size = sizeof address;
    check(getsockname(listener_, raw, &size) == 0, "has a port");
    port_ = ntohs(address.sin_port);
    wake_ = eventfd(0, EFD_CLOEXEC);
    thread_ = std::thread{[this] { serve(); }};
}

FakeBroker::~FakeBroker() {
    eventfd_write(wake_, 1);
    thread_.join();
    close(listener_);
    close(wake_);
}

std::vector<Asked> FakeBroker::asked(kafka::ApiKey api) const {
    const std::lock_guard lock{mutex_};
    std::vector<Asked> matching;
    std::ranges::copy_if(log_, std::back_inserter(matching),
                         [&](const Asked& each) { return each.api == api; });
    return matching;
}

void FakeBroker::serve() {
    std::vector<pollfd> watched{{wake_, POLLIN, 0}, {listener_, POLLIN, 0}};
    for (;;) {
        poll(watched.data(), watched.size(), -1);
        if (watched[0].revents != 0) break;
        std::vector<pollfd> kept{watched[0], watched[1]};
        for (const auto& each : std::span{watched}.subspan(2)) {
            if (each.revents == 0 || serve_one(each.fd)) {
                kept.push_back(each);
            } else {
                close(each.fd);
            }
        }
        if (watched[1].revents != 0)
            kept.push_back({accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC), POLLIN, 0});
        watched = std::move(kept);
    }
    for (const auto& each : std::span{watched}.subspan(2)) close(each.fd);
}

bool FakeBroker::serve_one(int descriptor) {
    std::array<std::byte, 4> size{};
    if (!read_all(descriptor, size)) return false;
    Bytes frame(static_cast<std::size_t>(load_be<std::int32_t>(size.data())));
    if (!read_all(descriptor, frame)) return false;
    const auto opened = kafka::open_request(frame, is_flexible);
    check(opened.has_value(), "the client's header is well-formed");
    const Asked asked{static_cast<kafka::ApiKey>(opened->header.api_key),
                      opened->header.api_version,
                      opened->header.correlation_id,
                      {opened->body.begin(), opened->body.end()}};
    std::optional<Bytes> reply;
    {
        const std::lock_guard lock{mutex_};
        log_.push_back(asked);
        reply = script_(asked);
    }
    if (!reply) return false;
    return reply->empty()
           || send(descriptor, reply->data(), reply->size(), MSG_NOSIGNAL)
                  == static_cast<ssize_t>(reply->size());
}

FakeBroker::Script with_one_node(const std::atomic<std::uint16_t>& port, std::int32_t partitions,
                                 FakeBroker::Script rest) {
    return [&port, partitions, rest = std::move(rest)](const Asked& asked) -> std::optional<Bytes> {
        if (asked.api == kafka::ApiKey::api_versions) {
            kafka::ApiVersionsResponse response;
            kafka::for_each_api([&]<class Request, class Response>() {
                response.api_keys.push_back({static_cast<std::int16_t>(Request::api),
                                             Request::versions.min, Request::versions.max});
            });
            return answer(asked, response);
        }
        if (asked.api == kafka::ApiKey::metadata)
            return answer(asked, metadata_of(asked, port, partitions));
        return rest(asked);
    };
}

ClusterOptions options_for(const std::string& bootstrap) {
    return {
        .bootstrap = bootstrap, .connection = {}, .retry_backoff = std::chrono::milliseconds{1}};
}

Cluster OneNode::connect() const {
    auto cluster = Cluster::connect(options_for(broker.address()));
    check(cluster.ok(), "connected");
    return std::move(*cluster);
}

}  // namespace leat::client
