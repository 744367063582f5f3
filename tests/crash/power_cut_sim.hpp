// One simulated life of a data directory: a random workload, power cuts and kills, judged
// throughout.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim_world.hpp"
#include "tested_log.hpp"
#include "topic_churn.hpp"

namespace leat::crash {

/// Deterministic for each seed. Two logs with records, one of which comes and goes, and a log of
/// keyed state.
class PowerCutSim {
public:
    explicit PowerCutSim(std::uint64_t seed);
    ~PowerCutSim();

    /// Runs to the end; the anomalies found, none if all is well.
    std::vector<std::string> run();
    /// Tells a person what happens.
    void trace() { world_.trace = true; }
    std::uint64_t restarts() const { return restarts_; }
    /// A digest of all that happened: equal for equal seeds.
    std::uint64_t digest() const { return world_.digest; }

private:
    void step();
    void step_disk();
    void change_state();
    void retain();
    void take_acks();
    void end_process();
    void boot();
    bool try_start();
    void shut_down();
    std::vector<std::string> anomalies() const;

    SimWorld world_;
    Uuid steady_id_;
    TestedLog steady_;
    TopicChurn churn_;
    std::uint64_t restarts_ = 0;
};

}  // namespace leat::crash
