// Thousands of connections to one broker in one thread: no client with threads of its own gets
// there.
#pragma once

#include <netinet/in.h>

#include <deque>

#include "base/bytes.hpp"
#include "load/client.hpp"

namespace leat::bench {

class Swarm {
public:
    explicit Swarm(const Options& options);
    ~Swarm();

    /// Makes `count` more connections, each through its handshake (ApiVersions), as fast as the
    /// broker takes them.
    void open(int count);
    /// Sends `count` records at the rate over the first `active` connections in turn, and waits for
    /// the acknowledgements. Milliseconds of each, from when it was meant to be sent.
    std::vector<double> pace(int active, std::int64_t count);
    /// Lets `time` pass.
    void rest(std::chrono::milliseconds time);

private:
    enum class State { connecting, greeting, open };
    struct Link {
        int descriptor = -1;
        State state = State::connecting;
        Bytes received = {};
        std::deque<Clock::time_point> meant = {};  // of records that are not acknowledged
    };

    void connect();
    void send(std::size_t number, const Bytes& frame);
    /// Waits until something happens, no longer than `until`, and handles it.
    void turn(Clock::time_point until);
    void handle(std::size_t number, std::uint32_t events);
    void read(std::size_t number);
    void take(Link& link, ByteView frame);

    const Options& options_;
    sockaddr_in broker_{};
    int epoll_;
    std::vector<Link> links_;
    std::size_t ready_ = 0;
    Bytes greeting_;
    std::vector<Bytes> records_;  // a request for each partition
    std::vector<double> ms_;
};

}  // namespace leat::bench
