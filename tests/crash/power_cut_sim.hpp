// One simulated life of a data directory: a random workload, power cuts and kills, judged
// throughout.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "history_checker.hpp"
#include "storage/data_dir.hpp"
#include "storage/flusher.hpp"
#include "storage/sim_disk.hpp"
#include "storage/state_log.hpp"

namespace leat::crash {

/// Deterministic for each seed.
class PowerCutSim {
public:
    explicit PowerCutSim(std::uint64_t seed);
    ~PowerCutSim();

    /// Runs to the end; the anomalies found, none if all is well.
    std::vector<std::string> run();
    /// What happened, for a person, when tracing was asked for.
    bool trace = false;
    std::uint64_t restarts() const { return restarts_; }
    /// A digest of all that happened: equal for equal seeds.
    std::uint64_t digest() const { return digest_; }

private:
    struct Unacked {
        std::int64_t last_offset = -1;  // -1: to be sent again
        std::int32_t sequence = 0;
        std::vector<std::string> values;
    };
    struct Producer {
        HistoryChecker::Kind kind;
        int number;
        int sent = 0;
        std::deque<Unacked> unacked;
    };
    struct StateChange {
        std::string key;
        std::optional<std::string> value;
    };

    std::uint64_t pick(std::uint64_t below) { return random_() % below; }
    bool one_in(std::uint64_t n) { return pick(n) == 0; }
    void note(const std::string& what);

    void step();
    void send(Producer& producer);
    void deliver(Producer& producer, Unacked& batch);
    void take_acks();
    void read_some();
    void delete_some();
    void retain();
    void change_state();
    void end_process();
    void boot();
    bool try_start();
    void verify();
    void verify_state();
    void shut_down();

    std::mt19937_64 random_;
    storage::SimDisk disk_;
    ManualClock clock_;
    storage::ManualPool pool_;
    std::shared_ptr<const storage::LogConfig> config_;
    std::unique_ptr<storage::DataDir> data_dir_;
    std::unique_ptr<storage::Flusher> flusher_;
    std::shared_ptr<storage::Log> log_;
    std::unique_ptr<storage::StateLog> state_;
    HistoryChecker checker_;
    std::vector<Producer> producers_;
    std::vector<StateChange> changes_;  // since acked_state_
    std::map<std::string, std::string> acked_state_;
    std::uint64_t life_ = 0;
    std::uint64_t restarts_ = 0;
    std::uint64_t digest_ = 1469598103934665603ULL;
};

}  // namespace leat::crash
