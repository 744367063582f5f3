#include "sim_world.hpp"

#include <cstdio>

namespace leat::crash {
namespace {

const storage::TopicPartition the_state{"__state", 0};

storage::LogConfig random_config(std::mt19937_64& random) {
    storage::LogConfig config;
    config.segment_bytes = 3000 + static_cast<std::int64_t>(random() % 5000);
    config.index_interval_bytes = static_cast<std::int64_t>(random() % 1500);
    config.retention_bytes = random() % 2 == 0 ? -1 : 6000;
    config.retention_ms = random() % 2 == 0 ? -1 : 60'000;
    config.file_delete_delay_ms = random() % 2 == 0 ? 0 : 5000;
    config.checkpoint_bytes = 1000 + static_cast<std::int64_t>(random() % 8000);
    if (random() % 4 == 0) {
        config.durability = storage::Durability::page_cache;
        config.flush_messages = 1 + static_cast<std::int64_t>(random() % 20);
    }
    return config;
}

void put_into(std::map<std::string, std::string>& state, const SimWorld::Changes& changes) {
    for (const auto& [key, value] : changes) {
        state.erase(key);
        if (value) state[key] = *value;
    }
}

}  // namespace

SimWorld::SimWorld(std::uint64_t seed) : random(seed), disk(seed * 2 + 1) {
    config = std::make_shared<const storage::LogConfig>(random_config(random));
}

Uuid SimWorld::random_id() {
    Uuid id;
    for (auto& byte : id.bytes) byte = static_cast<std::byte>(random());
    return id;
}

void SimWorld::note(const std::string& what) {
    for (const char c : what) digest = (digest ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    if (trace) std::fprintf(stderr, "%s\n", what.c_str());
}

storage::Flusher::Options SimWorld::flusher_options() {
    storage::Flusher::Options options;
    options.max_parallel = 1 + pick(3);
    options.checkpoint_ms = one_in(2) ? 60'000 : 5000;
    options.journal.bytes = one_in(4) ? 0 : 4096 + 1024 * pick(16);
    options.journal.new_generation = [this] { return random_id(); };
    if (one_in(2))
        options.later = [this](std::function<void()> what) { pool.run([] {}, std::move(what)); };
    return options;
}

Result<void> SimWorld::start() {
    storage::DataDirOptions options;
    options.cluster_id = "4L6g3nShT-eMCtK--X86sw";
    options.tail_bytes = 4000;
    options.free_space_floor = 0;
    options.new_id = [this] { return random_id(); };
    options.few_folders = one_in(2) ? 0 : 16;
    auto opened = storage::DataDir::open(disk, "data", options);
    if (!opened) return opened.error();
    data_dir = std::move(*opened);
    flusher = std::make_unique<storage::Flusher>(*data_dir, pool, clock, flusher_options());
    auto loaded = storage::StateLog::open(*data_dir, *flusher, the_state, clock,
                                          {.floor_bytes = 1500, .factor = 2});
    if (!loaded) return loaded.error();
    state = std::move(*loaded);
    return {};
}

void SimWorld::end_process() {
    ++life;
    state.reset();
    flusher.reset();
    pool.drop_all();
    data_dir.reset();
}

void SimWorld::cut_starts(const std::function<bool()>& start, const std::function<void()>& end) {
    for (auto cuts = pick(3); cuts > 0; --cuts) {
        disk.die_after(static_cast<std::int64_t>(pick(20)));
        const bool started = start();
        if (started && !disk.is_dead()) break;
        note("power cut while starting");
        end();
        disk.crash();
    }
    disk.die_after(-1);
}

void SimWorld::change_state(Changes changes, std::function<void()> durable) {
    changes_.push_back(changes);
    state->apply(changes, [this, now = life, durable = std::move(durable)](const auto& result) {
        if (!result || now != life) return;
        // Changes become durable in order: this one is the oldest of those that are not.
        put_into(acked_state_, changes_.front());
        changes_.erase(changes_.begin());
        note("state acknowledged");
        if (durable) durable();
    });
}

void SimWorld::verify_state() {
    std::map<std::string, std::string> found;
    state->for_each("", [&](const auto& key, const auto& value) { found[key] = value; });
    auto expected = acked_state_;
    for (std::size_t i = 0; expected != found && i < changes_.size(); ++i)
        put_into(expected, changes_[i]);
    if (expected != found) anomaly("the keyed state is none that ever was since the last ack");
    acked_state_ = std::move(found);
    changes_.clear();
}

}  // namespace leat::crash
