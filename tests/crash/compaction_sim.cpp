#include "compaction_sim.hpp"

namespace leat::crash {
namespace {

const storage::TopicPartition the_table{"table", 0};

}  // namespace

CompactionSim::CompactionSim(std::uint64_t seed)
    : world_(seed), id_(world_.random_id()), table_(world_) {}

CompactionSim::~CompactionSim() { end_process(); }

std::vector<std::string> CompactionSim::run() {
    boot();
    const auto steps = 100 + world_.pick(400);
    const auto lives = 1 + world_.pick(5);
    for (std::uint64_t i = 0; i < steps && world_.anomalies.empty(); ++i) {
        if (world_.disk.is_dead() || world_.one_in(1 + steps / lives)) {
            shut_down();
            boot();
        } else {
            step();
        }
    }
    if (world_.anomalies.empty()) {
        shut_down();
        boot();
    }
    return world_.anomalies;
}

void CompactionSim::step() {
    switch (world_.pick(16)) {
        case 0:
        case 1:
        case 2:
        case 3:
            table_.put();
            break;
        case 4:
        case 5:
            table_.end_transaction();
            break;
        case 6:
            if (world_.one_in(4)) table_.roll();
            break;
        case 7:
            if (world_.one_in(8)) table_.delete_some();
            break;
        case 8:
        case 9:
            table_.compact_some();
            break;
        case 10:
            table_.read_some();
            break;
        case 11:
            world_.clock.advance(std::chrono::milliseconds{world_.pick(20'000)});
            world_.flusher->tick();
            break;
        default:
            step_disk();
    }
    table_.take_acks();
}

void CompactionSim::step_disk() {
    auto& pool = world_.pool;
    switch (world_.pick(8)) {
        case 0:
            pool.run_all();
            break;
        case 1:
            if (!world_.one_in(6)) break;
            world_.disk.die_after(static_cast<std::int64_t>(world_.pick(40)));
            world_.note("the power will fail");
            break;
        default:
            for (auto jobs = world_.pick(6); jobs > 0; --jobs)
                pool.run_one(pool.waiting() == 0 ? 0 : world_.pick(pool.waiting()));
    }
}

void CompactionSim::end_process() {
    table_.detach();
    world_.end_process();
}

void CompactionSim::shut_down() {
    ++restarts_;
    auto& disk = world_.disk;
    const auto way = disk.is_dead() ? 2 : world_.pick(4);
    if (way == 0) {
        world_.note("clean stop");
        bool clean = false;
        world_.flusher->close_clean([&](const Result<void>& result) { clean = result.ok(); });
        world_.pool.run_all();
        table_.take_acks();
        if (!clean && !disk.is_dead()) world_.anomaly("a clean stop failed");
    }
    end_process();
    if (way <= 1) {
        disk.kill();
    } else {
        world_.note("power cut");
        disk.crash();
    }
    if (table_.loses_snapshots() && world_.one_in(3)) lose_snapshots();
}

/// So that the next start learns of producers from the batches alone.
void CompactionSim::lose_snapshots() {
    const auto dir = "data/" + the_table.to_string();
    const auto entries = world_.disk.list(dir);
    if (!entries) return;
    for (const auto& entry : *entries)
        if (entry.name.ends_with(".snapshot"))
            if (!world_.disk.remove(storage::join(dir, entry.name)).ok())
                world_.anomaly("a snapshot cannot be removed");
}

/// Starts the process; the power may fail again while it recovers.
void CompactionSim::boot() {
    world_.cut_starts([this] { return try_start(); }, [this] { end_process(); });
    if (!table_.log() && !try_start()) return;
    table_.verify_start();
}

bool CompactionSim::try_start() {
    const auto failed = [&](const Error& error) {
        if (!world_.disk.is_dead()) world_.anomaly("the start failed: " + error.what);
        return false;
    };
    if (auto started = world_.start(); !started) return failed(started.error());
    auto log = world_.data_dir->open_log(the_table, id_, table_.config(), world_.clock.wall_ms());
    if (!log) return failed(log.error());
    std::shared_ptr<storage::Log> opened = std::move(*log);
    world_.flusher->add(the_table, opened);
    table_.attach(std::move(opened));
    world_.note("started with " + std::to_string(table_.log()->log_start()) + " to "
                + std::to_string(table_.log()->end_offset()));
    return true;
}

}  // namespace leat::crash
