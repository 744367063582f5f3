// Starting from the log, and the snapshot that stands for it.
#include "broker/group/coordinator_fixture.hpp"
#include "broker/group/group_records.hpp"

namespace leat::broker {
namespace {

using namespace std::chrono_literals;

class Replay : public CoordinatorTest {};

TEST_F(Replay, restores_members_offsets_and_empty_groups) {
    const auto ids = stable_group(3);
    commit({.offset = 7, .generation = 3, .member_id = ids[1], .metadata = "m"});
    commit({.offset = 8, .group = "simple"});
    join({.version = 4, .group = "asked"});
    restart();
    EXPECT_EQ(state(), "Stable");
    EXPECT_EQ(described().members.size(), 3u);
    EXPECT_EQ(heartbeat(ids[2], 3), ErrorCode::none);
    EXPECT_EQ(fetched(), 7);
    EXPECT_EQ(fetched("orders", 0, "simple"), 8);
    EXPECT_EQ(described("asked").group_state, "Empty");
    EXPECT_EQ(coordinator->size().groups, 3u);
    EXPECT_EQ(coordinator->size().members, 3u);
    EXPECT_EQ(coordinator->size().offsets, 2u);
    EXPECT_FALSE(answered(join({.member_id = ids[0], .topics = {"x"}})));
}

TEST_F(Replay, of_a_snapshot_gives_what_the_whole_log_gives) {
    const auto ids = stable_group(2);
    for (int i = 0; i < 20; ++i)
        commit({.offset = i, .generation = 2, .member_id = ids[0], .partition = i % 3});
    commit({.offset = 8, .group = "simple"});
    durable_at_once = false;
    commit({.offset = 99, .generation = 2, .member_id = ids[0]});  // on its way
    std::map<std::int32_t, std::vector<GroupRecord>> snapshots;
    for (std::int32_t partition = 0; partition < 50; ++partition)
        if (auto records = *coordinator->snapshot(partition); !records.empty())
            snapshots[partition] = std::move(records);
    settle();
    durable_at_once = true;
    log = std::move(snapshots);
    restart();
    EXPECT_EQ(fetched("orders", 0), 99);
    EXPECT_EQ(fetched("orders", 1), 19);
    EXPECT_EQ(fetched("orders", 2), 17);
    EXPECT_EQ(fetched("orders", 0, "simple"), 8);
    EXPECT_EQ(heartbeat(ids[1], 2), ErrorCode::none);
    EXPECT_EQ(synced(sync(ids[1], 2)).assignment, to_bytes("for " + ids[1]));
}

TEST_F(Replay, of_a_snapshot_made_during_a_rebalance_falls_back_to_the_last_generation) {
    const auto ids = stable_group(1);
    join({});
    ASSERT_EQ(state(), "PreparingRebalance");
    const auto partition = state_partition("g", 50);
    log = {{partition, *coordinator->snapshot(partition)}};
    restart();
    EXPECT_EQ(state(), "Stable");
    EXPECT_EQ(heartbeat(ids[0], 1), ErrorCode::none);
}

TEST_F(Replay, carries_records_of_newer_kinds_along) {
    commit({.offset = 1});
    const GroupRecord member{.key = to_bytes({"\0\5abc", 5}), .value = to_bytes("member")};
    const GroupRecord gone{.key = to_bytes({"\0\6abc", 5}), .value = to_bytes("old")};
    const GroupRecord tombstone{.key = gone.key, .value = {}};
    log[4] = {member, gone, tombstone};
    restart();
    EXPECT_EQ(coordinator->unknown_records(),
              (std::map<std::int16_t, std::size_t>{{5, 1}, {6, 2}}));
    EXPECT_EQ(coordinator->snapshot(4), (std::vector<GroupRecord>{member}));
    EXPECT_EQ(coordinator->size().groups, 1u);
}

TEST_F(Replay, refuses_a_group_in_the_wrong_partition) {
    const auto record = group_tombstone("billing");  // of partition 9
    const auto done = coordinator->replay(8, record.key, std::nullopt);
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error().code, Errc::corrupt);
    EXPECT_NE(done.error().what.find("belongs to partition 9"), std::string::npos);
}

TEST_F(Replay, refuses_a_damaged_record) {
    EXPECT_EQ(coordinator->replay(0, to_bytes("x"), std::nullopt).error().code, Errc::corrupt);
}

TEST_F(Replay, of_a_group_tombstone_keeps_offsets_that_came_after) {
    const auto partition = state_partition("g", 50);
    kafka::OffsetCommitValue value;
    value.offset = 4;
    log[partition] = {group_record("g", {}), group_tombstone("g"),
                      offset_record({"g", "orders", 0}, value)};
    restart();
    EXPECT_EQ(fetched(), 4);
    EXPECT_EQ(state(), "Empty");
}

}  // namespace
}  // namespace leat::broker
