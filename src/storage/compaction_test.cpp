// A log and its compaction on a simulated disk: what a reader finds afterwards.
#include "storage/compaction.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "storage/compactor.hpp"
#include "storage/log_jobs.hpp"
#include "storage/testing/log_rig.hpp"

namespace leat::storage {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

using Table = std::map<std::string, std::string>;
constexpr TimestampMs retention = 1000;

class CompactionTest : public testing::Test {
protected:
    struct Entry {
        std::string key;
        std::optional<std::string> value;
    };
    CompactionTest() {
        log_nothing();
        config.cleanup_compact = true;
        config.segment_bytes = 600;
        config.index_interval_bytes = 100;
        config.delete_retention_ms = retention;
        start();
    }
    void start() {
        rig = std::make_unique<LogRig>(disk, config);
        const auto started = rig->start();
        ASSERT_TRUE(started.ok()) << started.error().what;
        rig->clock.advance(std::chrono::milliseconds{waited});
        compactor = std::make_unique<Compactor>(
            Compactor::Seams{disk, rig->pool, *rig->flusher, rig->clock,
                             [this](std::chrono::milliseconds delay, std::function<void()> what) {
                                 pauses.push_back(delay);
                                 rig->pool.run([] {}, std::move(what));
                             }});
    }
    void restart(bool power_cut) {
        compactor.reset();
        if (power_cut) {
            rig->die();
            disk.crash();
        } else {
            ASSERT_TRUE(rig->stop().ok());
        }
        start();
    }
    AppendOutcome put(const std::vector<Entry>& entries, kafka::BatchOptions options = {}) {
        std::vector<kafka::NewRecord> records;
        for (const auto& entry : entries) {
            auto& record = records.emplace_back();
            record.timestamp = rig->clock.wall_ms();
            record.key = as_bytes(entry.key);
            if (entry.value) record.value = as_bytes(*entry.value);
        }
        auto outcome = rig->append(kafka::build_batch(records, options));
        EXPECT_EQ(outcome.fault, LogFault::none) << outcome.what;
        return outcome;
    }
    static kafka::BatchOptions of(std::int64_t producer, std::int32_t sequence,
                                  bool transactional = true) {
        kafka::BatchOptions options;
        options.producer_id = producer;
        options.producer_epoch = 0;
        options.base_sequence = sequence;
        options.transactional = transactional;
        return options;
    }
    std::int64_t end(std::int64_t producer, bool commit) {
        const kafka::EndTxnMarker marker{commit, 0};
        auto batch = IncomingBatch::of(
            kafka::build_end_txn_marker(producer, 0, marker, rig->clock.wall_ms()));
        batch.transaction = {marker, false};
        const auto outcome =
            rig->log->append(batch, rig->clock.wall_ms(), AppendOrigin::coordinator);
        rig->flusher->appended(*rig->log);
        EXPECT_EQ(outcome.fault, LogFault::none) << outcome.what;
        return outcome.last_offset;
    }
    /// Ends the active segment, so that all before can be compacted.
    void roll() {
        rig->settle();
        ASSERT_TRUE(rig->log->roll(rig->clock.wall_ms()).ok());
        put({{"", "end of a segment"}});
        rig->settle();
    }
    /// Compacts what is dirty; where the log is dirty afterwards.
    Result<std::int64_t> compact() {
        const auto now = rig->clock.wall_ms();
        auto plan = rig->log->plan_compaction(rig->log->compactable(first_dirty, now), now);
        plan.hash_key = {1, 2};
        plan.map.bytes = map_bytes;
        Result<std::int64_t> outcome = Error{Errc::cancelled, "it did not end"};
        compactor->start(rig->log, std::move(plan),
                         [&](const Result<std::int64_t>& ended) { outcome = ended; });
        rig->settle();
        EXPECT_EQ(compactor->log(), nullptr);
        if (outcome) first_dirty = *outcome;
        return outcome;
    }
    void wait(TimestampMs ms) {
        rig->clock.advance(std::chrono::milliseconds{ms});
        waited += ms;
    }

