// What tests of the Flusher stand on.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>

#include "storage/flusher.hpp"
#include "storage/testing/fault_disk.hpp"
#include "storage/testing/log_rig.hpp"
#include "storage/testing/remove_tree.hpp"

namespace leat::storage {

inline constexpr std::size_t log_count = 4;
inline constexpr std::uint64_t journal_bytes = 8192;

inline Uuid id_of(std::size_t life, std::size_t log) {
    Uuid id;
    id.bytes[0] = static_cast<std::byte>(life);
    id.bytes[1] = static_cast<std::byte>(log + 1);
    return id;
}

inline std::string first_segment(std::size_t i) {
    return "data/t-" + std::to_string(i) + "/00000000000000000000.log";
}

/// Several logs on one disk with a journal, in a process that may die. What is put off until later
/// in the turn runs with the pool.
class FlusherTest : public testing::Test {
protected:
    FlusherTest() { log_nothing(); }
    ~FlusherTest() override { die(); }

    void start() {
        auto opened = DataDir::open(
            disk, "data",
            {.node_id = 1, .cluster_id = "4L6g3nShT-eMCtK--X86sw", .free_space_floor = 0});
        ASSERT_TRUE(opened.ok()) << opened.error().what;
        data_dir = std::move(*opened);
        Flusher::Options options;
        options.max_parallel = parallel;
        options.journal.bytes = journal_bytes;
        if (ends_turns)
            options.later = [this](std::function<void()> what) {
                pool.run([] {}, std::move(what));
            };
        flusher = std::make_unique<Flusher>(*data_dir, pool, clock, std::move(options));
        logs.resize(log_count);
        for (std::size_t i = 0; i < log_count; ++i) open_log(i);
    }
    void open_log(std::size_t i) {
        const TopicPartition partition{"t", static_cast<std::int32_t>(i)};
        auto log = data_dir->open_log(partition, id_of(life, i), config, 1000);
        ASSERT_TRUE(log.ok()) << log.error().what;
        logs[i] = std::move(*log);
        flusher->add(partition, logs[i]);
    }
    void die() {
        flusher.reset();
        logs.clear();
        pool.drop_all();
        data_dir.reset();
    }
    void lose_power() {
        die();
        under.crash();
        start();
    }
    void stop() {
        Result<void> result = Error{Errc::cancelled, "never closed"};
        flusher->close_clean([&](const Result<void>& closed) { result = closed; });
        pool.run_all();
        ASSERT_TRUE(result.ok()) << result.error().what;
        die();
    }
    /// A topic is deleted; one of the same name may be opened.
    void delete_log(std::size_t i) {
        flusher->remove(*logs[i]);
        logs[i].reset();
        ASSERT_TRUE(data_dir->delete_log({"t", static_cast<std::int32_t>(i)}).ok());
        ++life;
    }
    /// The directory and the log of a new process, with no Flusher.
    Result<std::unique_ptr<Log>> open_anew(std::size_t i) {
        auto opened = DataDir::open(disk, "data", {});
        if (!opened) return opened.error();
        data_dir = std::move(*opened);
        return data_dir->open_log({"t", static_cast<std::int32_t>(i)}, id_of(life, i), config,
                                  1000);
    }
    void append(std::size_t i, const std::string& value = "value") {
        logs[i]->append(IncomingBatch::of(batch_of({value})), 1000);
        flusher->appended(*logs[i]);
    }
    void append_to_each() {
        for (std::size_t i = 0; i < log_count; ++i) append(i);
    }
    /// A round that leaves the journal ready and no log with names or small files to sync.
    void warm_up() {
        append_to_each();
        pool.run_all();
    }
    /// The journal's files take turns, unless something is due.
    void take_turns() {
        clock.advance(std::chrono::minutes{1});
        flusher->tick();
    }
    /// The journal has something of each log, and its files have taken turns.
    void start_with_all_due() {
        start();
        warm_up();
        append_to_each();
        pool.run_all();
        take_turns();
    }
    std::vector<std::int64_t> high_watermarks() const {
        std::vector<std::int64_t> found;
        for (const auto& log : logs) found.push_back(log->high_watermark());
        return found;
    }
    static std::vector<std::int64_t> all_at(std::int64_t offset) {
        return std::vector<std::int64_t>(log_count, offset);
    }

    std::size_t life = 1;
    std::size_t parallel = 8;
    bool ends_turns = true;  // else each append is a turn of its own
    SimDisk under;
    FaultDisk disk{under};
    ManualPool pool;
    ManualClock clock;
    std::shared_ptr<const LogConfig> config = std::make_shared<const LogConfig>();
    std::unique_ptr<DataDir> data_dir;
    std::unique_ptr<Flusher> flusher;
    std::vector<std::shared_ptr<Log>> logs;
};

}  // namespace leat::storage
