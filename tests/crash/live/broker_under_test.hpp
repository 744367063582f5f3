// The broker that a test is about: ours, which it starts and kills, or with
// LEAT_BOOTSTRAP=host:port another one, which it leaves alone.
#pragma once

#include <atomic>
#include <functional>
#include <random>

#include "broker_process.hpp"
#include "client/cluster.hpp"
#include "topics_request.hpp"

namespace leat::crash {

class BrokerUnderTest {
public:
    /// LEAT_SEED, or any; it decides how and when the broker is started and killed.
    BrokerUnderTest();

    bool is_ours() const { return other_ == nullptr; }
    std::string bootstrap() const { return is_ours() ? process_.bootstrap() : other_; }
    std::uint64_t seed() const { return seed_; }
    std::mt19937_64& random() { return random_; }
    std::uint64_t pick(std::uint64_t below) { return random_() % below; }
    /// Of this run alone, on a broker that may have seen others.
    std::string unique(const std::string& name) const { return name + "-" + std::to_string(seed_); }

    /// With other options at every start. Waits until it is ready; else the test has failed.
    void start();
    /// kill -9.
    void kill();
    using Meanwhile = std::function<void(std::uint64_t part, std::uint64_t parts)>;
    /// A life between a kill and the next: while it starts, or 2 to 80 times `part`, or while it
    /// stops then. `meanwhile` is called before each part.
    void live_and_die(std::chrono::milliseconds part, const Meanwhile& meanwhile);
    /// How often it was killed or started: any thread.
    const std::atomic<int>& changes() const { return changes_; }
    int kills() const { return kills_; }
    /// SIGTERM: it must end well.
    void stop();

    client::Cluster connect() const;
    void create_topics(const kafka::CreateTopicsRequest& topics) const;

private:
    BrokerProcess::Start options();

    const char* other_ = std::getenv("LEAT_BOOTSTRAP");
    std::uint64_t seed_ = number_from("LEAT_SEED", std::random_device{}());
    std::mt19937_64 random_{seed_};
    ScratchDir scratch_{"under-test"};
    BrokerProcess process_{scratch_.path() + "/data", scratch_.path() + "/broker.log"};
    std::atomic<int> changes_{0};
    int kills_ = 0;
};

}  // namespace leat::crash