    struct Read {
        std::vector<kafka::BatchHeader> batches;
        std::vector<std::pair<std::int64_t, std::string>> records;  // key=value, or -key
        Table table;
    };
    /// What a consumer of committed records makes of the log.
    Read read() {
        Read found;
        auto& log = *rig->log;
        for (auto offset = log.log_start(); offset < log.last_stable_offset();) {
            const auto outcome = rig->fetch(offset);
            EXPECT_EQ(outcome.fault, LogFault::none) << outcome.what;
            if (outcome.fault != LogFault::none) return found;
            if (outcome.data.parts.empty()) {
                if (outcome.next_readable <= offset) return found;
                offset = outcome.next_readable;
                continue;
            }
            const auto from = offset;
            Bytes bytes;
            for (const auto& part : outcome.data.parts)
                bytes.insert(bytes.end(), part.bytes.begin(), part.bytes.end());
            offset = take(bytes, offset, found, from);
        }
        return found;
    }
    // As a client does: a list of aborted transactions, and their markers in the batches.
    std::int64_t take(ByteView bytes, std::int64_t offset, Read& found, std::int64_t from) {
        auto aborted =
            *rig->log->search_aborted(from, rig->log->last_stable_offset()).run(*disk_now);
        std::ranges::sort(aborted, {}, &AbortedTransaction::first_offset);
        std::size_t next = 0;
        std::set<std::int64_t> producers;
        while (!bytes.empty()) {
            const auto header = kafka::check_batch(bytes, bytes.size()).header;
            EXPECT_TRUE(header.has_value());
            if (!header) return rig->log->end_offset();
            if (header->base_offset >= rig->log->last_stable_offset()) return header->base_offset;
            const auto batch = bytes.first(header->size());
            for (; next < aborted.size() && aborted[next].first_offset <= header->last_offset();
                 ++next)
                producers.insert(aborted[next].producer_id);
            found.batches.push_back(*header);
            const auto marker = kafka::read_end_txn_marker(*header, batch);
            if (marker && !marker->commit) producers.erase(header->producer_id);
            const bool hidden =
                header->is_control()
                || (header->is_transactional() && producers.contains(header->producer_id));
            if (!hidden) take_records(batch, offset, found);
            offset = header->next_offset();
            bytes = bytes.subspan(header->size());
        }
        return offset;
    }
    static void take_records(ByteView batch, std::int64_t from, Read& found) {
        const auto read =
            kafka::for_each_record(batch, 1 << 20, [&](const kafka::RecordView& record) {
                if (record.offset < from) return true;
                const std::string key{as_text(record.key.value_or(ByteView{}))};
                found.table.erase(key);
                if (record.value) found.table[key] = as_text(*record.value);
                found.records.emplace_back(
                    record.offset,
                    record.value ? key + "=" + std::string{as_text(*record.value)} : "-" + key);
                return true;
            });
        EXPECT_TRUE(read.ok());
    }
    std::optional<kafka::BatchHeader> batch_at(std::int64_t offset) {
        for (const auto& batch : read().batches)
            if (batch.base_offset <= offset && offset <= batch.last_offset()) return batch;
        return std::nullopt;
    }
    std::vector<std::string> records_of_keys() {
        std::vector<std::string> found;
        for (const auto& [offset, record] : read().records)
            if (!record.starts_with("=")) found.push_back(record);
        return found;
    }

    /// Compacts once on that disk; whether it came to its end.
    bool compact_whole(SimDisk& on) {
        bool ended = false;
        Compactor mine{{on, rig->pool, *rig->flusher, rig->clock,
                        [&](auto, auto what) { rig->pool.run([] {}, std::move(what)); }}};
        const auto now = rig->clock.wall_ms();
        mine.start(rig->log, rig->log->plan_compaction(rig->log->compactable(0, now), now),
                   [&](const auto& done) { ended = done.ok(); });
        rig->settle();
        return ended;
    }

