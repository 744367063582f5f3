// One simulated life of a data directory with a compacted log: power cuts at every moment.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compacted_log.hpp"
#include "sim_world.hpp"

namespace leat::crash {

/// Deterministic for each seed.
class CompactionSim {
public:
    explicit CompactionSim(std::uint64_t seed);
    ~CompactionSim();

    /// Runs to the end; the anomalies found, none if all is well.
    std::vector<std::string> run();
    /// Tells a person what happens.
    void trace() { world_.trace = true; }
    std::uint64_t restarts() const { return restarts_; }
    std::uint64_t compactions() const { return table_.compactions(); }
    std::uint64_t dropped_records() const { return table_.dropped_records(); }

private:
    void step();
    void step_disk();
    void shut_down();
    void lose_snapshots();
    void boot();
    bool try_start();
    void end_process();

    SimWorld world_;
    Uuid id_;
    CompactedLog table_;
    std::uint64_t restarts_ = 0;
};

}  // namespace leat::crash
