#include "power_cut_sim.hpp"

namespace leat::crash {
namespace {

const storage::TopicPartition the_steady{"t", 0};

}  // namespace

PowerCutSim::PowerCutSim(std::uint64_t seed)
    : world_(seed), steady_id_(world_.random_id()), steady_(world_, 0), churn_(world_) {}

PowerCutSim::~PowerCutSim() { end_process(); }

std::vector<std::string> PowerCutSim::anomalies() const {
    auto all = world_.anomalies;
    for (const auto& found : {steady_.anomalies(), churn_.anomalies()})
        all.insert(all.end(), found.begin(), found.end());
    return all;
}

std::vector<std::string> PowerCutSim::run() {
    boot();
    const auto steps = 60 + world_.pick(300);
    const auto lives = 1 + world_.pick(5);
    for (std::uint64_t i = 0; i < steps && anomalies().empty(); ++i) {
        if (world_.disk.is_dead() || world_.one_in(1 + steps / lives)) {
            shut_down();
            boot();
        } else {
            step();
        }
    }
    if (anomalies().empty()) {
        shut_down();
        boot();
    }
    return anomalies();
}

void PowerCutSim::step() {
    switch (world_.pick(16)) {
        case 0:
        case 1:
        case 2:
            steady_.send();
            break;
        case 3:
        case 4:
        case 5:
        case 6:
            churn_.step();
            break;
        case 7:
            steady_.read_some();
            break;
        case 8:
            change_state();
            break;
        case 9:
            if (world_.one_in(2)) steady_.delete_some();
            break;
        case 10:
            world_.clock.advance(std::chrono::milliseconds{world_.pick(20'000)});
            retain();
            break;
        case 11:
            if (world_.one_in(2)) steady_.rewrite_some();
            break;
        default:
            step_disk();
    }
    take_acks();
}

void PowerCutSim::step_disk() {
    auto& pool = world_.pool;
    switch (world_.pick(4)) {
        case 0:
            pool.run_all();
            if (!world_.disk.is_dead()) churn_.check_at_rest();
            break;
        case 1:
            if (!world_.one_in(4)) break;
            world_.disk.die_after(static_cast<std::int64_t>(world_.pick(25)));
            world_.note("the power will fail");
            break;
        default:
            pool.run_one(pool.waiting() == 0 ? 0 : world_.pick(pool.waiting()));
    }
}

void PowerCutSim::take_acks() {
    steady_.take_acks();
    churn_.take_acks();
}

void PowerCutSim::retain() {
    world_.flusher->tick();
    if (world_.one_in(2)) world_.flusher->apply_retention();
    steady_.retained();
    churn_.retained();
}

void PowerCutSim::change_state() {
    const auto key = "key" + std::to_string(world_.pick(8));
    std::optional<std::string> value;
    if (!world_.one_in(4))
        value = "v" + std::to_string(world_.random() % 1000) + std::string(world_.pick(200), '.');
    world_.note("set " + key + " to " + value.value_or("nothing").substr(0, 4));
    world_.change_state({{key, value}});
}

void PowerCutSim::end_process() {
    steady_.detach();
    churn_.end_process();
    world_.end_process();
}

/// Ends the process in one of three ways.
void PowerCutSim::shut_down() {
    ++restarts_;
    auto& disk = world_.disk;
    const auto way = disk.is_dead() ? 2 : world_.pick(4);
    if (way == 0) {
        world_.note("clean stop");
        churn_.before_stop();
        bool clean = false;
        world_.flusher->close_clean([&](const Result<void>& result) { clean = result.ok(); });
        world_.pool.run_all();
        take_acks();
        if (!clean && !disk.is_dead()) world_.anomaly("a clean stop failed");
        if (!disk.is_dead()) churn_.check_at_rest();
    }
    end_process();
    if (way <= 1) {
        if (way == 1) world_.note("kill");
        disk.kill();
        if (way == 0 && world_.one_in(2)) disk.crash();
    } else {
        world_.note("power cut");
        disk.crash();
    }
}

/// Starts the process; the power may fail again while it recovers.
void PowerCutSim::boot() {
    world_.cut_starts([this] { return try_start(); }, [this] { end_process(); });
    if (!steady_.log() && !try_start()) return;
    steady_.verify();
    churn_.verify();
    world_.verify_state();
    steady_.resend();
    churn_.resend();
}

bool PowerCutSim::try_start() {
    const auto failed = [&](const Error& error) {
        if (!world_.disk.is_dead()) world_.anomaly("the start failed: " + error.what);
        return false;
    };
    if (auto started = world_.start(); !started) return failed(started.error());
    if (auto opened = churn_.open(); !opened) return failed(opened.error());
    auto log =
        world_.data_dir->open_log(the_steady, steady_id_, world_.config, world_.clock.wall_ms());
    if (!log) return failed(log.error());
    steady_.attach(std::move(*log));
    world_.flusher->add(the_steady, steady_.log());
    world_.note("started with " + std::to_string(steady_.log()->log_start()) + " to "
                + std::to_string(steady_.log()->end_offset()));
    return true;
}

}  // namespace leat::crash