    SimDisk disk{1};
    SimDisk* disk_now = &disk;
    LogConfig config;
    TimestampMs waited = 0;  // over all processes
    std::int64_t first_dirty = 0;
    std::size_t map_bytes = 1 << 20;
    std::vector<std::chrono::milliseconds> pauses;
    std::unique_ptr<LogRig> rig;
    std::unique_ptr<Compactor> compactor;
};

TEST_F(CompactionTest, keeps_the_last_record_of_each_key_at_its_offset) {
    for (int i = 0; i < 30; ++i)
        put({{"a", "a" + std::to_string(i)}, {i % 2 == 0 ? "b" : "c", std::to_string(i)}});
    put({{"once", "1"}});
    roll();
    const auto before = read();
    ASSERT_GT(rig->log->segment_count(), 3U);
    const auto size = rig->log->size();
    const auto done = compact();
    ASSERT_TRUE(done.ok()) << done.error().what;
    EXPECT_EQ(*done, 61);
    const auto after = read();
    EXPECT_EQ(after.table, before.table);
    EXPECT_THAT(records_of_keys(), ElementsAre("b=28", "a=a29", "c=29", "once=1"));
    for (const auto& record : after.records)
        EXPECT_THAT(before.records, testing::Contains(record)) << "offsets do not change";
    EXPECT_LT(rig->log->size(), size / 2);
    for (const bool power_cut : {true, false}) {
        restart(power_cut);
        EXPECT_EQ(read().records, after.records);
    }
}

TEST_F(CompactionTest, leaves_what_is_not_closed_durable_and_stable_alone) {
    put({{"a", "1"}}, of(7, 0));
    for (int i = 0; i < 20; ++i) put({{"b", std::string(50, 'x')}});
    roll();
    EXPECT_EQ(rig->log->compactable(0, 0).dirty_bytes, 0U) << "a transaction is open";
    end(7, true);
    rig->settle();
    const auto what = rig->log->compactable(0, 0);
    EXPECT_GT(what.dirty_bytes, 0U);
    EXPECT_EQ(what.until, 21);
    EXPECT_EQ(what.dirty_ratio(), 1.0);
    ASSERT_TRUE(compact().ok());
    EXPECT_EQ(rig->log->compactable(first_dirty, 0).dirty_bytes, 0U);
    EXPECT_EQ(rig->log->compactable(1000, 0).first_dirty, 0) << "no such offset";
    EXPECT_THAT(records_of_keys(), ElementsAre("a=1", HasSubstr("b=x")));
}

TEST_F(CompactionTest, waits_until_records_are_old_enough_and_not_too_long) {
    config.min_compaction_lag_ms = 500;
    config.max_compaction_lag_ms = 5000;
    restart(false);
    put({{"a", "1"}});
    roll();
    wait(100);
    put({{"a", "2"}});
    roll();
    const auto until = [&] { return rig->log->compactable(0, rig->clock.wall_ms()).until; };
    EXPECT_EQ(until(), 0);
    wait(450);
    EXPECT_EQ(until(), 1);
    wait(100);
    EXPECT_EQ(until(), 3);
    EXPECT_FALSE(rig->log->compactable(0, rig->clock.wall_ms()).is_overdue);
    restart(false);
    wait(4500);
    EXPECT_TRUE(rig->log->compactable(0, rig->clock.wall_ms()).is_overdue);
    EXPECT_FALSE(rig->log->compactable(4, rig->clock.wall_ms()).is_overdue);
}

TEST_F(CompactionTest, takes_several_passes_when_not_all_keys_fit) {
    Table expected;
    for (int round = 0; round < 3; ++round)
        for (int i = 0; i < 40; ++i) {
            const auto key = "key" + std::to_string(i);
            put({{key, std::to_string(round)}, {"hot", std::to_string(i)}});
            expected[key] = "2";
        }
    expected["hot"] = "39";
    roll();
    expected[""] = "end of a segment";
    map_bytes = std::size_t{24} * 8;
    int passes = 0;
    for (std::int64_t before = -1; before != first_dirty; ++passes) {
        before = first_dirty;
        const auto done = compact();
        ASSERT_TRUE(done.ok()) << done.error().what;
        ASSERT_EQ(read().table, expected);
    }
    EXPECT_GT(passes, 10);
    EXPECT_EQ(first_dirty, 240);
    EXPECT_EQ(read().records.size(), expected.size());
}

TEST_F(CompactionTest, keeps_a_tombstone_until_its_horizon_and_no_longer) {
    put({{"a", "1"}, {"b", "1"}});
    put({{"a", std::nullopt}});
    roll();
    ASSERT_TRUE(compact().ok());
    EXPECT_THAT(records_of_keys(), ElementsAre("b=1", "-a"));
    const auto horizon = batch_at(2)->delete_horizon();
    EXPECT_EQ(horizon, rig->clock.wall_ms() + retention);
    wait(retention - 1);
    put({{"c", "1"}});
    roll();
    ASSERT_TRUE(compact().ok());
    EXPECT_EQ(batch_at(2)->delete_horizon(), horizon) << "a horizon does not move";
    wait(1);
    restart(true);
    put({{"c", "2"}});
    roll();
    ASSERT_TRUE(compact().ok());
    EXPECT_THAT(records_of_keys(), ElementsAre("b=1", "c=2"));
    const auto last = batch_at(2);
    ASSERT_TRUE(last.has_value()) << "it tells where its segment ends";
    EXPECT_EQ(last->record_count, 0);
}

TEST_F(CompactionTest, does_not_change_a_record_s_time_when_it_writes_a_horizon) {
    put({{"a", "1"}, {"a", std::nullopt}, {"b", "1"}});
    const auto time = rig->clock.wall_ms();
    roll();
    ASSERT_TRUE(compact().ok());
    ASSERT_TRUE(batch_at(1)->delete_horizon().has_value());
    const auto outcome = rig->fetch(0);
    ASSERT_FALSE(outcome.data.parts.empty());
    const auto read = kafka::for_each_record(outcome.data.parts[0].bytes, 1 << 20,
                                             [&](const kafka::RecordView& record) {
                                                 EXPECT_EQ(record.timestamp, time);
                                                 return true;
                                             });
    EXPECT_TRUE(read.ok());
}

TEST_F(CompactionTest, drops_aborted_records_and_then_their_marker) {
    put({{"a", "good"}});
    put({{"a", "aborted"}}, of(7, 0));
    put({{"b", "good"}}, of(8, 0));
    const auto marker = end(7, false);
    end(8, true);
    put({{"c", "good"}}, of(7, 1));
    const auto commit = end(7, true);
    put({{"d", "1"}}, of(8, 1));
    end(8, true);
    roll();
    const auto before = read();
    const auto all_aborted = [&] { return *rig->log->search_aborted(0, 100).run(disk); };
    ASSERT_TRUE(compact().ok());
    EXPECT_EQ(read().table, before.table);
    EXPECT_FALSE(batch_at(marker)->delete_horizon()) << "there was something to end";
    EXPECT_EQ(all_aborted().size(), 1U);
    put({{"e", "1"}});
    roll();
    ASSERT_TRUE(compact().ok());
    EXPECT_TRUE(batch_at(marker)->delete_horizon());
    EXPECT_EQ(all_aborted().size(), 1U) << "as long as the marker";
    wait(retention);
    put({{"e", "2"}});
    roll();
    ASSERT_TRUE(compact().ok());
    EXPECT_FALSE(batch_at(marker));
    EXPECT_THAT(all_aborted(), IsEmpty()) << "or what comes later would be taken for aborted";
    EXPECT_TRUE(batch_at(commit));
    EXPECT_FALSE(batch_at(commit)->delete_horizon()) << "its record is there";
    const auto after = read();
    EXPECT_EQ(after.table.at("c"), "good");
    for (const bool power_cut : {true, false}) {
        restart(power_cut);
        EXPECT_EQ(read().table, after.table);
        EXPECT_THAT(all_aborted(), IsEmpty());
    }
}

TEST_F(CompactionTest, keeps_a_commit_s_marker_while_a_record_of_the_transaction_is_left) {
    put({{"a", "1"}, {"b", "1"}}, of(7, 0));
    const auto marker = end(7, true);
    put({{"z", "1"}}, of(7, 2));
    end(7, true);
    put({{"a", "2"}});
    roll();
    ASSERT_TRUE(compact().ok());
    put({{"b", "2"}});
    roll();
    ASSERT_TRUE(compact().ok());
    EXPECT_FALSE(batch_at(0));
    EXPECT_FALSE(batch_at(marker)->delete_horizon());
    put({{"b", "3"}});
    roll();
    ASSERT_TRUE(compact().ok());
    EXPECT_TRUE(batch_at(marker)->delete_horizon());
}

TEST_F(CompactionTest, knows_what_was_aborted_though_its_marker_is_not_compacted_yet) {
    put({{"a", "good"}});
    put({{"a", "aborted"}}, of(7, 0));
    roll();
    put({{"b", "open"}}, of(8, 0));
    end(7, false);
    rig->settle();
    ASSERT_EQ(rig->log->last_stable_offset(), 3);
    ASSERT_TRUE(compact().ok());
    EXPECT_EQ(read().table, (Table{{"", "end of a segment"}, {"a", "good"}}));
}

TEST_F(CompactionTest, keeps_what_tells_of_a_producer_that_may_come_back) {
    put({{"a", "1"}}, of(7, 0, false));
    put({{"a", "2"}, {"a", "3"}}, of(7, 1, false));
    put({{"a", "4"}});
    put({{"b", "1"}});
    roll();
    ASSERT_TRUE(compact().ok());
    EXPECT_THAT(records_of_keys(), ElementsAre("a=4", "b=1"));
    const auto last = batch_at(1);
    ASSERT_TRUE(last);
    EXPECT_EQ(last->record_count, 0);
    EXPECT_EQ(last->base_sequence, 1);
    EXPECT_EQ(last->last_sequence(), 2);
    EXPECT_EQ(last->last_offset(), 2);
    EXPECT_FALSE(batch_at(0));
    // A start that finds no snapshot learns it from the batches.
    compactor.reset();
    rig->die();
    for (const auto& entry : *disk.list("data/t-0")) {
        if (!entry.name.ends_with(".snapshot")) continue;
        ASSERT_TRUE(disk.remove("data/t-0/" + entry.name).ok());
    }
    start();
    EXPECT_TRUE(put({{"a", "2"}, {"a", "3"}}, of(7, 1, false)).duplicate);
    EXPECT_FALSE(put({{"a", "5"}}, of(7, 3, false)).duplicate);
}

TEST_F(CompactionTest, encodes_batches_anew_under_their_codec) {
    for (const auto codec :
         {kafka::Codec::gzip, kafka::Codec::snappy, kafka::Codec::lz4, kafka::Codec::zstd}) {
        kafka::BatchOptions options;
        options.codec = codec;
        put({{"a", "1"}, {"b", std::string(200, 'x')}, {"a", "2"}}, options);
    }
    roll();
    const auto before = read();
    ASSERT_TRUE(compact().ok());
    const auto after = read();
    EXPECT_EQ(after.table, before.table);
    ASSERT_EQ(after.records.size(), 3U);
    EXPECT_EQ(batch_at(10)->codec(), kafka::Codec::zstd);
    EXPECT_EQ(batch_at(10)->record_count, 2);
    EXPECT_EQ(batch_at(10)->base_offset, 9);
}

TEST_F(CompactionTest, drops_records_without_a_key) {
    rig->append(batch_of({"no key", "nor this"}));
    put({{"a", "1"}});
    roll();
    ASSERT_TRUE(compact().ok());
    EXPECT_THAT(records_of_keys(), ElementsAre("a=1"));
}

TEST_F(CompactionTest, shows_a_reader_at_the_tail_nothing_that_it_dropped) {
    rig->tail_bytes = 1 << 20;
    put({{"a", "1"}});
    put({{"a", "2"}});
    roll();
    ASSERT_TRUE(compact().ok());
    ASSERT_FALSE(rig->log->read(0, {.upper_bound = 3}).cold == nullptr);
    EXPECT_THAT(records_of_keys(), ElementsAre("a=2"));
}

TEST_F(CompactionTest, finds_by_time_what_is_left) {
    put({{"a", "1"}}, of(7, 0, false));
    wait(10);
    put({{"b", "1"}});
    roll();
    put({{"a", "2"}});
    const auto time = rig->clock.wall_ms();
    roll();
    ASSERT_TRUE(compact().ok());
    ASSERT_EQ(batch_at(0)->record_count, 0);
    const auto found = rig->log->search_timestamp(time - 10, 100)->run(disk);
    ASSERT_TRUE(found.ok() && found->has_value());
    EXPECT_EQ((*found)->offset, 1);
    const auto newest = rig->log->search_max_timestamp()->run(disk);
    ASSERT_TRUE(newest.ok() && newest->has_value());
    EXPECT_EQ((*newest)->offset, 1);
}

TEST_F(CompactionTest, gives_up_when_a_segment_is_damaged_and_changes_nothing) {
    for (int i = 0; i < 20; ++i) put({{"a", std::string(50, 'x')}});
    roll();
    restart(false);
    const auto second = rig->log->closed_segments().at(1);
    disk.corrupt(second.path, 100, std::byte{1});
    const auto done = compact();
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error().code, Errc::corrupt);
    EXPECT_THAT(done.error().what, HasSubstr(second.path));
    EXPECT_EQ(first_dirty, 0);
}

