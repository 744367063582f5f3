#include "runner/web.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <stdexcept>

namespace shop {
namespace {

bool can_listen(int port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool bound = bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0
                       && listen(socket, 1) == 0;
    close(socket);
    return bound;
}

}  // namespace

std::optional<std::string> Web::get(const std::string& url) {
    std::promise<std::optional<std::string>> promise;
    auto answer = promise.get_future();
    leat::net::ClientRequest request;
    request.url = url;
    client_.call(request, clock_.now() + std::chrono::seconds{3},
                 [&promise](leat::Result<leat::net::http::Response> reply) {
                     if (reply && reply->status == 200)
                         promise.set_value(std::move(reply->body));
                     else
                         promise.set_value(std::nullopt);
                 });
    return answer.get();
}

int free_port(int preferred) {
    // Below the ports that outgoing connections take: those could occupy that of a killed service.
    for (int port = preferred; port < preferred + 5000; port += 100)
        if (can_listen(port)) return port;
    throw std::runtime_error("no free port above " + std::to_string(preferred));
}

}  // namespace shop
