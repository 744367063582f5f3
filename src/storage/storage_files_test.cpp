// The small parts that stand under a Log, each by itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "storage/posix_disk.hpp"
#include "storage/state_log.hpp"
#include "storage/testing/log_rig.hpp"
#include "storage/testing/remove_tree.hpp"

namespace leat::storage {
namespace {

using testing::HasSubstr;

kafka::BatchHeader sequenced(std::int16_t epoch, std::int32_t first, std::int32_t records) {
    kafka::BatchHeader batch;
    batch.producer_id = 7;
    batch.producer_epoch = epoch;
    batch.base_sequence = first;
    batch.last_offset_delta = records - 1;
    batch.max_timestamp = 1000;
    return batch;
}

using Verdict = ProducerState::Verdict;

TEST(ProducerState, accepts_any_first_sequence_of_an_unknown_producer) {
    const ProducerState state;
    EXPECT_EQ(state.judge(sequenced(0, 42, 1)).verdict, Verdict::accept);
}

TEST(ProducerState, wants_the_sequence_that_follows_and_wraps_to_zero) {
    ProducerState state;
    constexpr auto last = std::numeric_limits<std::int32_t>::max();
    state.update(sequenced(0, last - 1, 2));
    EXPECT_EQ(state.judge(sequenced(0, 0, 1)).verdict, Verdict::accept);
    EXPECT_EQ(state.judge(sequenced(0, 1, 1)).verdict, Verdict::out_of_order_sequence);
    state.update(sequenced(0, 0, 1));
    EXPECT_EQ(state.judge(sequenced(0, last - 1, 2)).verdict, Verdict::duplicate);
}

TEST(ProducerState, knows_duplicates_among_the_last_five_batches_only) {
    ProducerState state;
    for (int i = 0; i < 6; ++i) {
        auto batch = sequenced(0, i, 1);
        batch.base_offset = 100 + i;
        state.update(batch);
    }
    EXPECT_EQ(state.judge(sequenced(0, 1, 1)).original.first_offset(), 101);
    EXPECT_EQ(state.judge(sequenced(0, 0, 1)).verdict, Verdict::out_of_order_sequence);
    EXPECT_EQ(state.judge(sequenced(0, 4, 2)).verdict, Verdict::out_of_order_sequence);
}

TEST(ProducerState, refuses_an_older_epoch_and_begins_a_newer_one_at_zero) {
    ProducerState state;
    state.update(sequenced(3, 0, 1));
    EXPECT_EQ(state.judge(sequenced(2, 1, 1)).verdict, Verdict::invalid_producer_epoch);
    EXPECT_EQ(state.judge(sequenced(4, 1, 1)).verdict, Verdict::out_of_order_sequence);
    EXPECT_EQ(state.judge(sequenced(4, 0, 1)).verdict, Verdict::accept);
}

TEST(ProducerState, comes_back_from_its_snapshot_with_the_whole_window) {
    ProducerState state;
    for (int i = 0; i < 7; ++i) state.update(sequenced(1, i, 1));
    ProducerState copy;
    ASSERT_TRUE(copy.decode(state.encode()).ok());
    EXPECT_EQ(copy.judge(sequenced(1, 2, 1)).verdict, Verdict::duplicate);
    EXPECT_EQ(copy.judge(sequenced(1, 7, 1)).verdict, Verdict::accept);
    EXPECT_EQ(copy.encode(), state.encode());
}

TEST(ProducerState, forgets_producers_after_their_time) {
    ProducerState state;
    state.update(sequenced(0, 0, 1));
    state.expire(1499, 500);
    EXPECT_EQ(state.size(), 1U);
    state.expire(1500, 500);
    EXPECT_EQ(state.size(), 0U);
}

TEST(LeaderEpochs, answer_where_an_epoch_ended_as_kafka_does) {
    LeaderEpochs epochs;
    epochs.assign(2, 0);
    epochs.assign(5, 10);
    epochs.assign(5, 12);  // not newer
    EXPECT_EQ(epochs.end_of(5, 20).end_offset, 20);
    EXPECT_EQ(epochs.end_of(4, 20).leader_epoch, 2);
    EXPECT_EQ(epochs.end_of(4, 20).end_offset, 10);
    EXPECT_EQ(epochs.end_of(1, 20).end_offset, 0);
    EXPECT_EQ(epochs.end_of(6, 20).end_offset, -1);
    EXPECT_EQ(epochs.at(9), 2);
    EXPECT_EQ(LeaderEpochs::decode(epochs.encode())->entries(), epochs.entries());
}

TEST(OffsetCheckpoint, is_read_back_and_refuses_what_is_cut_or_newer) {
    const OffsetCheckpoint offsets{{{"a-b", 0}, 5}, {{"t", 11}, 7}};
    const auto text = encode_checkpoint(offsets);
    EXPECT_EQ(text, "0\n2\na-b 0 5\nt 11 7\n");
    EXPECT_EQ(*decode_checkpoint(text), offsets);
    for (std::size_t size = 1; size < text.size(); ++size)
        EXPECT_FALSE(decode_checkpoint(text.substr(0, size)).ok()) << size;
    EXPECT_EQ(decode_checkpoint("1\n0\n").error().code, Errc::unsupported);
}

TEST(TopicPartition, is_read_from_the_name_of_its_folder) {
    EXPECT_EQ(TopicPartition::parse("a-b-12"), (TopicPartition{"a-b", 12}));
    EXPECT_FALSE(TopicPartition::parse("a-01").has_value());
    EXPECT_FALSE(TopicPartition::parse("plain").has_value());
}

TEST(DataDir, refuses_a_second_process_another_node_and_a_newer_format) {
    SimDisk disk;
    {
        const auto first = DataDir::open(disk, "data", {});
        ASSERT_TRUE(first.ok());
        const auto second = DataDir::open(disk, "data", {});
        ASSERT_FALSE(second.ok());
        EXPECT_THAT(second.error().what, HasSubstr("in use by another process"));
    }
    DataDirOptions other;
    other.node_id = 2;
    EXPECT_EQ(DataDir::open(disk, "data", other).error().code, Errc::invalid_argument);
    const std::string newer = "version=2\nnode.id=1\n";
    ASSERT_TRUE(replace_file(disk, "data/meta.properties", as_bytes(newer)).ok());
    EXPECT_EQ(DataDir::open(disk, "data", {}).error().code, Errc::unsupported);
}

TEST(DataDir, makes_what_a_killed_process_left_in_many_folders_durable_at_once) {
    constexpr int partitions = 20;
    for (const bool syncs_all : {true, false}) {
        SimDisk disk;
        disk.set_syncs_all(syncs_all);
        std::vector<std::unique_ptr<Log>> logs;
        std::unique_ptr<DataDir> data_dir;
        const auto start = [&] {
            logs.clear();
            data_dir.reset();
            data_dir = std::move(DataDir::open(disk, "data", {})).value();
            for (int p = 0; p < partitions; ++p)
                logs.push_back(std::move(*data_dir->open_log(
                    {"t", p}, Uuid{.bytes = {std::byte{1}}}, std::make_shared<LogConfig>(), 0)));
        };
        start();
        for (const auto& log : logs)
            log->append(IncomingBatch::of(batch_of({"x"})), 0, AppendOrigin::coordinator);
        disk.kill();
        const auto before = disk.changes();
        start();
        EXPECT_EQ(disk.changes() - before < partitions, syncs_all);
        for (const auto& log : logs) EXPECT_EQ(log->high_watermark(), 1);
        disk.crash();
        start();
        for (const auto& log : logs) EXPECT_EQ(log->high_watermark(), 1) << "it was seen";
    }
}

TEST(DataDir, keeps_its_identity_and_tells_what_it_holds) {
    SimDisk disk;
    std::string cluster;
    Uuid topic = Uuid::random();
    {
        const auto data_dir = std::move(DataDir::open(disk, "data", {})).value();
        cluster = data_dir->cluster_id();
        const auto write_to = [&](const TopicPartition& partition) {
            const auto log = data_dir->open_log(partition, topic, std::make_shared<LogConfig>(), 0);
            const auto batch = IncomingBatch::of(batch_of({"x"}));
            EXPECT_EQ((*log)->append(batch, 0, AppendOrigin::coordinator).fault, LogFault::none);
        };
        write_to({"t", 3});
        write_to({"gone", 0});
        EXPECT_TRUE(data_dir->delete_log({"gone", 0})->has_value());
        const auto unwritten =
            data_dir->open_log({"u", 0}, topic, std::make_shared<LogConfig>(), 0);
        EXPECT_FALSE((*unwritten)->has_folder());
        EXPECT_FALSE(data_dir->delete_log({"u", 0})->has_value());
    }
    const auto data_dir = std::move(DataDir::open(disk, "data", {})).value();
    EXPECT_EQ(data_dir->cluster_id(), cluster);
    const auto found = data_dir->partitions();
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(found->front().partition, (TopicPartition{"t", 3}));
    EXPECT_EQ(found->front().topic_id, topic);
    EXPECT_EQ(data_dir->leftovers()->size(), 1U);
    const auto other =
        data_dir->open_log({"t", 3}, Uuid::random(), std::make_shared<LogConfig>(), 0);
    EXPECT_EQ(other.error().code, Errc::already_exists);
}

TEST(DataDir, begins_a_partition_anew_that_has_the_name_of_a_deleted_one) {
    SimDisk disk;
    LogRig rig{disk};
    ASSERT_TRUE(rig.start().ok());
    for (int i = 0; i < 5; ++i) rig.append(batch_of({"old"}));
    rig.settle();
    ASSERT_TRUE(rig.stop().ok());
    ASSERT_TRUE(rig.start().ok());
    rig.flusher->remove(*rig.log);
    rig.log.reset();
    ASSERT_TRUE(rig.data_dir->delete_log(rig.partition).ok());
    auto fresh = rig.data_dir->open_log(rig.partition, {}, std::make_shared<LogConfig>(), 0);
    ASSERT_TRUE(fresh.ok());
    EXPECT_EQ((*fresh)->end_offset(), 0);
    rig.log = std::move(*fresh);
    rig.flusher->add(rig.partition, rig.log);
    rig.append(batch_of({"new"}));
    rig.settle();
    rig.die();
    disk.crash();
    ASSERT_TRUE(rig.start().ok());
    EXPECT_EQ(rig.values(0), std::vector<std::string>{"new"});
}

class StateLogTest : public testing::Test {
protected:
    void open() {
        DataDirOptions options;
        options.free_space_floor = 0;
        data_dir = std::move(DataDir::open(disk, "data", options)).value();
        flusher = std::make_unique<Flusher>(*data_dir, pool, clock, Flusher::Options{});
        state = std::move(StateLog::open(*data_dir, *flusher, {"__state", 0}, clock,
                                         {.floor_bytes = 2000, .factor = 2}))
                    .value();
    }
    void crash() {
        state.reset();
        flusher.reset();
        pool.drop_all();
        data_dir.reset();
        disk.crash();
    }
    ~StateLogTest() override { crash(); }

