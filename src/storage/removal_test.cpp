#include "storage/removal.hpp"

#include <gtest/gtest.h>

#include "storage/testing/fault_disk.hpp"
#include "storage/testing/log_rig.hpp"
#include "storage/testing/sim_disk.hpp"

namespace leat::storage {
namespace {

class Removal : public testing::Test {
protected:
    Removal() {
        log_nothing();
        EXPECT_TRUE(disk.make_dir("data").ok());
        EXPECT_TRUE(disk.make_dir("data/t").ok());
        EXPECT_TRUE(disk.make_dir("data/t/below").ok());
        for (const auto* path : {"data/t/a", "data/t/below/b", "data/c"})
            EXPECT_TRUE(disk.open(path, OpenMode::create).ok());
    }
    void remove(const std::vector<std::string>& paths) {
        remove_trees_in_steps(disk, pool, paths, [this] { ++done; });
    }

    SimDisk under;
    FaultDisk disk{under};
    ManualPool pool;
    int done = 0;
};

TEST_F(Removal, takes_files_and_folders_with_everything_below) {
    remove({"data/t", "data/c", "data/none"});
    pool.run_all();
    EXPECT_EQ(done, 1);
    EXPECT_TRUE(disk.list("data")->empty());
}

TEST_F(Removal, of_files_takes_no_folder_of_such_a_name) {
    remove_files_in_steps(disk, pool, {"data/t", "data/c"}, [this] { ++done; });
    pool.run_all();
    EXPECT_EQ(done, 1);
    EXPECT_EQ(disk.list("data/t")->size(), 2U);
    EXPECT_EQ(disk.list("data")->size(), 1U);
}

TEST_F(Removal, of_nothing_is_done_at_once) {
    remove({});
    EXPECT_EQ(done, 1);
}

TEST_F(Removal, lets_others_that_wait_in_the_pool_have_their_turn_after_each_step) {
    remove({"data/t", "data/c"});
    for (int turn = 0; done == 0; ++turn) {
        bool ran = false;
        pool.run([] {}, [&] { ran = true; });
        pool.run_one();
        pool.run_one();
        ASSERT_TRUE(ran) << turn;
        ASSERT_LT(turn, 10);
    }
    EXPECT_TRUE(disk.list("data")->empty());
}

TEST_F(Removal, ends_though_something_cannot_be_removed) {
    for (std::uint64_t call = 1; call < 12; ++call) {
        for (const bool for_good : {false, true}) {
            disk.fail_call(call, FaultKind::eio, for_good);
            done = 0;
            remove({"data/t", "data/c"});
            for (int steps = 0; steps < 100 && done == 0; ++steps) pool.run_one();
            ASSERT_EQ(done, 1) << call;
        }
    }
}

}  // namespace
}  // namespace leat::storage
