// The broker's process: its one core thread, its listener, its admin address, its end.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/host_port.hpp"
#include "broker/config.hpp"

namespace leat::broker {

/// What a server that has begun to serve says of itself.
struct ServingAt {
    std::vector<HostPort> kafka;  // a listener each, as bound: the real port where 0 was asked for
    std::optional<HostPort> admin;  // nothing: there is none
};

/// Runs a broker until stop(). run() uses the calling thread as the core thread.
class Server {
public:
    explicit Server(Config config);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Opens the data directory, listens, calls `ready` and serves until stop(); then syncs and
    /// marks the directory clean. Errors: those of the configured addresses, of Broker::open() and
    /// of listening, as a sentence.
    Result<void> run(const std::function<void(const ServingAt&)>& ready);
    /// Ends run(). Any thread, also before run() and from a signal's handler thread.
    void stop();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace leat::broker