    SimDisk disk;
    ManualClock clock;
    ManualPool pool;
    std::unique_ptr<DataDir> data_dir;
    std::unique_ptr<Flusher> flusher;
    std::unique_ptr<StateLog> state;
};

TEST_F(StateLogTest, tells_of_a_change_when_it_is_durable_and_has_it_after_a_crash) {
    open();
    int durable = 0;
    const auto count = [&](const Result<void>& result) { durable += result.ok() ? 1 : 0; };
    state->put("topic/a", "1", count);
    state->apply({{"topic/b", "2"}, {"topic/a", "3"}}, count);
    state->erase("topic/c", count);
    EXPECT_EQ(durable, 0);
    pool.run_all();
    EXPECT_EQ(durable, 3);
    crash();
    open();
    EXPECT_EQ(*state->find("topic/a"), "3");
    EXPECT_EQ(state->size(), 2U);
    std::vector<std::string> keys;
    state->for_each("topic/", [&](const auto& key, const auto&) { keys.push_back(key); });
    EXPECT_THAT(keys, testing::ElementsAre("topic/a", "topic/b"));
}

TEST_F(StateLogTest, stays_small_however_often_it_changes) {
    open();
    for (int i = 0; i < 500; ++i) {
        state->put("key" + std::to_string(i % 5), std::to_string(i), [](const auto&) {});
        pool.run_all();
        ASSERT_LT(state->log().size(), 4000U) << i;
    }
    EXPECT_GT(state->log().log_start(), 400);
    crash();
    open();
    EXPECT_EQ(state->size(), 5U);
    EXPECT_EQ(*state->find("key4"), "499");
}

TEST(PosixDisk, keeps_files_and_directories_and_locks) {
    std::string root = "/tmp/leat_posix_disk_XXXXXX";
    ASSERT_NE(::mkdtemp(root.data()), nullptr);
    PosixDisk disk;
    const auto path = join(root, "file");
    ASSERT_TRUE(replace_file(disk, path, as_bytes("hello")).ok());
    EXPECT_EQ(as_text(*read_file(disk, path, 100)), "hello");
    EXPECT_EQ(read_file(disk, path, 3).error().code, Errc::too_large);
    EXPECT_EQ(disk.open(join(root, "none"), OpenMode::read).error().code, Errc::not_found);
    std::vector<ByteView> parts(200, as_bytes("ab"));  // more than one system call takes
    const auto file = std::move(disk.open(path, OpenMode::write)).value();
    ASSERT_TRUE(file->write_at(1, parts).ok());
    ASSERT_TRUE(file->sync().ok());
    EXPECT_EQ(*file->size(), 401U);
    const auto held = disk.lock(join(root, "lock"));
    EXPECT_TRUE(held.ok());
    EXPECT_EQ(disk.lock(join(root, "lock")).error().code, Errc::already_exists);
    EXPECT_EQ(disk.make_dir(root).error().code, Errc::already_exists);
    EXPECT_GT(*disk.free_space(root), 0U);
    EXPECT_GE(*disk.total_space(root), *disk.free_space(root));
    EXPECT_EQ(disk.info(path)->size, 401U);
    EXPECT_FALSE(disk.info(path)->is_dir);
    EXPECT_GT(disk.info(path)->modified_ms, 1'700'000'000'000);
    EXPECT_TRUE(disk.info(root)->is_dir);
    ASSERT_TRUE(disk.make_dir(join(root, "dir")).ok());
    const auto entries = *disk.list(root);
    EXPECT_EQ(entries.size(), 3U);
    for (const auto& entry : entries) EXPECT_EQ(entry.is_dir, entry.name == "dir") << entry.name;
    EXPECT_TRUE(remove_tree(disk, root).ok());
    EXPECT_EQ(disk.list(root).error().code, Errc::not_found);
    EXPECT_EQ(disk.info(root).error().code, Errc::not_found);
}

}  // namespace
}  // namespace leat::storage
