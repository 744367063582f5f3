// What a simulated life of a data directory consists of, and what a person is told of it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "storage/data_dir.hpp"
#include "storage/flusher.hpp"
#include "storage/state_log.hpp"
#include "storage/testing/sim_disk.hpp"

namespace leat::crash {

/// Everything random comes from one seed. `data_dir`, `flusher` and `state` are there while the
/// simulated process lives.
class SimWorld {
public:
    using Changes = std::vector<storage::StateLog::Change>;

    explicit SimWorld(std::uint64_t seed);

    std::uint64_t pick(std::uint64_t below) { return random() % below; }
    bool one_in(std::uint64_t n) { return pick(n) == 0; }
    Uuid random_id();
    void note(const std::string& what);
    void anomaly(std::string what) { anomalies.push_back(std::move(what)); }

    /// Opens data directory, Flusher and state.
    Result<void> start();
    void end_process();
    /// The power fails while the process starts, at most twice: `start` tells whether it got
    /// through, `end` is called after each cut. Afterwards the disk is sound, and it may have
    /// started.
    void cut_starts(const std::function<bool()>& start, const std::function<void()>& end);
    /// Changes the state, all at once; `durable` is called when a power cut cannot undo it.
    void change_state(Changes changes, std::function<void()> durable = {});
    /// The state must be what it was after some of the changes that nobody acknowledged.
    void verify_state();

    std::mt19937_64 random;
    storage::SimDisk disk;
    ManualClock clock;
    storage::ManualPool pool;
    std::shared_ptr<const storage::LogConfig> config;
    std::unique_ptr<storage::DataDir> data_dir;
    std::unique_ptr<storage::Flusher> flusher;
    std::unique_ptr<storage::StateLog> state;
    std::uint64_t life = 0;
    std::vector<std::string> anomalies;
    bool trace = false;
    std::uint64_t digest = 1469598103934665603ULL;

private:
    storage::Flusher::Options flusher_options();

    std::vector<Changes> changes_;  // since acked_state_
    std::map<std::string, std::string> acked_state_;
};

}  // namespace leat::crash
