// The processes of the shop: the broker and its services, kept alive until the shop is closed.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runner/process.hpp"
#include "runner/web.hpp"

namespace shop {

struct FleetOptions {
    /// Where the programs are.
    std::string programs;
    /// Where logs, databases and the broker's data go; exists.
    std::string data_dir;
    /// Brokers of another Kafka; empty: our own broker is part of the shop.
    std::string bootstrap;
    /// Decides which charges fail at first.
    std::uint64_t seed = 1;
};

/// Use on the main thread alone: the processes die with the thread that started them.
class Fleet {
public:
    using Millis = std::chrono::milliseconds;

    explicit Fleet(FleetOptions options);

    /// Starts everything and returns once all answer that they are ready. Throws
    /// std::runtime_error, with the end of its log, if one does not get ready in time.
    void start(Web& web, const std::function<bool()>& interrupted);
    /// Starts again who has died, unless he is to be dead for a while; call it often.
    void tend();
    /// kill -9 of one process, which comes back `down` later.
    void kill(std::size_t index, Millis down);
    /// Ends all politely, the broker last; whoever takes longer than `limit` is killed.
    void stop(Millis limit);

    std::size_t size() const { return members_.size(); }
    const std::string& name(std::size_t index) const { return members_.at(index).process.name(); }
    /// Times that a process ended without having been killed by kill().
    int accidents() const { return accidents_; }

    const std::string& bootstrap() const { return options_.bootstrap; }
    /// `http://127.0.0.1:PORT` of a service, or of the broker's admin address.
    std::string url(const std::string& name) const;
    std::string log_file(const std::string& name) const;

private:
    using Time = std::chrono::steady_clock::time_point;
    struct Member {
        Process process;
        int port;
        std::optional<Time> back_at{};
    };

    void add(const std::string& name, int port, Command command);
    void add_service(const std::string& name, int port, const Command& more = {});
    void wait_until_ready(Member& member, Web& web, const std::function<bool()>& interrupted);

    FleetOptions options_;
    bool own_broker_;
    std::vector<Member> members_;
    int accidents_ = 0;
};

}  // namespace shop