TEST_F(CompactionTest, gives_up_when_a_segment_was_deleted_meanwhile) {
    for (int i = 0; i < 20; ++i) put({{"a", std::string(50, 'x')}});
    roll();
    const auto now = rig->clock.wall_ms();
    Compaction compaction{rig->log->plan_compaction(rig->log->compactable(0, now), now)};
    while (compaction.step(disk) == Compaction::State::goes_on) {
    }
    auto rewritten = compaction.take();
    ASSERT_EQ(rewritten.segment->base_offset(), 0);
    ASSERT_EQ(rig->log->delete_records(15), LogFault::none);
    rig->flusher->save_checkpoints({});
    rig->settle();
    EXPECT_FALSE(rig->log->adopt(std::move(rewritten)));
    const auto goes_on = compaction.step(disk);
    EXPECT_EQ(goes_on, Compaction::State::failed);
    EXPECT_EQ(compaction.error().code, Errc::not_found);
}

TEST_F(CompactionTest, stays_within_its_rate) {
    for (int i = 0; i < 20; ++i) put({{"a", std::string(500, 'x')}});
    roll();
    compactor->set_rate(1000);
    ASSERT_TRUE(compact().ok());
    std::int64_t paused = 0;
    for (const auto pause : pauses) paused += pause.count();
    EXPECT_GT(paused, 10'000) << "of a clock that stands still";
}

TEST_F(CompactionTest, leaves_no_file_when_it_is_cancelled) {
    for (int i = 0; i < 20; ++i) put({{"a", std::string(50, 'x')}});
    roll();
    const auto now = rig->clock.wall_ms();
    bool ended = false;
    for (std::size_t steps = 0; !ended; ++steps) {
        compactor->start(rig->log, rig->log->plan_compaction(rig->log->compactable(0, now), now),
                         [&](const auto&) { ended = true; });
        for (std::size_t i = 0; i < steps && compactor->log() != nullptr; ++i) rig->pool.run_one();
        if (ended) {
            EXPECT_GT(steps, 5U);
            return;
        }
        bool idle = false;
        compactor->cancel([&] { idle = true; });
        EXPECT_FALSE(idle);
        rig->settle();
        EXPECT_TRUE(idle);
        EXPECT_FALSE(ended) << "it was cancelled";
        for (const auto& entry : *disk.list("data/t-0"))
            EXPECT_FALSE(entry.name.ends_with(".cleaned")) << entry.name << " " << steps;
        EXPECT_THAT(records_of_keys().back(), HasSubstr("a=x"));
    }
}

TEST_F(CompactionTest, of_one_power_cut_after_another_leaves_the_same_table) {
    Table expected;
    for (int i = 0; i < 40; ++i) {
        const auto key = "k" + std::to_string(i % 7);
        const bool aborts = i % 5 == 0;
        put({{key, std::to_string(i)}}, of(7, i));
        end(7, !aborts);
        if (!aborts) expected[key] = std::to_string(i);
    }
    roll();
    expected[""] = "end of a segment";
    compactor.reset();
    rig->die();
    disk.sync_all();
    bool ended = false;
    std::int64_t calls = 0;
    for (; !ended; ++calls) {
        const auto copy = disk.clone(static_cast<std::uint64_t>(calls) + 5);
        disk_now = copy.get();
        copy->die_after(calls);
        rig = std::make_unique<LogRig>(*copy, config);
        if (rig->start().ok()) ended = compact_whole(*copy);
        rig->die();
        copy->crash();
        rig = std::make_unique<LogRig>(*copy, config);
        const auto started = rig->start();
        ASSERT_TRUE(started.ok()) << calls << " " << started.error().what;
        EXPECT_EQ(read().table, expected) << calls;
        rig.reset();
    }
    EXPECT_GT(calls, 50);
}

}  // namespace
}  // namespace leat::storage
